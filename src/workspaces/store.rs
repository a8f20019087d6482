//! Rows of workspaces and environments.

use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, dsl::max, prelude::*};

use super::{Accent, EnvironmentKind, Workspace};
use crate::db::{
    ids::{EnvironmentId, OperatorId, WorkspaceId},
    schema::{environments, memberships, workspaces},
};

/// Stores a workspace with both its environments, and returns it with their ids, live first. The slug is made from the name.
pub fn create(conn: &mut PgConnection, name: &str, now: DateTime<Utc>) -> QueryResult<(Workspace, [EnvironmentId; 2])> {
    let last: Option<i16> = workspaces::table.select(max(workspaces::id)).first(conn)?;
    let id = WorkspaceId(last.unwrap_or(0) + 1);
    let workspace = Workspace { id, slug: slug(name, id), name: name.to_owned(), accent: Accent::default() };
    diesel::insert_into(workspaces::table)
        .values((
            workspaces::id.eq(id.0),
            workspaces::slug.eq(&workspace.slug),
            workspaces::name.eq(name),
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
    Ok((workspace, ids.map(EnvironmentId)))
}

/// A slug from letters and digits of the name; other characters become hyphens.
fn slug(name: &str, id: WorkspaceId) -> String {
    let plain = crate::text::fold(name);
    let words: Vec<&str> = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(40).collect();
    const TAKEN: [&str; 12] = [
        "static",
        "sign-in",
        "setup",
        "join",
        "account",
        "healthz",
        "readyz",
        "developers",
        "preferences",
        "api",
        "v1",
        "v2",
    ];
    if slug.is_empty() || TAKEN.contains(&slug.as_str()) { format!("w{id}") } else { slug }
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

/// Where an operator starts after signing in: the profiles of their first workspace.
pub fn default_path(conn: &mut PgConnection, operator: OperatorId) -> QueryResult<Option<String>> {
    let slug: Option<String> = memberships::table
        .inner_join(workspaces::table.on(workspaces::id.eq(memberships::workspace_id)))
        .filter(memberships::operator_id.eq(operator.0).and(memberships::disabled_at.is_null()))
        .order(workspaces::id)
        .select(workspaces::slug)
        .first(conn)
        .optional()?;
    Ok(slug.map(|slug| format!("/{slug}/live/profiles")))
}

/// The workspace with that slug, or else of that name.
pub fn by_slug_or_name(conn: &mut PgConnection, named: &str) -> QueryResult<Option<Workspace>> {
    let found: Option<(i16, String, String, String)> = workspaces::table
        .filter(workspaces::slug.eq(named).or(workspaces::name.eq(named)))
        .order(workspaces::slug.ne(named))
        .select((workspaces::id, workspaces::slug, workspaces::name, workspaces::accent))
        .first(conn)
        .optional()?;
    let made = |(id, slug, name, accent): (i16, String, String, String)| {
        let accent = accent.parse().unwrap_or_default();
        Workspace { id: WorkspaceId(id), slug, name, accent }
    };
    Ok(found.map(made))
}

/// Slugs of all workspaces, at most a thousand.
pub fn slugs(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    workspaces::table.order(workspaces::slug).select(workspaces::slug).limit(1000).load(conn)
}

/// Holds the workspace until the transaction ends, so that nobody else takes an id, a place or the last room meanwhile.
pub fn hold(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<()> {
    diesel::update(workspaces::table.find(workspace.0)).set(workspaces::id.eq(workspace.0)).execute(conn).map(drop)
}
