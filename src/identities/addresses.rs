//! The register of addresses, one for each channel.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Address, Channel};
use crate::{
    db::{
        Gathered,
        ids::{EnvironmentId, ProfileId},
        schema::addresses,
        sql_query,
    },
    json::Json,
    ledger::{ChangeKind, Stamp},
    registers::{Guard, Register, Row, Table},
};

/// The register of addresses: one for each channel.
pub struct Addresses;

type Stored<'a> = Row<&'a Channel, &'a Option<Address>>;

impl Register for Addresses {
    type Key = Channel;
    type Value = Option<Address>;

    const KIND: ChangeKind = ChangeKind::Address;
    const SECTION: &'static str = "Addresses";
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, channel AS key, \
         CASE WHEN address IS NOT NULL THEN jsonb_build_array(address, normalised) END AS value, stamp \
         FROM addresses WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO addresses (environment_id, profile_id, channel, address, normalised, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) \
             AS u (profile_id uuid, channel text, address text, normalised text, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, channel) DO UPDATE SET \
             address = excluded.address, normalised = excluded.normalised, stamp = excluded.stamp",
        remove: "DELETE FROM addresses WHERE environment_id = $1 AND profile_id = $2 AND channel = ANY($3)",
        columns: |channel, value, _| {
            let address = value.as_ref();
            json!({
                "channel": channel.as_str(), "address": address.map(|it| &it.shown),
                "normalised": address.map(|it| &it.normalised),
            })
        },
    });

    fn copy(conn: &mut PgConnection, environment: EnvironmentId, rows: &[Stored<'_>]) -> QueryResult<usize> {
        let row = |row: &Stored<'_>| {
            (
                addresses::environment_id.eq(environment),
                addresses::profile_id.eq(row.profile),
                addresses::channel.eq(row.key.as_str()),
                addresses::address.eq(row.value.as_ref().map(|address| address.shown.clone())),
                addresses::normalised.eq(row.value.as_ref().map(|address| address.normalised.clone())),
                addresses::stamp.eq(Json(row.stamp.to_json())),
            )
        };
        diesel::copy_from(addresses::table).from_insertable(rows.iter().map(row).collect::<Vec<_>>()).execute(conn)
    }

    fn key(subject: &str) -> Option<Channel> {
        Channel::from_stored(subject)
    }

    fn shown(value: &Option<Address>) -> Option<Value> {
        value.as_ref().map(|address| Value::from(address.shown.as_str()))
    }

    fn read(channel: &Channel, shown: &Value) -> Option<Option<Address>> {
        Address::new(*channel, shown.as_str()?).ok().map(Some)
    }

    fn removed() -> Option<Option<Address>> {
        Some(None)
    }

    /// A key for browsers never changes an address.
    fn guard(_: &Channel, had: &Option<Address>, said: &Option<Address>) -> Guard {
        let is_same = |had: &Address| said.as_ref().is_some_and(|said| said.normalised == had.normalised);
        if had.as_ref().is_none_or(is_same) { Guard::Free } else { Guard::Never(KNOWN) }
    }

    fn field(channel: &Channel) -> String {
        channel.to_string()
    }

    fn searched(value: &Option<Address>) -> Option<&str> {
        value.as_ref().map(|address| address.shown.as_str())
    }
}

const KNOWN: &str = "is known already of somebody who has an id; a key for browsers only fills an empty one";

/// The profiles that have an address, by channel and normalised address.
pub type Holders = HashMap<(Channel, String), Vec<ProfileId>>;

/// The profiles that have each of these addresses: at most a thousand for each, without merged profiles.
pub fn holders(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<(Channel, &Address)>,
) -> QueryResult<Holders> {
    let mut holders = Holders::new();
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

/// An address of a profile, for its pages.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// Channel of the address.
    pub channel: Channel,
    /// The address as given.
    pub address: String,
    /// The address, normalised.
    pub normalised: String,
    /// Stamp of the statement that set the address.
    pub stamp: Stamp,
}

type Listed = (String, String, String, Stamp);

/// All addresses of a profile but removed ones.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Listed>")]
pub struct AddressRows(pub Vec<AddressRow>);

impl Gathered for AddressRows {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg( \
             jsonb_build_array(a.channel, a.address, a.normalised, a.stamp) ORDER BY a.channel), '[]') \
         FROM addresses a WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.address IS NOT NULL)";
}

impl From<Vec<Listed>> for AddressRows {
    fn from(rows: Vec<Listed>) -> Self {
        let row = |(channel, address, normalised, stamp): Listed| {
            Some(AddressRow { channel: Channel::from_stored(&channel)?, address, normalised, stamp })
        };
        Self(rows.into_iter().filter_map(row).collect())
    }
}
