//! Rows of the catalogue. Table: `attribute_definitions`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, SmallInt, Text, Timestamptz},
};

use super::{
    AttributeType, Definition, Origin,
    definition::{Changes, NewDefinition},
};
use crate::db::{
    ids::EnvironmentId,
    keyset::{Page, Seek},
    schema::attribute_definitions,
    sql_query,
};

/// Definitions read by one statement at most.
pub const MOST: i64 = 2_000;

/// Names offered for choosing one.
const OFFERED: i64 = 500;

/// A stored row, in the order of the table's columns without the environment.
pub(super) type Row = (
    (String, String, String, String, bool, String),
    (bool, bool, bool, Option<i32>, DateTime<Utc>, Option<DateTime<Utc>>),
);

pub(super) fn read(((name, display_name, description, kind, is_typed, origin), flags): Row) -> Definition {
    let (in_table, is_indexed, is_sensitive, place, created_at, retired_at) = flags;
    Definition {
        name,
        display_name,
        description,
        kind: AttributeType::from_stored(&kind).unwrap_or_default(),
        is_typed,
        origin: Origin::from_stored(&origin),
        in_table,
        is_indexed,
        is_sensitive,
        place,
        created_at,
        retired_at,
    }
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {{
        use attribute_definitions as d;
        (
            (d::name, d::display_name, d::description, d::type_, d::is_typed, d::origin),
            (d::in_table, d::is_indexed, d::is_sensitive, d::place, d::created_at, d::retired_at),
        )
    }};
}

/// Definitions of these attributes by name, in one statement.
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

/// Names of an environment's sensitive attributes, at most `most`.
pub fn sensitive_names(conn: &mut PgConnection, environment: EnvironmentId, most: i64) -> QueryResult<Vec<String>> {
    attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0).and(attribute_definitions::is_sensitive))
        .select(attribute_definitions::name)
        .limit(most)
        .load(conn)
}

/// Definitions of an environment in the catalogue's order, including retired ones; at most 2,000.
pub fn all(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .order((attribute_definitions::place.asc().nulls_last(), attribute_definitions::name))
        .limit(MOST)
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Attributes that operators may set, for choosing one: at most 500, by name.
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

/// Creates definitions for attributes with their first value, with the guessed types.
pub fn add_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &BTreeMap<&str, AttributeType>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    // In the order of their names, so that two transactions that add the same names wait for each other in one direction only.
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

/// Attributes that have a rule: name, type, whether it was chosen, and origin.
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
        (name, AttributeType::from_stored(&kind).unwrap_or_default(), is_typed, Origin::from_stored(&origin))
    };
    Ok(rows.into_iter().map(one).collect())
}

/// Columns of the list of profiles at most.
pub const MOST_COLUMNS: usize = 8;

/// The attributes that are columns of the list of profiles, in the catalogue's order.
pub fn columns(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::in_table.and(attribute_definitions::retired_at.is_null()))
        .order((attribute_definitions::place.asc().nulls_last(), attribute_definitions::name))
        .limit(MOST_COLUMNS as i64)
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

/// The definition of one attribute.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, name: &str) -> QueryResult<Option<Definition>> {
    let row: Option<Row> =
        attribute_definitions::table.find((environment.0, name)).select(columns!()).first(conn).optional()?;
    Ok(row.map(read))
}

/// Definitions on one page of the catalogue.
pub const PAGE: usize = 50;

/// Cursor in the catalogue by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePlace(pub String);

impl std::fmt::Display for NamePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for NamePlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.is_empty() { Err(()) } else { Ok(Self(text.to_owned())) }
    }
}

