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
    profiles::{FoundBy, MOST_MEANT, Reference},
    rejections::codes,
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
    let mut found = state.senders.read(move |conn| asked.find(conn, environment)).await?;
    match (found.len(), found.pop_first()) {
        (0, _) | (_, None) => nobody(&reference),
        (1, Some((_, FoundBy::Profile(profile)))) => Ok(Person::Profile(profile)),
        (1, Some((_, FoundBy::Identifier(known)))) => Ok(Person::Identifiers(vec![known])),
        (_, Some((first, _))) => Err(several(caller, given, std::iter::once(first).chain(found.into_keys()))),
    }
}

/// The person to make where nobody is meant; nobody is made under our own id.
fn nobody(reference: &Reference) -> Result<Person, Fault> {
    match reference.profile {
        Some(_) => Err(profile::missing()),
        None => Ok(Person::Identifiers(reference.identifiers.iter().take(1).cloned().collect())),
    }
}

/// Whom an address means, if anybody.
pub enum Meant {
    One(ProfileId),
    Several(Vec<ProfileId>),
    Nobody,
}

/// Whom each of these references means; a merged profile is its survivor.
pub fn meant(conn: &mut PgConnection, environment: EnvironmentId, asked: &[Reference]) -> QueryResult<Vec<Meant>> {
    let meant = |found: BTreeMap<ProfileId, FoundBy>| match found.len() {
        0 => Meant::Nobody,
        1 => found.into_keys().next().map_or(Meant::Nobody, Meant::One),
        _ => Meant::Several(found.into_keys().collect()),
    };
    Ok(Reference::find_all(asked, conn, environment)?.into_iter().map(meant).collect())
}

/// The fault of an address that means several people, with who they are for keys that may read.
pub fn several(caller: &Caller, given: &str, people: impl Iterator<Item = ProfileId>) -> Fault {
    let given: String = given.chars().take(80).collect();
    let fault =
        Fault::new(codes::AMBIGUOUS, format!("{given:?} can mean several people. Name one by an id.")).field("id");
    match caller.can(Capability::Read) {
        true => fault.candidates(people.take(MOST_MEANT).map(|profile| json!(profile.0)).collect()),
        false => fault,
    }
}
