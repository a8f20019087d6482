//! The catalogue's rows. Table: `attribute_definitions`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_query,
    sql_types::{Array, SmallInt, Text, Timestamptz},
};

use super::{AttributeType, Definition, Origin};
use crate::db::{ids::EnvironmentId, schema::attribute_definitions};

/// Definitions read at once.
pub const MOST: i64 = 2_000;

/// Names offered where one is to be chosen.
const OFFERED: i64 = 500;

/// A row as stored, in the order of the table's columns but for the environment.
type Row = (
    (String, String, String, String, bool, String),
    (bool, bool, bool, Option<i32>, DateTime<Utc>, Option<DateTime<Utc>>),
);

fn read(((name, display_name, description, kind, is_typed, origin), flags): Row) -> Definition {
    let (in_table, is_filterable, is_sensitive, place, created_at, retired_at) = flags;
    Definition {
        name,
        display_name,
        description,
        kind: AttributeType::from_name(&kind).unwrap_or_default(),
        is_typed,
        origin: Origin::from_stored(&origin),
        in_table,
        is_filterable,
        is_sensitive,
        place,
        created_at,
        retired_at,
    }
}

/// What [`read`] reads.
macro_rules! columns {
    () => {{
        use attribute_definitions as d;
        (
            (d::name, d::display_name, d::description, d::type_, d::is_typed, d::origin),
            (d::in_table, d::is_filterable, d::is_sensitive, d::place, d::created_at, d::retired_at),
        )
    }};
}

/// The definitions of these attributes by name, one statement for all.
pub fn definitions(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    names: &[&str],
) -> QueryResult<BTreeMap<String, Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::name.eq_any(names))
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).map(|definition| (definition.name.clone(), definition)).collect())
}

/// The definitions of an environment in the catalogue's order, retired ones too; at most 2,000.
pub fn all(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .order((attribute_definitions::place.asc().nulls_last(), attribute_definitions::name))
        .limit(MOST)
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

/// The attributes that people may give a value to, for choosing one: at most 500, by name.
pub fn options(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::retired_at.is_null().and(attribute_definitions::origin.eq("said")))
        .order(attribute_definitions::name)
        .limit(OFFERED)
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Makes rows for attributes that are heard of for the first time, with what their types seem to be.
pub fn add_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &BTreeMap<&str, AttributeType>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    // In the order of their names, so that two who add the same wait for each other in one direction only.
    sql_query(
        "INSERT INTO attribute_definitions (environment_id, name, type, created_at) \
         SELECT $1, u.name, u.type, $4 FROM unnest($2, $3) AS u (name, type) ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(new.keys().collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.values().map(|kind| kind.as_str()).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .execute(conn)
}

/// The attributes whose values are not simply kept as sent: name, type, whether that was chosen, and origin.
pub fn ruled(
    conn: &mut PgConnection,
    environment: EnvironmentId,
) -> QueryResult<Vec<(String, AttributeType, bool, Origin)>> {
    let rows: Vec<(String, String, bool, String)> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::is_typed.or(attribute_definitions::origin.ne("said")))
        .limit(MOST)
        .select((
            attribute_definitions::name,
            attribute_definitions::type_,
            attribute_definitions::is_typed,
            attribute_definitions::origin,
        ))
        .load(conn)?;
    let one = |(name, kind, is_typed, origin): (String, String, bool, String)| {
        (name, AttributeType::from_name(&kind).unwrap_or_default(), is_typed, Origin::from_stored(&origin))
    };
    Ok(rows.into_iter().map(one).collect())
}
