//! What is said of an address: it holds for everybody who is reached there, now and later, whoever that is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Jsonb, Nullable, SmallInt, Text},
};
use serde_json::Value as Json;

use super::{
    Fact, Register, Table,
    statements::{Said, that_count},
};
use crate::{
    db::{ids::EnvironmentId, sql_query},
    json::Json as Stored,
    ledger::{AHEAD, Stamp},
};

/// SQL of a register's table for what is said of addresses: one statement reads or writes a whole batch. Of each address and key it has the
/// statements that count or may count, as rows of people have: at most one of each strictness, of sources that may loosen and of those that
/// may not. A row that no longer counts may stay, and is harmless.
pub struct AddressTable {
    /// Selects `address_channel`, `address`, `key` as its text, `value` as its JSON, `stamp` and `may_loosen` of the rows of environment
    /// `$1` and of the addresses with channels `$2` and normalised texts `$3`.
    pub load: &'static str,
    /// See [`put_of_addresses`].
    pub put: &'static str,
    /// Deletes the rows of environment `$1` and of the addresses with channels `$2` and normalised texts `$3`.
    pub forget: &'static str,
}

/// SQL for [`AddressTable::put`]: the table, its two columns for the key, and those for the value with their types, in the order in which
/// they decide between equally strict statements of one time.
///
/// Stores rows of environment `$1`, given as a JSON array `$2` of `address_channel`, `address`, `stamp`, `strictness`, `may_loosen` and
/// [`Table::columns`](super::Table::columns), where no newer stored row makes them void, and deletes the stored rows that they make void: a
/// newer one makes void what is older if its source may loosen, or if it is at least as strict and the older one's source may not loosen. A
/// stored row that lies ahead of `$3` gives way: see [`Stamp::at_present`].
macro_rules! put_of_addresses {
    ($table:literal, $kind:literal, $of:literal, $first:literal $first_type:literal $(, $value:literal $type:literal)*) => {
        concat!(
            "WITH said AS MATERIALIZED ( \
                 SELECT u.*, (u.stamp->0)::bigint AS as_of, (u.stamp->2)::integer AS index FROM jsonb_to_recordset($2) AS u ( \
                     address_channel text, address text, ", $kind, " text, ", $of, " text, \
                     stamp jsonb, strictness bigint, may_loosen boolean, ",
            $first, " ", $first_type, $(", ", $value, " ", $type,)*
            ")), \
             gone AS ( \
                 DELETE FROM ", $table, " a USING said u \
                 WHERE a.environment_id = $1 AND a.address_channel = u.address_channel AND a.address = u.address \
                     AND a.", $kind, " = u.", $kind, " AND a.", $of, " = u.", $of, " \
                     AND (u.may_loosen OR NOT a.may_loosen AND a.strictness <= u.strictness) \
                     AND (((a.stamp->0)::bigint, (a.stamp->2)::integer, a.strictness) < (u.as_of, u.index, u.strictness) \
                         OR (a.stamp->0)::bigint > $3 AND u.as_of <= $3) \
                     AND NOT EXISTS (SELECT FROM said o WHERE o.address_channel = a.address_channel AND o.address = a.address \
                         AND o.", $kind, " = a.", $kind, " AND o.", $of, " = a.", $of, " \
                         AND o.strictness = a.strictness AND o.may_loosen = a.may_loosen)) \
             INSERT INTO ", $table, " AS a (environment_id, address_channel, address, ", $kind, ", ", $of, ", ",
            $first, $(", ", $value,)*
            ", stamp, strictness, may_loosen) \
             SELECT $1, u.address_channel, u.address, u.", $kind, ", u.", $of, ", u.",
            $first, $(", u.", $value,)*
            ", u.stamp, u.strictness, u.may_loosen FROM said u \
             WHERE NOT EXISTS (SELECT FROM ", $table, " n \
                 WHERE n.environment_id = $1 AND n.address_channel = u.address_channel AND n.address = u.address \
                     AND n.", $kind, " = u.", $kind, " AND n.", $of, " = u.", $of, " \
                     AND (n.may_loosen OR NOT u.may_loosen AND u.strictness <= n.strictness) \
                     AND (u.as_of, u.index, u.strictness) < ((n.stamp->0)::bigint, (n.stamp->2)::integer, n.strictness) \
                     AND (n.stamp->0)::bigint <= $3) \
             ON CONFLICT (environment_id, address_channel, address, ", $kind, ", ", $of, ", strictness, may_loosen) DO UPDATE SET ",
            $first, " = excluded.", $first, $(", ", $value, " = excluded.", $value,)*
            ", stamp = excluded.stamp \
             WHERE ((a.stamp->0)::bigint, (a.stamp->2)::integer, coalesce(a.",
            $first, "::text, '') COLLATE \"C\"", $(", coalesce(a.", $value, "::text, '') COLLATE \"C\"",)*
            ") < ((excluded.stamp->0)::bigint, (excluded.stamp->2)::integer, coalesce(excluded.",
            $first, "::text, '') COLLATE \"C\"", $(", coalesce(excluded.", $value, "::text, '') COLLATE \"C\"",)*
            ") OR ((a.stamp->0)::bigint > $3 AND (excluded.stamp->0)::bigint <= $3)"
        )
    };
}

