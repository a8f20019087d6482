//! Rows of the catalogue, and numbers of profiles with a tag.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Bool, SmallInt, Text, Timestamptz},
};

use serde::Deserialize;

use super::{Colour, Tag};
use crate::db::{
    Gathered,
    ids::EnvironmentId,
    keyset::{Page, Seek},
    schema::tag_definitions,
    sql_query,
};

/// Definition of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    /// Colour of the label.
    pub colour: Colour,
    /// Description; may be empty.
    pub description: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    colour: String,
    #[diesel(sql_type = Text)]
    description: String,
}

impl From<Row> for Definition {
    fn from(row: Row) -> Self {
        Self { name: row.name, colour: Colour::stored(&row.colour), description: row.description }
    }
}

pub const PAGE: usize = 25;

/// One page of the catalogue: tags whose name contains `typed`, in alphabetical order.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    way: &Seek<Tag>,
) -> QueryResult<Page<Definition>> {
    let tag = way.clone().place();
    let place = tag.as_ref().map_or("", Tag::as_str);
    let forwards = "SELECT name, colour, description FROM tag_definitions \
         WHERE environment_id = $1 AND strpos(lower(name), lower($2)) > 0 AND (lower(name), name) > (lower($3), $3) \
         ORDER BY lower(name), name LIMIT $4";
    let backwards = "SELECT name, colour, description FROM tag_definitions \
         WHERE environment_id = $1 AND strpos(lower(name), lower($2)) > 0 AND (lower(name), name) < (lower($3), $3) \
         ORDER BY lower(name) DESC, name DESC LIMIT $4";
    let rows: Vec<Row> = sql_query(if way.is_backwards() { backwards } else { forwards })
        .bind::<SmallInt, _>(environment)
        .bind::<Text, _>(typed)
        .bind::<Text, _>(place)
        .bind::<BigInt, _>(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
        .load(conn)?;
    Ok(Page::from_read(rows.into_iter().map(Definition::from).collect(), PAGE, way))
}

/// Profiles counted for each tag of a page; where there are more, only that is known.
pub const MOST_COUNTED: i64 = 10_000;

/// Number of profiles with each of these tags, in one statement; [`MOST_COUNTED`] plus one stands for any larger number.
pub fn counts(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    tags: &[&str],
) -> QueryResult<BTreeMap<String, i64>> {
    people(conn, environment, tags, MOST_COUNTED + 1)
}

/// Profiles counted before a change of all of them.
const MOST_EXACT: i64 = 1_000_000;

/// Number of profiles with a tag, at most a million.
pub fn count(conn: &mut PgConnection, environment: EnvironmentId, tag: &str) -> QueryResult<i64> {
    Ok(people(conn, environment, &[tag], MOST_EXACT)?.remove(tag).unwrap_or(0))
}

fn people(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    tags: &[&str],
    most: i64,
) -> QueryResult<BTreeMap<String, i64>> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Vec<Counted> = sql_query(
        "SELECT u.name, c.n FROM unnest($2) AS u (name) CROSS JOIN LATERAL (SELECT count(*) AS n FROM \
             (SELECT FROM profiles WHERE environment_id = $1 AND merged_into IS NULL AND tags @> ARRAY[u.name] LIMIT $3) p) c",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(tags)
    .bind::<BigInt, _>(most)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.name, row.n)).collect())
}

/// The definition of a tag.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, tag: &str) -> QueryResult<Option<Definition>> {
    let row: Option<(String, String, String)> = tag_definitions::table
        .find((environment, tag))
        .select((tag_definitions::name, tag_definitions::colour, tag_definitions::description))
        .first(conn)
        .optional()?;
    Ok(row.map(|(name, colour, description)| Definition { name, colour: Colour::stored(&colour), description }))
}

/// Names of tags in alphabetical order, for choosing one.
pub fn names(conn: &mut PgConnection, environment: EnvironmentId, limit: i64) -> QueryResult<Vec<String>> {
    tag_definitions::table
        .filter(tag_definitions::environment_id.eq(environment))
        .order(tag_definitions::name)
        .select(tag_definitions::name)
        .limit(limit)
        .load(conn)
}

