//! Addresses that several known people have: each two of them may be one person, unless there are very many.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::store::Suggestion;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::shared_addresses,
        sql_query,
    },
    identities::{Address, Channel, Identifier, Kind},
    ledger::Batch,
};

/// Most people of whom each two are suggested because of one address: more share it on purpose, as an office does.
pub const MOST_HOLDERS: usize = 20;

/// An address that a profile got in a batch, for comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// Channel of the address.
    pub channel: Channel,
    /// The address, normalised.
    pub address: String,
    /// Profile that got it.
    pub profile: ProfileId,
}

impl Given {
    /// The address that an identifier is; `None` if it is none.
    pub fn of(identifier: &Identifier, profile: ProfileId) -> Option<Self> {
        let channel = match identifier.kind {
            Kind::Email => Channel::Email,
            // Where people are known by their emails.
            Kind::Id if identifier.value.contains('@') => Channel::Email,
            Kind::Phone => Channel::Sms,
            _ => return None,
        };
        Some(Self { channel, address: identifier.value.clone(), profile })
    }
}

/// Suggests to merge people who got an address with the others who have it or are known by it, and keeps addresses that too many have: in
/// one SQL statement, and another one for those.
pub fn suggestions(conn: &mut PgConnection, batch: &Batch, given: &BTreeSet<Given>) -> QueryResult<Vec<Suggestion>> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let mut holders = holders(conn, batch.environment, given)?;
    let shared = holders.extract_if(.., |_, people| people.len() > MOST_HOLDERS).map(|(address, _)| address);
    keep(conn, batch, &shared.collect::<Vec<_>>())?;
    let mut found = Vec::new();
    for Given { channel, address, profile } in given {
        let Some(people) = holders.get(&(*channel, address.clone())).filter(|people| people.contains(profile)) else {
            continue;
        };
        let kind = if *channel == Channel::Email { Kind::Email } else { Kind::Phone };
        let by = Identifier { kind, value: address.clone() };
        let others = people.iter().filter(|other| *other != profile);
        found.extend(others.map(|other| Suggestion::new(*profile, *other, by.clone())));
    }
    Ok(found)
}

type Holders = BTreeMap<(Channel, String), BTreeSet<ProfileId>>;

/// Known people who have each address or are known by it, up to one more than are suggested in pairs.
fn holders(conn: &mut PgConnection, environment: EnvironmentId, given: &BTreeSet<Given>) -> QueryResult<Holders> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        channel: String,
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
    }
    let asked: BTreeSet<(Channel, &str)> = given.iter().map(|given| (given.channel, given.address.as_str())).collect();
    let found: Vec<Found> = sql_query(
        "SELECT u.channel, u.address, h.profile_id FROM unnest($2, $3) AS u (channel, address) CROSS JOIN LATERAL ( \
             (SELECT a.profile_id FROM addresses a \
                 JOIN profiles p ON p.environment_id = a.environment_id AND p.id = a.profile_id AND p.merged_into IS NULL \
                 WHERE a.environment_id = $1 AND a.channel = u.channel AND a.normalised = u.address \
                     AND EXISTS (SELECT FROM profile_identifiers i WHERE i.environment_id = a.environment_id \
                         AND i.profile_id = a.profile_id AND i.kind <> 'anonymous_id') \
                 LIMIT $4) \
             UNION SELECT c.profile_id FROM identifier_claims c WHERE c.environment_id = $1 AND c.value = u.address \
                 AND c.kind = ANY (CASE WHEN u.channel = 'email' THEN ARRAY['email', 'id'] ELSE ARRAY['phone'] END)) h",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(asked.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(asked.iter().map(|(_, address)| *address).collect::<Vec<_>>())
    .bind::<BigInt, _>(MOST_HOLDERS as i64 + 1)
    .load(conn)?;
    let mut holders = Holders::new();
    for row in found {
        let Ok(channel) = row.channel.parse() else { continue };
        holders.entry((channel, row.address)).or_default().insert(ProfileId(row.profile_id));
    }
    Ok(holders)
}

fn keep(conn: &mut PgConnection, batch: &Batch, shared: &[(Channel, String)]) -> QueryResult<()> {
    if shared.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO shared_addresses (environment_id, channel, address, first_at, last_at) \
         SELECT $1, u.channel, u.address, $2, $2 FROM unnest($3, $4) AS u (channel, address) \
         ON CONFLICT (environment_id, channel, address) DO UPDATE SET last_at = excluded.last_at",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Array<Text>, _>(shared.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(shared.iter().map(|(_, address)| address.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Forgets addresses that nobody has any more.
pub fn forget(conn: &mut PgConnection, environment: EnvironmentId, gone: &[(Channel, &Address)]) -> QueryResult<usize> {
    if gone.is_empty() {
        return Ok(0);
    }
    sql_query(
        "DELETE FROM shared_addresses s USING unnest($2, $3) AS u (channel, address) \
         WHERE s.environment_id = $1 AND s.channel = u.channel AND s.address = u.address",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(gone.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(gone.iter().map(|(_, address)| address.normalised.as_str()).collect::<Vec<_>>())
    .execute(conn)
}

/// An address that very many people have.
#[derive(Clone, Debug, Queryable)]
pub struct SharedAddress {
    /// Channel of the address, as stored.
    pub channel: String,
    /// The address, normalised.
    pub address: String,
    /// When it was first found to be shared.
    pub first_at: DateTime<Utc>,
}

impl SharedAddress {
    /// Name of the channel.
    pub fn label(&self) -> &str {
        self.channel.parse().map_or(self.channel.as_str(), |channel: Channel| channel.label())
    }
}

/// The addresses that were last given to somebody, at most a hundred.
pub fn newest(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<SharedAddress>> {
    use shared_addresses as s;
    s::table
        .filter(s::environment_id.eq(environment.0))
        .order((s::last_at.desc(), s::channel.desc(), s::address.desc()))
        .select((s::channel, s::address, s::first_at))
        .limit(100)
        .load(conn)
}
