use std::collections::{BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{Address, Channel};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::addresses,
        sql_query,
    },
    json::Json,
    ledger::Stamp,
};

/// An address of somebody's, none when it was removed, with the stamp that orders statements about it.
pub type StampedAddress = (ProfileId, Channel, Option<Address>, Stamp);

/// The addresses of these profiles, removed ones included, one statement for all.
pub fn stamped_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[Uuid],
) -> QueryResult<Vec<StampedAddress>> {
    type Row = (Uuid, String, Option<String>, Option<String>, Json);
    let rows: Vec<Row> = addresses::table
        .filter(addresses::environment_id.eq(environment.0).and(addresses::profile_id.eq_any(profiles)))
        .select((
            addresses::profile_id,
            addresses::channel,
            addresses::address,
            addresses::normalised,
            addresses::stamp,
        ))
        .load(conn)?;
    let row = |(profile, channel, shown, normalised, stamp): Row| {
        let address = shown.zip(normalised).map(|(shown, normalised)| Address { shown, normalised });
        Some((ProfileId(profile), Channel::from_stored(&channel)?, address, serde_json::from_value(stamp.0).ok()?))
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// Who is reached at each of these addresses: at most a thousand each, who are not merged into others.
pub fn holders(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<(Channel, &Address)>,
) -> QueryResult<HashMap<(Channel, String), Vec<ProfileId>>> {
    let mut holders: HashMap<_, Vec<_>> = HashMap::new();
    if asked.is_empty() {
        return Ok(holders);
    }
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        channel: String,
        #[diesel(sql_type = Text)]
        normalised: String,
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
    }
    let found: Vec<Found> = sql_query(
        "SELECT u.channel, u.normalised, a.profile_id FROM unnest($2, $3) AS u (channel, normalised) \
         CROSS JOIN LATERAL (SELECT a.profile_id FROM addresses a \
             JOIN profiles p ON p.environment_id = a.environment_id AND p.id = a.profile_id AND p.merged_into IS NULL \
             WHERE a.environment_id = $1 AND a.channel = u.channel AND a.normalised = u.normalised \
             ORDER BY a.profile_id LIMIT 1000) a",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(asked.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(asked.iter().map(|(_, address)| address.normalised.as_str()).collect::<Vec<_>>())
    .load(conn)?;
    for row in found {
        let Some(channel) = Channel::from_stored(&row.channel) else { continue };
        holders.entry((channel, row.normalised)).or_default().push(ProfileId(row.profile_id));
    }
    Ok(holders)
}

/// Writes addresses, new, changed and removed. A changed address starts healthy.
pub fn put_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    changed: &[StampedAddress],
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
    .bind::<Array<Jsonb>, _>(changed.iter().map(|(.., stamp)| Json(stamp.to_json())).collect::<Vec<_>>())
    .execute(conn)
}

/// [`put_addresses`] through `COPY`, for new profiles.
pub fn copy_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &[StampedAddress],
) -> QueryResult<usize> {
    let row = |(profile, channel, address, stamp): &StampedAddress| {
        (
            addresses::environment_id.eq(environment),
            addresses::profile_id.eq(*profile),
            addresses::channel.eq(channel.as_str()),
            addresses::address.eq(address.as_ref().map(|address| address.shown.clone())),
            addresses::normalised.eq(address.as_ref().map(|address| address.normalised.clone())),
            addresses::stamp.eq(Json(stamp.to_json())),
        )
    };
    diesel::copy_from(addresses::table).from_insertable(new.iter().map(row).collect::<Vec<_>>()).execute(conn)
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
        stamp: Json,
    }
    let rows: Vec<Row> = addresses::table
        .filter(addresses::environment_id.eq(environment.0).and(addresses::profile_id.eq(profile.0)))
        .order(addresses::channel)
        .select((addresses::channel, addresses::address, addresses::health, addresses::health_reason, addresses::stamp))
        .load(conn)?;
    let row = |row: Row| {
        let reason = row.reason.unwrap_or_else(|| "no reason recorded".to_owned());
        Some(AddressRow {
            channel: Channel::from_stored(&row.channel)?,
            address: row.address?,
            blocked: (row.health == "blocked").then_some(reason),
            stamp: serde_json::from_value(row.stamp.0).ok()?,
        })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}
