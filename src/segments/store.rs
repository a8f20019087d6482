//! Rows of segments as people define them. Tables: `segments`, `segment_versions`.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Bool, SmallInt, Text},
};

use super::{
    segment::{Count, Definition, Segment, SegmentKind},
    state,
};
use crate::{
    db::{
        ids::{EnvironmentId, OperatorId, SegmentId},
        schema::{segment_versions, segments},
        sql_query,
    },
    filter::{Filter, Predicate},
    json::Json,
};

/// The definition in a row.
pub fn definition(kind: SegmentKind, stored: Option<Json>) -> Definition {
    match (kind, stored) {
        (SegmentKind::Live, Some(stored)) => {
            Filter::from_json(&stored.0).map_or(Definition::Unreadable, Definition::By)
        }
        (SegmentKind::Live, None) => Definition::Unreadable,
        (SegmentKind::Chosen | SegmentKind::Kept, _) => Definition::Chosen,
    }
}

type Row = (
    (SegmentId, String, String, String, String, Vec<String>, Option<OperatorId>),
    (Option<Json>, bool, i32, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>),
    (Option<i64>, Option<DateTime<Utc>>, Option<i32>, Option<DateTime<Utc>>, bool, Option<String>),
);

/// The columns of [`Row`].
macro_rules! row {
    () => {
        (
            (
                segments::id,
                segments::kind,
                segments::name,
                segments::description,
                segments::folder,
                segments::tags,
                segments::owner_id,
            ),
            (
                segments::definition,
                segments::on_profiles,
                segments::version,
                segments::created_at,
                segments::updated_at,
                segments::archived_at,
            ),
            (
                segments::size,
                segments::counted_at,
                segments::took_ms,
                segments::counting_since,
                segments::wants_count,
                segments::broken,
            ),
        )
    };
}

fn segment((about, defined, counted): Row) -> Segment {
    let (id, kind, name, description, folder, tags, owner) = about;
    let (stored, on_profiles, version, created_at, updated_at, archived_at) = defined;
    let (size, counted_at, took_ms, counting_since, is_wanted, broken) = counted;
    let kind = kind.parse().unwrap_or(SegmentKind::Live);
    Segment {
        id,
        kind,
        name,
        description,
        folder,
        tags,
        owner,
        definition: definition(kind, stored),
        on_profiles,
        version,
        created_at,
        updated_at,
        archived_at,
        count: Count { size, counted_at, took_ms, counting_since, is_wanted, broken },
    }
}

/// The segments of an environment by name, archived ones too, in one SQL statement.
pub fn all(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Segment>> {
    let rows: Vec<Row> = segments::table
        .filter(segments::environment_id.eq(environment.0))
        .order((segments::archived_at.is_not_null(), segments::name, segments::id))
        .limit(2 * super::MOST)
        .select(row!())
        .load(conn)?;
    Ok(rows.into_iter().map(segment).collect())
}

/// One segment, archived or not.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, id: SegmentId) -> QueryResult<Option<Segment>> {
    let row: Option<Row> = segments::table.find((environment.0, id)).select(row!()).first(conn).optional()?;
    Ok(row.map(segment))
}

/// What somebody saves of a segment.
#[derive(Clone, Debug)]
pub struct Saved {
    pub kind: SegmentKind,
    pub name: String,
    pub description: String,
    pub folder: String,
    pub tags: Vec<String>,
    pub owner: Option<OperatorId>,
    pub on_profiles: bool,
    /// The filter of a live segment, and what it asks.
    pub filter: Option<Filter>,
    pub predicate: Predicate,
}

/// Who saves, and when.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// `None`: a system.
    pub operator: Option<OperatorId>,
    pub at: DateTime<Utc>,
}

/// Stores a new segment, whose members are counted next.
pub fn insert(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SegmentId,
    new: &Saved,
    by: By,
) -> QueryResult<()> {
    use segments as s;
    diesel::insert_into(s::table)
        .values((
            (s::environment_id.eq(environment.0), s::id.eq(id), s::kind.eq(new.kind.as_str()), s::name.eq(&new.name)),
            (s::description.eq(&new.description), s::folder.eq(&new.folder), s::tags.eq(&new.tags)),
            (s::owner_id.eq(new.owner), s::definition.eq(new.filter.as_ref().map(|it| Json(it.to_json())))),
            (s::on_profiles.eq(new.on_profiles), s::version.eq(1), s::created_at.eq(by.at), s::updated_at.eq(by.at)),
            s::wants_count.eq(true),
        ))
        .execute(conn)?;
    state::want_count(conn, environment, id, &new.predicate.reads())?;
    insert_version(conn, environment, id, (1, None), new, by)
}

