//! What is said of an address: it holds for everybody who is reached there, now and later, whoever that is.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Jsonb, Nullable, SmallInt, Text},
};
use serde_json::Value as Json;

use super::{Fact, Register};
use crate::{
    db::{ids::EnvironmentId, sql_query},
    json::Json as Stored,
    ledger::{AHEAD, Stamp},
};

/// SQL of a register's table for what is said of addresses: one statement reads or writes a whole batch.
pub struct AddressTable {
    /// Selects `address_channel`, `address`, `key` as its text, `value` as its JSON and `stamp` of the rows of environment `$1` and of
    /// the addresses with channels `$2` and normalised texts `$3`.
    pub load: &'static str,
    /// Inserts rows of environment `$1`, given as a JSON array `$2` of `address_channel`, `address`, `stamp` and
    /// [`Table::columns`](super::Table::columns), or updates those that are older. A stored row `a` that lies ahead of `$3` gives way:
    /// see [`Stamp::at_present`].
    pub put: &'static str,
    /// Deletes the rows of environment `$1` and of the addresses with channels `$2` and normalised texts `$3`.
    pub forget: &'static str,
}

/// Condition of [`AddressTable::put`] for replacing a stored row: the new one was said later, or at once and `ranks` higher.
macro_rules! is_newer {
    ($rank:literal < $new_rank:literal) => {
        concat!(
            " WHERE ((a.stamp->0)::bigint, (a.stamp->2)::integer) < ((excluded.stamp->0)::bigint, (excluded.stamp->2)::integer) \
                 OR (((a.stamp->0)::bigint, (a.stamp->2)::integer) = ((excluded.stamp->0)::bigint, (excluded.stamp->2)::integer) \
                     AND ",
            $rank,
            " < ",
            $new_rank,
            ") OR ((a.stamp->0)::bigint > $3 AND (excluded.stamp->0)::bigint <= $3)"
        )
    };
}

pub(crate) use is_newer;

/// A fact about an address, by the channel and the normalised text of the address.
#[derive(Clone, Debug)]
pub struct OfAddress {
    /// Channel of the address, as stored.
    pub channel: String,
    /// The address, normalised.
    pub address: String,
    /// What holds for whoever is reached there.
    pub fact: Fact,
    /// Stamp of the newest statement.
    pub stamp: Stamp,
}

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
        })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

/// Stores what is newer than what is stored, in one SQL statement. Each address and key may occur once; facts of other registers are left
/// out. Returns the number of rows.
pub(super) fn put<R: Register>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    present: DateTime<Utc>,
    said: &[OfAddress],
) -> QueryResult<usize> {
    let Some(AddressTable { put, .. }) = R::OF_ADDRESSES else { return Ok(0) };
    let row = |said: &OfAddress| {
        let (key, value) = said.fact.of::<R>()?;
        let mut columns = (R::TABLE?.columns)(key, value, said.stamp);
        columns["address_channel"] = Json::from(said.channel.as_str());
        columns["address"] = Json::from(said.address.as_str());
        columns["stamp"] = said.stamp.to_json();
        Some(columns)
    };
    let rows: Vec<Json> = said.iter().filter_map(row).collect();
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