/// Colours by tag, for those that have one; at most 1,000.
pub fn coloured(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<BTreeMap<String, Colour>> {
    let rows: Vec<(String, String)> = tag_definitions::table
        .filter(tag_definitions::environment_id.eq(environment))
        .filter(tag_definitions::colour.ne(Colour::Grey.as_str()))
        .select((tag_definitions::name, tag_definitions::colour))
        .limit(1000)
        .load(conn)?;
    Ok(rows.into_iter().map(|(name, colour)| (name, Colour::stored(&colour))).collect())
}

/// Tags of a profile, their definitions, and other tags to choose from.
#[derive(Debug, Deserialize)]
pub struct OwnTags {
    /// Names of the profile's tags.
    pub names: Vec<String>,
    /// Name, colour and description of those in the catalogue.
    pub known: Vec<(String, String, String)>,
    /// Names of other tags, at most 200.
    pub offered: Vec<String>,
}

impl Gathered for OwnTags {
    const SQL: &'static str = "jsonb_build_object('names', p.tags, \
         'known', (SELECT coalesce(jsonb_agg(jsonb_build_array(t.name, t.colour, t.description)), '[]') \
             FROM tag_definitions t WHERE t.environment_id = p.environment_id AND t.name = ANY(p.tags)), \
         'offered', (SELECT coalesce(jsonb_agg(t.name ORDER BY t.name), '[]') FROM (SELECT t.name FROM tag_definitions t \
             WHERE t.environment_id = p.environment_id AND t.name <> ALL(p.tags) ORDER BY t.name LIMIT 200) t))";
}

/// Creates missing definitions, in one statement.
pub fn ensure(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    tags: &[&str],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO tag_definitions (environment_id, name, created_at) SELECT $1, u.name, $3 FROM unnest($2) AS u (name) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(tags)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
}

/// Those of these tags that are in the catalogue.
pub fn defined(conn: &mut PgConnection, environment: EnvironmentId, tags: &[&str]) -> QueryResult<BTreeSet<String>> {
    let found: Vec<String> = tag_definitions::table
        .filter(tag_definitions::environment_id.eq(environment).and(tag_definitions::name.eq_any(tags)))
        .select(tag_definitions::name)
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// How tags are spelled in the catalogue: each as it was typed if it exists so, else in every other case. At most 100 of all.
pub fn spellings(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &[&str],
) -> QueryResult<BTreeMap<String, Vec<String>>> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let lower: Vec<String> = typed.iter().map(|tag| tag.to_lowercase()).collect();
    let found: Vec<Known> = sql_query(
        "SELECT name FROM tag_definitions WHERE environment_id = $1 AND lower(name) = ANY($2) ORDER BY name LIMIT 100",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(lower)
    .load(conn)?;
    let found: Vec<String> = found.into_iter().map(|known| known.name).collect();
    let of = |tag: &str| match found.iter().find(|known| *known == tag) {
        Some(exact) => vec![exact.clone()],
        None => found.iter().filter(|known| known.eq_ignore_ascii_case(tag)).cloned().collect(),
    };
    Ok(typed.iter().map(|tag| ((*tag).to_owned(), of(tag))).filter(|(_, all)| !all.is_empty()).collect())
}

/// The tag of the catalogue that differs from this one only in case; `None` if there is none, or this one is there itself.
pub fn twin(conn: &mut PgConnection, environment: EnvironmentId, tag: &Tag) -> QueryResult<Option<String>> {
    let found = spellings(conn, environment, &[tag.as_str()])?.remove(tag.as_str()).unwrap_or_default();
    Ok(found.into_iter().next().filter(|known| known != tag.as_str()))
}

/// Stores a new definition; false if the name is taken.
pub fn insert(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &Definition,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let row = (
        tag_definitions::environment_id.eq(environment),
        tag_definitions::name.eq(&new.name),
        tag_definitions::colour.eq(new.colour.as_str()),
        tag_definitions::description.eq(&new.description),
        tag_definitions::created_at.eq(now),
    );
    diesel::insert_into(tag_definitions::table).values(row).on_conflict_do_nothing().execute(conn).map(|n| n > 0)
}

/// Stores colour and description; false if there is no such tag.
pub fn update(conn: &mut PgConnection, environment: EnvironmentId, changed: &Definition) -> QueryResult<bool> {
    diesel::update(tag_definitions::table.find((environment, &changed.name)))
        .set((
            tag_definitions::colour.eq(changed.colour.as_str()),
            tag_definitions::description.eq(&changed.description),
        ))
        .execute(conn)
        .map(|n| n > 0)
}

/// Removes a tag from the catalogue. With `if_unused`, only if no profile has it: a sender may have added it meanwhile.
pub fn delete(conn: &mut PgConnection, environment: EnvironmentId, tag: &str, if_unused: bool) -> QueryResult<bool> {
    sql_query(
        "DELETE FROM tag_definitions WHERE environment_id = $1 AND name = $2 AND NOT ($3 AND EXISTS (SELECT FROM profiles \
             WHERE environment_id = $1 AND merged_into IS NULL AND tags @> ARRAY[$2]))",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Text, _>(tag)
    .bind::<Bool, _>(if_unused)
    .execute(conn)
    .map(|n| n > 0)
}
