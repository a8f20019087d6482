//! Finds likely duplicates of a profile that is about to be made.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{PgConnection, QueryResult, prelude::*};
use uuid::Uuid;

use super::people;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::profiles,
    },
    identities::{self, Address, Channel, Identifier, Kind},
};

/// Most duplicates that are shown.
const MOST: usize = 10;

/// A profile that is about to be made.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// Identifier by which the profile will be found: the sender's key, else an address.
    pub id: Option<Identifier>,
    pub addresses: Vec<(Channel, Address)>,
    /// Display name; empty if there is none.
    pub name: String,
}

/// A profile that may be of the same person.
#[derive(Clone, Debug)]
pub struct Duplicate {
    pub profile: ProfileId,
    /// Name of the profile, else its identifier.
    pub title: String,
    /// Current id of the profile, else its next best identifier.
    pub identifier: String,
    /// What both profiles have in common.
    pub why: String,
}

/// The profile that has the candidate's identifier already, and at most ten profiles with the same identifier, address or name.
pub fn duplicates(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    of: &Candidate,
) -> QueryResult<(Option<ProfileId>, Vec<Duplicate>)> {
    let mut identifiers: Vec<Identifier> = of.id.iter().cloned().collect();
    for (channel, address) in &of.addresses {
        let kinds = if *channel == Channel::Email { [Kind::Email, Kind::Id] } else { [Kind::Phone, Kind::Phone] };
        identifiers.extend(kinds.into_iter().filter_map(|kind| Identifier::new(kind, &address.shown).ok()));
    }
    let asked: Vec<&Identifier> = identifiers.iter().collect();
    let claims = identities::claims(conn, environment, &asked)?;
    let taken = of.id.as_ref().and_then(|id| claims.get(id)).map(|claim| claim.profile);
    let mut why: BTreeMap<ProfileId, &'static str> = BTreeMap::new();
    if !of.name.is_empty() {
        let named: Vec<Uuid> = profiles::table
            .filter(profiles::environment_id.eq(environment.0).and(profiles::name.eq(&of.name)))
            .filter(profiles::merged_into.is_null())
            .order(profiles::id)
            .select(profiles::id)
            .limit(MOST as i64)
            .load(conn)?;
        why.extend(named.into_iter().map(|id| (ProfileId(id), "the same name")));
    }
    let reached: BTreeSet<(Channel, &Address)> = of.addresses.iter().map(|(channel, it)| (*channel, it)).collect();
    let label = |channel: Channel| if channel == Channel::Email { "the same email" } else { "the same phone" };
    for ((channel, _), holders) in identities::holders(conn, environment, &reached)? {
        why.extend(holders.into_iter().take(MOST).map(|holder| (holder, label(channel))));
    }
    let by_claim = claims.values().map(|claim| claim.profile).filter(|it| Some(*it) != taken);
    why.extend(by_claim.map(|holder| (holder, "the same email or phone as an ID")));
    if let Some(taken) = taken {
        why.insert(taken, "the same ID, email or phone");
    }
    let known = people(conn, environment, &why.keys().copied().collect())?;
    let twin = |(profile, why): (ProfileId, &'static str)| {
        let known = known.get(&profile)?;
        let (title, identifier) = (known.title().to_owned(), known.identifier().to_owned());
        Some(Duplicate { profile, title, identifier, why: why.to_owned() })
    };
    let mut found: Vec<Duplicate> = why.into_iter().filter_map(twin).collect();
    // Profiles with only the same name come last: it says least.
    found.sort_by_key(|twin| twin.why == "the same name");
    found.truncate(MOST);
    Ok((taken, found))
}
