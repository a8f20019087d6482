//! How large tables are, and what was written to them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use crate::db::sql_query;

/// A table with all its partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// With indexes and what lies beside it.
    pub bytes: i64,
    /// Rows, as Postgres estimates.
    pub rows: i64,
    /// Rows that went and still take room, as Postgres estimates.
    pub dead: i64,
    /// Rows that were added since [`Tables::since`].
    pub added: i64,
    /// The largest partition, and its bytes.
    pub largest: Option<(String, i64)>,
    pub partitions: i64,
}

/// All tables, the largest first.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub all: Vec<Table>,
    /// Since when rows are counted; `None`: since the database was made.
    pub since: Option<DateTime<Utc>>,
}

/// Tables and partitions that are read at most: there are a partition a month for twelve years, of two tables, and a hundred tables.
const MOST: i64 = 2000;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    dead: i64,
    #[diesel(sql_type = BigInt)]
    added: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    since: Option<DateTime<Utc>>,
}

/// Asks, in one SQL statement. It counts no rows: that is what Postgres keeps statistics for.
pub fn read(conn: &mut PgConnection) -> QueryResult<Tables> {
    let found: Vec<Found> = sql_query(
        "SELECT s.relname::text AS name, p.relname::text AS parent, pg_total_relation_size(s.relid) AS bytes, \
             s.n_live_tup AS rows, s.n_dead_tup AS dead, s.n_tup_ins AS added, \
             (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) AS since \
         FROM pg_stat_user_tables s LEFT JOIN pg_inherits i ON i.inhrelid = s.relid LEFT JOIN pg_class p ON p.oid = i.inhparent \
         WHERE s.schemaname = 'public' ORDER BY bytes DESC LIMIT $1",
    )
    .bind::<BigInt, _>(MOST)
    .load(conn)?;
    Ok(together(found))
}

/// Adds the partitions of each table up.
fn together(found: Vec<Found>) -> Tables {
    let since = found.first().and_then(|first| first.since);
    let mut all: BTreeMap<String, Table> = BTreeMap::new();
    for part in found {
        let name = part.parent.clone().unwrap_or_else(|| part.name.clone());
        let table = all.entry(name.clone()).or_insert_with(|| Table { name, ..Table::default() });
        table.bytes += part.bytes;
        table.rows += part.rows;
        table.dead += part.dead;
        table.added += part.added;
        if part.parent.is_some() {
            table.partitions += 1;
            if table.largest.as_ref().is_none_or(|(_, bytes)| *bytes < part.bytes) {
                table.largest = Some((part.name, part.bytes));
            }
        }
    }
    let mut all: Vec<Table> = all.into_values().collect();
    all.sort_by_key(|table| -table.bytes);
    Tables { all, since }
}
