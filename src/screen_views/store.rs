//! Rows of screen views.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    content::{Content, ContentKind},
    screen_view::{Listed, Run, ScreenView},
};
use crate::{
    db::{
        ids::{EnvironmentId, ScreenViewId},
        schema::screen_views as v,
        sql_query,
    },
    filter::{Filter, parse},
};

type Row = (
    (ScreenViewId, String, String, String),
    (Option<DateTime<Utc>>, Option<DateTime<Utc>>, i32),
    (i32, String, DateTime<Utc>, Option<DateTime<Utc>>),
);

/// The columns of [`Row`].
macro_rules! row {
    () => {
        (
            (v::id, v::name, v::kind, v::audience),
            (v::shown_from, v::shown_until, v::priority),
            (v::version, v::changed_by, v::updated_at, v::archived_at),
        )
    };
}

fn listed(((id, name, kind, audience), (from, until, priority), about): Row) -> Listed {
    let (version, changed_by, updated_at, archived_at) = about;
    Listed {
        id,
        name,
        kind: kind.parse().unwrap_or(ContentKind::Text),
        audience: parse(&audience).ok().map(|parsed| parsed.filter),
        run: Run::new(from, until).unwrap_or_default(),
        priority,
        version,
        changed_by,
        updated_at,
        archived_at,
    }
}

/// The screen views of an environment by priority, archived ones last, without their content.
pub fn all(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Listed>> {
    let rows: Vec<Row> = v::table
        .filter(v::environment_id.eq(environment.0))
        .order((v::archived_at.is_not_null(), v::priority.desc(), v::name, v::id))
        .limit(2 * super::MOST)
        .select(row!())
        .load(conn)?;
    Ok(rows.into_iter().map(listed).collect())
}

/// Those that are shown at `now`, by priority, without their content.
pub fn showing(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<Vec<Listed>> {
    let rows: Vec<Row> = v::table
        .filter(v::environment_id.eq(environment.0).and(v::archived_at.is_null()))
        .filter(v::shown_from.is_null().or(v::shown_from.le(now)))
        .filter(v::shown_until.is_null().or(v::shown_until.gt(now)))
        .order((v::priority.desc(), v::name, v::id))
        .limit(super::MOST)
        .select(row!())
        .load(conn)?;
    Ok(rows.into_iter().map(listed).collect())
}

/// The content of some of them.
pub fn contents(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    ids: &[ScreenViewId],
) -> QueryResult<HashMap<ScreenViewId, Content>> {
    let rows: Vec<(ScreenViewId, String, String)> = v::table
        .filter(v::environment_id.eq(environment.0).and(v::id.eq_any(ids)))
        .limit(super::MOST)
        .select((v::id, v::kind, v::content))
        .load(conn)?;
    let content = |kind: &str, source| Content::stored(kind.parse().unwrap_or(ContentKind::Text), source);
    Ok(rows.into_iter().map(|(id, kind, source)| (id, content(&kind, source))).collect())
}

/// One of them, archived or not.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, id: ScreenViewId) -> QueryResult<Option<ScreenView>> {
    type Whole = (Row, (String, String, DateTime<Utc>));
    let row: Option<Whole> = v::table
        .find((environment.0, id))
        .select((row!(), (v::content, v::made_by, v::created_at)))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, (source, made_by, created_at))| {
        let listed = listed(row);
        let content = Content::stored(listed.kind, source);
        ScreenView { listed, content, made_by, created_at }
    }))
}

/// Names of some of them, archived or not.
pub fn names(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    ids: &[ScreenViewId],
) -> QueryResult<BTreeMap<ScreenViewId, String>> {
    let rows: Vec<(ScreenViewId, String)> = v::table
        .filter(v::environment_id.eq(environment.0).and(v::id.eq_any(ids)))
        .limit(i64::try_from(ids.len()).unwrap_or(i64::MAX))
        .select((v::id, v::name))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The columns of [`Saved`].
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = v, treat_none_as_null = true)]
struct Columns<'a> {
    name: &'a str,
    kind: &'static str,
    content: &'a str,
    audience: String,
    priority: i32,
    shown_from: Option<DateTime<Utc>>,
    shown_until: Option<DateTime<Utc>>,
    changed_by: &'a str,
    updated_at: DateTime<Utc>,
}