pub(crate) use put_of_addresses;

/// A statement about an address, by the channel and the normalised text of the address.
#[derive(Clone, Debug)]
pub struct OfAddress {
    /// Channel of the address, as stored.
    pub channel: String,
    /// The address, normalised.
    pub address: String,
    /// What holds for whoever is reached there.
    pub fact: Fact,
    /// When it was said, and by whom.
    pub stamp: Stamp,
    /// Whether its source may loosen what stricter statements say.
    pub may_loosen: bool,
}

/// Channel and text of an address, and a key.
type Place<'a, R> = (&'a str, &'a str, &'a <R as Register>::Key);

/// What is stored of these addresses in a register, in one SQL statement.
pub(super) fn load<R: Register>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[(&str, &str)],
) -> QueryResult<Vec<OfAddress>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        address_channel: String,
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Nullable<Jsonb>)]
        value: Option<Stored>,
        #[diesel(sql_type = Jsonb)]
        stamp: Stored,
        #[diesel(sql_type = Bool)]
        may_loosen: bool,
    }
    let Some(AddressTable { load, .. }) = R::OF_ADDRESSES.filter(|_| !asked.is_empty()) else { return Ok(Vec::new()) };
    let (channels, addresses): (Vec<&str>, Vec<&str>) = asked.iter().copied().unzip();
    let found: Vec<Found> = sql_query(load)
        .bind::<SmallInt, _>(environment)
        .bind::<Array<Text>, _>(channels)
        .bind::<Array<Text>, _>(addresses)
        .load(conn)?;
    let row = |row: Found| {
        let value: R::Value = serde_json::from_value(row.value.map_or(Json::Null, |value| value.0)).ok()?;
        Some(OfAddress {
            channel: row.address_channel,
            address: row.address,
            fact: Fact::new::<R>(R::key(&row.key)?, value),
            stamp: serde_json::from_value(row.stamp.0).ok()?,
            may_loosen: row.may_loosen,
        })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

/// Stores what counts or may count of what is said and stored, in one SQL statement. Facts of other registers are left out. Returns the
/// number of rows.
pub(super) fn put<R: Register>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    present: DateTime<Utc>,
    said: &[OfAddress],
) -> QueryResult<usize> {
    let (Some(AddressTable { put, .. }), Some(Table { columns, .. })) = (R::OF_ADDRESSES, R::TABLE) else {
        return Ok(0);
    };
    let mut by_key: BTreeMap<Place<'_, R>, Vec<Said<R::Value>>> = BTreeMap::new();
    for OfAddress { channel, address, fact, stamp, may_loosen } in said {
        let Some((key, value)) = fact.of::<R>() else { continue };
        let (value, stamp) = R::said(value.clone(), *stamp);
        by_key.entry((channel, address, key)).or_default().push(Said { value, stamp, may_loosen: *may_loosen });
    }
    let mut rows: Vec<Json> = Vec::with_capacity(by_key.len());
    for ((channel, address, key), all) in by_key {
        for Said { value, stamp, may_loosen } in that_count::<R>(key, all) {
            let mut row = columns(key, &value, stamp);
            row["address_channel"] = channel.into();
            row["address"] = address.into();
            row["stamp"] = stamp.to_json();
            row["strictness"] = R::strictness(key, &value).into();
            row["may_loosen"] = may_loosen.into();
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Ok(0);
    }
    sql_query(put)
        .bind::<SmallInt, _>(environment)
        .bind::<Jsonb, _>(Stored(rows.into()))
        .bind::<BigInt, _>((present + AHEAD).timestamp_micros())
        .execute(conn)
}

/// Removes what is stored of these addresses in a register.
pub(super) fn forget<R: Register>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    gone: &[(&str, &str)],
) -> QueryResult<()> {
    let Some(AddressTable { forget, .. }) = R::OF_ADDRESSES.filter(|_| !gone.is_empty()) else { return Ok(()) };
    let (channels, addresses): (Vec<&str>, Vec<&str>) = gone.iter().copied().unzip();
    sql_query(forget)
        .bind::<SmallInt, _>(environment)
        .bind::<Array<Text>, _>(channels)
        .bind::<Array<Text>, _>(addresses)
        .execute(conn)?;
    Ok(())
}