fn insert_version(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SegmentId,
    (version, size_before): (i32, Option<i64>),
    new: &Saved,
    by: By,
) -> QueryResult<()> {
    use segment_versions as v;
    diesel::insert_into(v::table)
        .values((
            (v::environment_id.eq(environment.0), v::segment_id.eq(id), v::version.eq(version), v::name.eq(&new.name)),
            (v::definition.eq(new.filter.as_ref().map(|it| Json(it.to_json()))), v::saved_at.eq(by.at)),
            (v::operator_id.eq(by.operator), v::size_before.eq(size_before)),
        ))
        .execute(conn)
        .map(drop)
}

/// Stores what was changed of `was`. Only a new definition is counted anew, and becomes a version.
pub fn update(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    was: &Segment,
    new: &Saved,
    by: By,
) -> QueryResult<()> {
    use segments as s;
    let version = was.version + 1;
    diesel::update(s::table.find((environment.0, was.id)))
        .set((
            (s::name.eq(&new.name), s::description.eq(&new.description), s::folder.eq(&new.folder)),
            (s::tags.eq(&new.tags), s::owner_id.eq(new.owner), s::on_profiles.eq(new.on_profiles)),
            s::definition.eq(new.filter.as_ref().map(|it| Json(it.to_json()))),
            (s::version.eq(version), s::updated_at.eq(by.at)),
        ))
        .execute(conn)?;
    if was.definition.filter() != new.filter.as_ref() {
        state::want_count(conn, environment, was.id, &new.predicate.reads())?;
        insert_version(conn, environment, was.id, (version, was.count.size), new, by)?;
    }
    Ok(())
}

/// A version of a definition.
#[derive(Clone, Debug)]
pub struct Version {
    pub version: i32,
    pub definition: Definition,
    pub saved_at: DateTime<Utc>,
    pub operator: Option<OperatorId>,
    /// Number of members before and after.
    pub sizes: [Option<i64>; 2],
}

/// The newest versions of a segment, at most a hundred.
pub fn versions(conn: &mut PgConnection, environment: EnvironmentId, segment: &Segment) -> QueryResult<Vec<Version>> {
    use segment_versions as v;
    type Row = (i32, Option<Json>, DateTime<Utc>, Option<OperatorId>, Option<i64>, Option<i64>);
    let rows: Vec<Row> = v::table
        .filter(v::environment_id.eq(environment.0).and(v::segment_id.eq(segment.id)))
        .order(v::version.desc())
        .limit(100)
        .select((v::version, v::definition, v::saved_at, v::operator_id, v::size_before, v::size_after))
        .load(conn)?;
    let version = |(version, stored, saved_at, operator, before, after): Row| Version {
        version,
        definition: definition(segment.kind, stored),
        saved_at,
        operator,
        sizes: [before, after],
    };
    Ok(rows.into_iter().map(version).collect())
}

/// Archives a segment, or brings it back; then it is counted anew.
pub fn archive(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SegmentId,
    at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(segments::table.find((environment.0, id))).set(segments::archived_at.eq(at)).execute(conn)?;
    match at {
        // Nobody is looked at for it any more; its keys come back when it is counted.
        Some(_) => state::forget_keys(conn, environment, id).map(drop),
        None => state::want_counts(conn, environment, &[id]).map(drop),
    }
}

/// Whether another environment of the workspace has a segment of that name.
pub fn is_elsewhere(conn: &mut PgConnection, environment: EnvironmentId, name: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        is_elsewhere: bool,
    }
    let found: Found = sql_query(
        "SELECT EXISTS (SELECT FROM environments own JOIN environments e ON e.workspace_id = own.workspace_id AND e.id <> own.id \
             JOIN segments s ON s.environment_id = e.id WHERE own.id = $1 AND s.archived_at IS NULL AND lower(s.name) = lower($2)) \
         AS is_elsewhere",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Text, _>(name)
    .get_result(conn)?;
    Ok(found.is_elsewhere)
}

/// Those of chosen people that are not archived, by name.
pub fn chosen(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(SegmentId, String)>> {
    let is_chosen = |it: &Segment| it.kind == SegmentKind::Chosen && it.archived_at.is_none();
    Ok(all(conn, environment)?.into_iter().filter(is_chosen).map(|it| (it.id, it.name)).collect())
}

/// Segments that are not archived, by name.
pub fn named(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(SegmentId, String)>> {
    segments::table
        .filter(segments::environment_id.eq(environment.0).and(segments::archived_at.is_null()))
        .order(segments::name)
        .limit(super::MOST)
        .select((segments::id, segments::name))
        .load(conn)
}