/// One page of the catalogue by name: attributes in use or retired ones, whose source or display name contains the typed text.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    is_retired: bool,
    way: Seek<NamePlace>,
) -> QueryResult<Page<Definition>> {
    use attribute_definitions::{display_name, name, retired_at};
    let mut query = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .select(columns!())
        .limit(PAGE as i64 + 1)
        .into_boxed();
    query = if is_retired { query.filter(retired_at.is_not_null()) } else { query.filter(retired_at.is_null()) };
    if !typed.is_empty() {
        let pattern = format!("%{}%", typed.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        query = query.filter(name.ilike(pattern.clone()).or(display_name.ilike(pattern)));
    }
    query = match &way {
        Seek::Start => query.order(name.asc()),
        Seek::After(place) => query.filter(name.gt(place.0.clone())).order(name.asc()),
        Seek::Before(place) => query.filter(name.lt(place.0.clone())).order(name.desc()),
    };
    let rows: Vec<Row> = query.load(conn)?;
    Ok(Page::from_read(rows.into_iter().map(read).collect(), PAGE, &way))
}

/// Numbers of attributes in use and of retired ones.
pub fn counts(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<(i64, i64)> {
    let all = attribute_definitions::table.filter(attribute_definitions::environment_id.eq(environment.0));
    let retired = all.filter(attribute_definitions::retired_at.is_not_null()).count();
    let (all, retired) = (all.count().get_result::<i64>(conn)?, retired.get_result::<i64>(conn)?);
    Ok((all - retired, retired))
}

/// Why a definition is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The source name is taken.
    Exists {
        /// Whether the attribute of that name is retired.
        is_retired: bool,
    },
    /// The display name is taken, by the attribute of this source name.
    Called(String),
    /// The list has the maximum number of columns: these.
    TooManyColumns(Vec<String>),
    Missing,
}

/// Stores a new definition.
pub fn add(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &NewDefinition,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    if let Some(known) = find(conn, environment, new.name.as_str())? {
        return Ok(Err(Refusal::Exists { is_retired: known.retired_at.is_some() }));
    }
    if let Some(other) = called(conn, environment, new.name.as_str(), &new.display_name)? {
        return Ok(Err(Refusal::Called(other)));
    }
    let added = diesel::insert_into(attribute_definitions::table)
        .values((
            attribute_definitions::environment_id.eq(environment.0),
            attribute_definitions::name.eq(new.name.as_str()),
            attribute_definitions::display_name.eq(&new.display_name),
            attribute_definitions::description.eq(&new.description),
            attribute_definitions::type_.eq(new.kind.as_str()),
            attribute_definitions::is_typed.eq(true),
            attribute_definitions::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(if added == 1 { Ok(()) } else { Err(Refusal::Exists { is_retired: false }) })
}

/// Stores the settings of an attribute.
pub fn update(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    changes: &Changes,
) -> QueryResult<Result<(), Refusal>> {
    if let Some(other) = called(conn, environment, name, &changes.display_name)? {
        return Ok(Err(Refusal::Called(other)));
    }
    if changes.in_table
        && let Err(refusal) = has_room(conn, environment, name)?
    {
        return Ok(Err(refusal));
    }
    let updated =
        diesel::update(attribute_definitions::table.find((environment.0, name))).set(changes).execute(conn)?;
    Ok(if updated == 1 { Ok(()) } else { Err(Refusal::Missing) })
}

/// Makes an attribute a column of the list of profiles, or removes the column.
pub fn set_column(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    is_column: bool,
) -> QueryResult<Result<(), Refusal>> {
    if is_column && let Err(refusal) = has_room(conn, environment, name)? {
        return Ok(Err(refusal));
    }
    let target = attribute_definitions::table.find((environment.0, name));
    let updated = diesel::update(target).set(attribute_definitions::in_table.eq(is_column)).execute(conn)?;
    Ok(if updated == 1 { Ok(()) } else { Err(Refusal::Missing) })
}

/// Whether the list of profiles has room for this column.
fn has_room(conn: &mut PgConnection, environment: EnvironmentId, name: &str) -> QueryResult<Result<(), Refusal>> {
    let others = columns(conn, environment)?.into_iter().filter(|one| one.name != name);
    let others: Vec<String> = others.map(|one| one.label()).collect();
    Ok(if others.len() < MOST_COLUMNS { Ok(()) } else { Err(Refusal::TooManyColumns(others)) })
}

/// Source name of another attribute with this display name, ignoring case.
pub fn called(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    display_name: &str,
) -> QueryResult<Option<String>> {
    if display_name.is_empty() {
        return Ok(None);
    }
    let escaped = display_name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::name.ne(name))
        .filter(attribute_definitions::display_name.ilike(escaped))
        .select(attribute_definitions::name)
        .first(conn)
        .optional()
}

/// Retires an attribute, or brings it back; false if nothing changed.
pub fn retire(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    since: Option<DateTime<Utc>>,
) -> QueryResult<bool> {
    let target = attribute_definitions::table.find((environment.0, name));
    let retired_at = attribute_definitions::retired_at;
    let done = match since {
        Some(since) => diesel::update(target.filter(retired_at.is_null())).set(retired_at.eq(since)).execute(conn)?,
        None => {
            let none = retired_at.eq(None::<DateTime<Utc>>);
            diesel::update(target.filter(retired_at.is_not_null())).set(none).execute(conn)?
        }
    };
    Ok(done == 1)
}

/// Stores the type of an attribute; false if there is none that operators may set.
pub fn set_type(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    kind: AttributeType,
) -> QueryResult<bool> {
    let target = attribute_definitions::table.find((environment.0, name));
    let chosen = (attribute_definitions::type_.eq(kind.as_str()), attribute_definitions::is_typed.eq(true));
    Ok(diesel::update(target.filter(attribute_definitions::origin.eq("said"))).set(chosen).execute(conn)? == 1)
}
