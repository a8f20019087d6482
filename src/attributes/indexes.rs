//! Indexes for ranges of attributes: an admin chooses the attribute, housekeeping builds and removes the index while everything goes on.
//!
//! Values that are equal to something are found by the terms of all attributes; only the order of numbers and days needs an index of its own.

use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Bool, Double, Nullable, Text},
};

use super::AttributeType;
use crate::{
    db::{self, Db, sql_query},
    error::AppError,
};

/// State of the index of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IndexState {
    /// The type has no order that an index serves.
    NotNeeded,
    /// It will be built within seconds.
    Waiting,
    /// It is being built; the share of the table that was read, 0 to 1, if it is known.
    Building(Option<f64>),
    Ready,
}

impl std::fmt::Display for IndexState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotNeeded => f.write_str("Not needed: only numbers and dates have ranges"),
            Self::Waiting => f.write_str("Will be built in a moment"),
            Self::Building(Some(share)) => write!(f, "Being built, {:.0} % read", share * 100.0),
            Self::Building(None) => f.write_str("Being built"),
            Self::Ready => f.write_str("Ready"),
        }
    }
}

/// The expression of an attribute's index; `None`: its type needs none.
fn expression(kind: AttributeType) -> Option<&'static str> {
    match kind {
        AttributeType::Number => Some("number_of"),
        AttributeType::Date => Some("day_of"),
        _ => None,
    }
}

/// Name of the index of an attribute, as SQL: environments share it.
macro_rules! index_name {
    () => {
        "'profiles_attribute_' || left(md5(d.type || ' ' || d.name), 16)"
    };
}

/// State of the index of an indexed attribute, in one SQL statement.
pub fn index_state(conn: &mut PgConnection, name: &str, kind: AttributeType) -> QueryResult<IndexState> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_valid: bool,
        #[diesel(sql_type = Nullable<Double>)]
        share: Option<f64>,
    }
    if expression(kind).is_none() {
        return Ok(IndexState::NotNeeded);
    }
    let found: Option<Row> = sql_query(concat!(
        "SELECT i.indisvalid AS is_valid, b.blocks_done::float8 / nullif(b.blocks_total, 0) AS share \
         FROM (SELECT $1 AS name, $2 AS type) d \
         JOIN pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relname = ",
        index_name!(),
        " JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_stat_progress_create_index b ON b.index_relid = c.oid"
    ))
    .bind::<Text, _>(name)
    .bind::<Text, _>(kind.as_str())
    .get_result(conn)
    .optional()?;
    Ok(match found {
        None => IndexState::Waiting,
        Some(Row { is_valid: true, .. }) => IndexState::Ready,
        Some(Row { share, .. }) => IndexState::Building(share),
    })
}

/// What is to be done next.
#[derive(QueryableByName)]
struct Step {
    /// The statement, with names and texts quoted by Postgres: a definition takes no bound values.
    #[diesel(sql_type = Text)]
    statement: String,
}

/// Number of the advisory lock that lets one process at a time build.
const LOCK: i64 = 0x6b69_7469;

/// Builds the next index that is missing, or removes one that nobody wants any more or that was left unfinished. Whether there was one.
pub fn keep_index_now(db: &Db) -> Result<bool, AppError> {
    db.read_now(|conn| {
        let Some(step) = next(conn)? else { return Ok(false) };
        #[derive(QueryableByName)]
        struct Locked {
            #[diesel(sql_type = Bool)]
            is_ours: bool,
        }
        let lock = sql_query("SELECT pg_try_advisory_lock($1) AS is_ours").bind::<diesel::sql_types::BigInt, _>(LOCK);
        if !lock.get_result::<Locked>(conn)?.is_ours {
            return Ok(false);
        }
        // It waits for others and reads the whole table.
        let done = db::without_limits(conn, &step.statement);
        sql_query("SELECT pg_advisory_unlock($1)").bind::<diesel::sql_types::BigInt, _>(LOCK).execute(conn)?;
        done.map(|()| true)
    })
}

fn next(conn: &mut PgConnection) -> QueryResult<Option<Step>> {
    sql_query(concat!(
        "WITH wanted AS (SELECT DISTINCT ",
        index_name!(),
        " AS index, d.name, CASE d.type WHEN 'number' THEN 'number_of' ELSE 'day_of' END AS expression \
             FROM attribute_definitions d WHERE d.is_indexed AND NOT d.is_sensitive AND d.retired_at IS NULL \
             AND d.type IN ('number', 'date')), \
         present AS (SELECT c.relname AS index, i.indisvalid AS is_valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = 'profiles'::regclass AND c.relname LIKE 'profiles\\_attribute\\_%' AND c.relname ~ '_[0-9a-f]{16}$' \
                 AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.index_relid = c.oid)) \
         SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %I', p.index) AS statement FROM present p \
         WHERE NOT p.is_valid OR NOT EXISTS (SELECT FROM wanted w WHERE w.index = p.index) \
         UNION ALL \
         SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON profiles (environment_id, (%s(attributes -> %L))) WHERE merged_into IS NULL', \
             w.index, w.expression, w.name) \
         FROM wanted w WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = w.index) \
         LIMIT 1"
    ))
    .get_result(conn)
    .optional()
}
