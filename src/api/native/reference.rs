//! Whom an address means: one function for all calls about one profile.

use std::{collections::BTreeMap, sync::Arc};

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::profile;
use crate::{
    api::{Caller, Fault},
    db::ids::{EnvironmentId, ProfileId},
    ingest::Person,
    keys::Capability,
    ledger::Invalid,
    profiles::{FoundBy, MOST_MEANT, Reference},
    rejections::{Refused, codes},
    state::AppState,
};

/// The person whom an address means. Fails with `ambiguous` if it can mean several people: nothing is guessed. A page must not find people
/// by what everybody may know of them.
pub async fn person(state: &AppState, caller: &Caller, given: &str) -> Result<Person, Fault> {
    let reference = Reference::read(given, !caller.is_browser(), caller.reading)?;
    let Reference { profile, identifiers, address } = &reference;
    // The only thing that it can mean, where nobody has to be looked for.
    if profile.is_none() && address.is_none() && identifiers.len() == 1 {
        return Ok(Person::Identifiers(reference.identifiers));
    }
    let environment = caller.environment();
    let reference = Arc::new(reference);
    let asked = reference.clone();
    let found = state.senders.read(move |conn| asked.find(conn, environment)).await?;
    match Meant::of(found, named) {
        Meant::One(person) => Ok(person),
        Meant::Several(people) => Err(several(caller, given, people.into_iter())),
        Meant::Nobody => nobody(&reference),
    }
}

/// How an item names somebody who was found.
fn named(_: ProfileId, by: FoundBy) -> Person {
    match by {
        FoundBy::Profile(profile) => Person::Profile(profile),
        FoundBy::Identifier(known) => Person::Identifiers(vec![known]),
    }
}

/// Whom each of several references means, as [`person`] finds one, with whether there is such a person. In as many statements for a thousand
/// as for one, and none is refused because of another.
pub async fn people(
    state: &AppState,
    caller: &Caller,
    given: Vec<String>,
) -> Result<Vec<Result<(Person, bool), Refused>>, Fault> {
    let by_address = !caller.is_browser();
    let read: Vec<_> = given.iter().map(|given| Reference::read(given, by_address, caller.reading)).collect();
    let asked: Vec<Reference> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
    let environment = caller.environment();
    let found = state.senders.read(move |conn| Reference::find_all(&asked, conn, environment)).await?;
    let mut found = found.into_iter();
    let one = |(given, read): (&String, Result<Reference, Invalid>)| {
        let reference = read?;
        match Meant::of(found.next().unwrap_or_default(), named) {
            Meant::One(person) => Ok((person, true)),
            Meant::Several(_) => Err(Refused::new(codes::AMBIGUOUS, "profile", ambiguous(given))),
            Meant::Nobody => nobody(&reference)
                .map(|person| (person, false))
                .map_err(|_| Refused::new(codes::NOT_FOUND, "profile", "profile has an id that nobody has by now")),
        }
    };
    Ok(given.iter().zip(read).map(one).collect())
}

/// The person to make where nobody is meant; nobody is made under our own id.
fn nobody(reference: &Reference) -> Result<Person, Fault> {
    match reference.profile {
        Some(_) => Err(profile::missing()),
        None => Ok(Person::Identifiers(reference.identifiers.iter().take(1).cloned().collect())),
    }
}

/// Whom an address means, if anybody.
pub enum Meant<P = ProfileId> {
    One(P),
    Several(Vec<ProfileId>),
    Nobody,
}

impl<P> Meant<P> {
    fn of(mut found: BTreeMap<ProfileId, FoundBy>, one: impl FnOnce(ProfileId, FoundBy) -> P) -> Self {
        match (found.len(), found.pop_first()) {
            (_, None) => Self::Nobody,
            (1, Some((profile, by))) => Self::One(one(profile, by)),
            (_, Some((first, _))) => Self::Several(std::iter::once(first).chain(found.into_keys()).collect()),
        }
    }
}

/// Whom each of these references means; a merged profile is its survivor.
pub fn meant(conn: &mut PgConnection, environment: EnvironmentId, asked: &[Reference]) -> QueryResult<Vec<Meant>> {
    let found = Reference::find_all(asked, conn, environment)?;
    Ok(found.into_iter().map(|found| Meant::of(found, |profile, _| profile)).collect())
}

/// The fault of an address that means several people, with who they are for keys that may read.
pub fn several(caller: &Caller, given: &str, people: impl Iterator<Item = ProfileId>) -> Fault {
    let fault = Fault::new(codes::AMBIGUOUS, ambiguous(given)).field("id");
    match caller.can(Capability::Read) {
        true => fault.candidates(people.take(MOST_MEANT).map(|profile| json!(profile.0)).collect()),
        false => fault,
    }
}

fn ambiguous(given: &str) -> String {
    let given: String = given.chars().take(80).collect();
    format!("{given:?} can mean several people. Name one by an id.")
}
