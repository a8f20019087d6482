use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_query,
    sql_types::{Array, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Address, Channel, Identifier, Kind};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, SourceId},
        schema::{addresses, identifier_claims, profile_identifiers, sources},
    },
    ingest::Stamp,
};

#[derive(QueryableByName)]
struct Claim {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
}

/// Which profile owns which identifier.
pub type Owners = HashMap<Identifier, ProfileId>;

fn collect(claims: Vec<Claim>) -> Owners {
    let owner = |claim: Claim| {
        (Identifier { kind: Kind::from_stored(&claim.kind), value: claim.value }, ProfileId(claim.profile_id))
    };
    claims.into_iter().map(owner).collect()
}

/// Who owns these identifiers, one statement for all.
pub fn owners(conn: &mut PgConnection, environment: EnvironmentId, asked: &[&Identifier]) -> QueryResult<Owners> {
    let found = sql_query(
        "SELECT c.kind, c.value, c.profile_id FROM unnest($2, $3) AS u (kind, value) \
         JOIN identifier_claims c ON c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(asked.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(asked.iter().map(|i| i.value.as_str()).collect::<Vec<_>>())
    .load(conn)?;
    Ok(collect(found))
}

/// Which of these profiles have an id, one statement for all.
pub fn having_id(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<Vec<ProfileId>> {
    profile_identifiers::table
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq_any(asked.iter().map(|profile| profile.0)))
        .filter(profile_identifiers::kind.eq(Kind::Id.as_str()))
        .select(profile_identifiers::profile_id)
        .load(conn)
        .map(|found: Vec<Uuid>| found.into_iter().map(ProfileId).collect())
}

/// Claims identifiers for profiles and returns who owns them now: somebody else may have been quicker. Rows are taken in
/// the order of `(kind, value)`, so that two batches wait for each other instead of locking each other out.
pub fn claim(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    wanted: &[(&Identifier, ProfileId)],
    now: DateTime<Utc>,
) -> QueryResult<Owners> {
    let owned = sql_query(
        "INSERT INTO identifier_claims (environment_id, kind, value, profile_id, claimed_at) \
         SELECT $1, u.kind, u.value, u.profile_id, $5 FROM unnest($2, $3, $4) AS u (kind, value, profile_id) \
         ORDER BY u.kind, u.value \
         ON CONFLICT (environment_id, kind, value) DO UPDATE SET claimed_at = identifier_claims.claimed_at \
         RETURNING kind, value, profile_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(wanted.iter().map(|(i, _)| i.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(wanted.iter().map(|(i, _)| i.value.as_str()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(wanted.iter().map(|(_, profile)| profile.0).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .load(conn)?;
    Ok(collect(owned))
}

/// Adds claimed identifiers to their profiles' own lists.
pub fn add_identifiers(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    added: &[(&Identifier, ProfileId)],
    source: SourceId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO profile_identifiers (environment_id, profile_id, kind, value, first_seen_at, last_seen_at, source_id) \
         SELECT $1, u.profile_id, u.kind, u.value, $5, $5, $6 FROM unnest($2, $3, $4) AS u (kind, value, profile_id) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(added.iter().map(|(i, _)| i.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(added.iter().map(|(i, _)| i.value.as_str()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(added.iter().map(|(_, profile)| profile.0).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .bind::<Integer, _>(source)
    .execute(conn)
}

/// The profile whose identifier of any searchable-as-a-whole kind is exactly this.
pub fn find_exact(conn: &mut PgConnection, environment: EnvironmentId, value: &str) -> QueryResult<Option<ProfileId>> {
    identifier_claims::table
        .find((environment.0, Kind::Anonymous.as_str(), value))
        .select(identifier_claims::profile_id)
        .first(conn)
        .optional()
        .map(|found| found.map(ProfileId))
}

/// What is stored of addresses, with the stamp that orders statements about them.
pub type StampedAddresses = HashMap<(ProfileId, Channel), (Option<String>, Stamp)>;

/// The addresses of these profiles, removed ones included, one statement for all.
pub fn stamped_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[Uuid],
) -> QueryResult<StampedAddresses> {
    let rows: Vec<(Uuid, String, Option<String>, Value)> = addresses::table
        .filter(addresses::environment_id.eq(environment.0).and(addresses::profile_id.eq_any(profiles)))
        .select((addresses::profile_id, addresses::channel, addresses::address, addresses::stamp))
        .load(conn)?;
    let stored = |(profile, channel, address, stamp): (Uuid, String, Option<String>, Value)| {
        let channel = Channel::ALL.into_iter().find(|known| known.as_str() == channel)?;
        Some(((ProfileId(profile), channel), (address, serde_json::from_value(stamp).ok()?)))
    };
    Ok(rows.into_iter().filter_map(stored).collect())
}

/// Writes addresses, new, changed and removed. A changed address starts healthy.
pub fn put_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    changed: &[(ProfileId, Channel, Option<Address>, Stamp)],
) -> QueryResult<usize> {
    let address = |pick: fn(&Address) -> &str| {
        changed.iter().map(|(_, _, address, _)| address.as_ref().map(|a| pick(a).to_owned())).collect::<Vec<_>>()
    };
    sql_query(
        "INSERT INTO addresses AS a (environment_id, profile_id, channel, address, normalised, stamp) \
         SELECT $1, u.profile_id, u.channel, u.address, u.normalised, u.stamp \
         FROM unnest($2, $3, $4, $5, $6) AS u (profile_id, channel, address, normalised, stamp) \
         ON CONFLICT (environment_id, profile_id, channel) DO UPDATE SET \
             address = excluded.address, normalised = excluded.normalised, stamp = excluded.stamp, \
             health = CASE WHEN a.normalised IS NOT DISTINCT FROM excluded.normalised THEN a.health ELSE 'ok' END, \
             health_reason = CASE WHEN a.normalised IS NOT DISTINCT FROM excluded.normalised THEN a.health_reason END, \
             health_since = CASE WHEN a.normalised IS NOT DISTINCT FROM excluded.normalised THEN a.health_since END",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(changed.iter().map(|(profile, ..)| profile.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(changed.iter().map(|(_, channel, ..)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(address(|a| &a.shown))
    .bind::<Array<Nullable<Text>>, _>(address(|a| &a.normalised))
    .bind::<Array<Jsonb>, _>(changed.iter().map(|(.., stamp)| stamp.to_json()).collect::<Vec<_>>())
    .execute(conn)
}

/// An identifier as its profile shows it.
#[derive(Clone, Debug)]
pub struct IdentifierRow {
    /// Its kind.
    pub kind: Kind,
    /// Its value.
    pub value: String,
    /// When it was first said to be this person's.
    pub first_seen_at: DateTime<Utc>,
    /// By whom.
    pub source: String,
}

/// The identifiers of a profile, at most `limit`: strongest kinds come first by their names' order, newest last.
pub fn identifiers_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    limit: i64,
) -> QueryResult<Vec<IdentifierRow>> {
    let rows: Vec<(String, String, DateTime<Utc>, String)> = profile_identifiers::table
        .inner_join(sources::table.on(sources::id.eq(profile_identifiers::source_id)))
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq(profile.0))
        .order((profile_identifiers::kind.desc(), profile_identifiers::value.desc()))
        .select((
            profile_identifiers::kind,
            profile_identifiers::value,
            profile_identifiers::first_seen_at,
            sources::name,
        ))
        .limit(limit)
        .load(conn)?;
    let mut rows: Vec<IdentifierRow> = rows
        .into_iter()
        .map(|(kind, value, first_seen_at, source)| IdentifierRow {
            kind: Kind::from_stored(&kind),
            value,
            first_seen_at,
            source,
        })
        .collect();
    rows.sort_by_key(|row| row.kind.rank());
    Ok(rows)
}

/// An address as its profile shows it.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// What it is for.
    pub channel: Channel,
    /// As given.
    pub address: String,
    /// Why nothing is sent there, if so.
    pub blocked: Option<String>,
    /// When and by whom it was said.
    pub stamp: Stamp,
}

/// The addresses of a profile that are not removed.
pub fn addresses_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
) -> QueryResult<Vec<AddressRow>> {
    #[derive(Queryable)]
    struct Row {
        channel: String,
        address: Option<String>,
        health: String,
        reason: Option<String>,
        stamp: Value,
    }
    let rows: Vec<Row> = addresses::table
        .filter(addresses::environment_id.eq(environment.0).and(addresses::profile_id.eq(profile.0)))
        .order(addresses::channel)
        .select((addresses::channel, addresses::address, addresses::health, addresses::health_reason, addresses::stamp))
        .load(conn)?;
    let row = |row: Row| {
        let reason = row.reason.unwrap_or_else(|| "no reason recorded".to_owned());
        Some(AddressRow {
            channel: Channel::ALL.into_iter().find(|known| known.as_str() == row.channel)?,
            address: row.address?,
            blocked: (row.health == "blocked").then_some(reason),
            stamp: serde_json::from_value(row.stamp).ok()?,
        })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}
