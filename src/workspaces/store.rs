//! Rows of workspaces and environments.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    dsl::{exists, max},
    prelude::*,
};

use super::{EnvironmentKind, MOST, NewWorkspace, NotCreated, Slug, Workspace};
use crate::db::{
    ids::{EnvironmentId, WorkspaceId},
    schema::{environments, workspaces},
    sql_query,
};

type Columns = (workspaces::id, workspaces::slug, workspaces::name, workspaces::accent);
pub(super) const COLUMNS: Columns = (workspaces::id, workspaces::slug, workspaces::name, workspaces::accent);

/// Columns of a workspace as they are stored.
pub(super) type Row = (i16, String, String, String);

/// Stores a workspace with both its environments, and returns it with their ids, live first. Needs a transaction.
pub fn create(
    conn: &mut PgConnection,
    new: &NewWorkspace,
    now: DateTime<Utc>,
) -> QueryResult<Result<(Workspace, [EnvironmentId; 2]), NotCreated>> {
    hold_all(conn)?;
    if workspaces::table.count().get_result::<i64>(conn)? >= MOST {
        return Ok(Err(NotCreated::TooMany));
    }
    let last: Option<i16> = workspaces::table.select(max(workspaces::id)).first(conn)?;
    let id = WorkspaceId(last.unwrap_or(0) + 1);
    let Some(slug) = free_slug(conn, new, id)? else { return Ok(Err(NotCreated::SlugTaken)) };
    let workspace = Workspace { id, slug, name: new.name.as_str().to_owned(), accent: new.accent };
    diesel::insert_into(workspaces::table)
        .values((
            workspaces::id.eq(id.0),
            workspaces::slug.eq(&workspace.slug),
            workspaces::name.eq(&workspace.name),
            workspaces::accent.eq(workspace.accent.as_str()),
            workspaces::created_at.eq(now),
        ))
        .execute(conn)?;
    let last: Option<i16> = environments::table.select(max(environments::id)).first(conn)?;
    let ids = [last.unwrap_or(0) + 1, last.unwrap_or(0) + 2];
    for (id, kind) in ids.into_iter().zip(EnvironmentKind::ALL) {
        diesel::insert_into(environments::table)
            .values((
                environments::id.eq(id),
                environments::workspace_id.eq(workspace.id.0),
                environments::kind.eq(kind.as_str()),
            ))
            .execute(conn)?;
    }
    Ok(Ok((workspace, ids.map(EnvironmentId))))
}

/// The slug that was chosen, unless it is taken; else one made from the name, with the id where that is needed.
fn free_slug(conn: &mut PgConnection, new: &NewWorkspace, id: WorkspaceId) -> QueryResult<Option<String>> {
    let mut is_free = |slug: &str| {
        let same = workspaces::table.filter(workspaces::slug.eq(slug.to_owned()));
        diesel::select(exists(same)).get_result::<bool>(conn).map(|is_taken| !is_taken)
    };
    if let Some(chosen) = &new.slug {
        return Ok(is_free(chosen.as_str())?.then(|| chosen.as_str().to_owned()));
    }
    let made = Slug::of(&new.name).map(|slug| slug.as_str().to_owned());
    let with_id = made
        .as_ref()
        .map_or_else(|| format!("w{id}"), |slug| format!("{}-{id}", format!("{slug:.34}").trim_end_matches('-')));
    for slug in made.into_iter().chain([with_id]) {
        if is_free(&slug)? {
            return Ok(Some(slug));
        }
    }
    Ok(None)
}

/// The environment of that kind in the workspace with that slug.
pub fn find(conn: &mut PgConnection, slug: &str, kind: EnvironmentKind) -> QueryResult<Option<EnvironmentId>> {
    environments::table
        .inner_join(workspaces::table.on(workspaces::id.eq(environments::workspace_id)))
        .filter(workspaces::slug.eq(slug).and(environments::kind.eq(kind.as_str())))
        .select(environments::id)
        .first::<i16>(conn)
        .optional()
        .map(|id| id.map(EnvironmentId))
}

/// The two environments of a workspace.
pub fn environments(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
) -> QueryResult<Vec<(EnvironmentId, EnvironmentKind)>> {
    let rows: Vec<(EnvironmentId, String)> = environments::table
        .filter(environments::workspace_id.eq(workspace.0))
        .order(environments::id)
        .select((environments::id, environments::kind))
        .limit(2)
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, kind)| Some((id, kind.parse().ok()?))).collect())
}

/// The workspace of an environment.
pub fn of_environment(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Option<WorkspaceId>> {
    let row = environments::table.find(environment.0).select(environments::workspace_id);
    Ok(row.first::<i16>(conn).optional()?.map(WorkspaceId))
}

/// The workspace with that id.
pub fn by_id(conn: &mut PgConnection, id: WorkspaceId) -> QueryResult<Option<Workspace>> {
    let found: Option<Row> = workspaces::table.find(id.0).select(COLUMNS).first(conn).optional()?;
    Ok(found.map(Workspace::from))
}

/// The workspace with that slug, or else those of that name, at most two.
pub fn by_slug_or_name(conn: &mut PgConnection, named: &str) -> QueryResult<Vec<Workspace>> {
    let found: Vec<Row> = workspaces::table
        .filter(workspaces::slug.eq(named).or(workspaces::name.eq(named)))
        .order(workspaces::slug.ne(named))
        .limit(2)
        .select(COLUMNS)
        .load(conn)?;
    let found: Vec<Workspace> = found.into_iter().map(Workspace::from).collect();
    let is_exact = found.first().is_some_and(|first| first.slug == named);
    Ok(if is_exact { found.into_iter().take(1).collect() } else { found })
}

/// Slugs of all workspaces, at most a thousand.
pub fn slugs(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    workspaces::table.order(workspaces::slug).select(workspaces::slug).limit(1000).load(conn)
}

/// Holds the workspace until the transaction ends, so that nobody else takes an id, a place or the last room meanwhile.
pub fn hold(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<()> {
    diesel::update(workspaces::table.find(workspace.0)).set(workspaces::id.eq(workspace.0)).execute(conn).map(drop)
}

/// Makes every other transaction wait that creates a workspace, changes a group or makes somebody an organisation admin, until this one is
/// over. Nobody who reads or writes anything else waits. Needs a transaction.
pub fn hold_all(conn: &mut PgConnection) -> QueryResult<()> {
    sql_query("LOCK TABLE workspace_groups IN EXCLUSIVE MODE").execute(conn).map(drop)
}