/// What somebody saves of a screen view.
#[derive(Clone, Debug)]
pub struct Saved<'a> {
    pub name: &'a str,
    pub content: &'a Content,
    pub audience: &'a Filter,
    pub run: Run,
    pub priority: i32,
}

impl Saved<'_> {
    fn columns<'a>(&'a self, (changed_by, updated_at): (&'a str, DateTime<Utc>)) -> Columns<'a> {
        Columns {
            name: self.name,
            kind: self.content.kind().as_str(),
            content: self.content.source(),
            audience: self.audience.to_string(),
            priority: self.priority,
            shown_from: self.run.from(),
            shown_until: self.run.until(),
            changed_by,
            updated_at,
        }
    }
}

/// Stores a new one.
pub fn insert(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    new: &Saved<'_>,
    (by, at): (&str, DateTime<Utc>),
) -> QueryResult<()> {
    diesel::insert_into(v::table)
        .values((
            (v::environment_id.eq(environment.0), v::id.eq(id), v::version.eq(1)),
            (v::made_by.eq(by), v::created_at.eq(at)),
            new.columns((by, at)),
        ))
        .execute(conn)
        .map(drop)
}

/// Stores what was changed of one.
pub fn update(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    new: &Saved<'_>,
    said: (&str, DateTime<Utc>),
) -> QueryResult<()> {
    diesel::update(v::table.find((environment.0, id)))
        .set((new.columns(said), v::version.eq(v::version + 1)))
        .execute(conn)
        .map(drop)
}

/// Archives one, or brings it back.
pub fn archive(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(v::table.find((environment.0, id))).set(v::archived_at.eq(at)).execute(conn).map(drop)
}

/// Those that are not archived whose audience uses the segment of that name, by name.
pub fn using_segment(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: &str,
) -> QueryResult<Vec<(ScreenViewId, String)>> {
    let using = readers(conn, environment, segment)?.into_iter();
    Ok(using.filter(|(view, _)| view.archived_at.is_none()).map(|(view, _)| (view.id, view.name)).collect())
}

/// Those whose audience uses the segment of that name, archived ones too.
fn readers(conn: &mut PgConnection, environment: EnvironmentId, segment: &str) -> QueryResult<Vec<(Listed, Filter)>> {
    let rows: Vec<Row> = v::table
        .filter(v::environment_id.eq(environment.0).and(v::audience.ilike("%segment:%")))
        .order((v::name, v::id))
        .limit(MOST_READERS)
        .select(row!())
        .load(conn)?;
    let views = rows.into_iter().map(listed);
    Ok(views
        .filter_map(|view| view.audience.clone().map(|filter| (view, filter)))
        .filter(|(_, filter)| filter.uses_segment(segment))
        .collect())
}

/// Screen views of an environment of which it is asked whether they use a segment.
const MOST_READERS: i64 = 5_000;

/// Has the audiences that use a segment know it by another name; they mean the same as before.
pub fn rename_segment(conn: &mut PgConnection, environment: EnvironmentId, from: &str, to: &str) -> QueryResult<()> {
    let using = readers(conn, environment, from)?;
    if using.is_empty() {
        return Ok(());
    }
    let (ids, audiences): (Vec<Uuid>, Vec<String>) =
        using.into_iter().map(|(view, filter)| (view.id.0, filter.renaming_segment(from, to).to_string())).unzip();
    sql_query(
        "UPDATE screen_views v SET audience = u.audience, version = v.version + 1 FROM unnest($2, $3) AS u (id, audience) \
         WHERE v.environment_id = $1 AND v.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(audiences)
    .execute(conn)
    .map(drop)
}
