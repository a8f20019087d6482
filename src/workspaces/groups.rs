//! Groups of workspaces. Whoever changes one holds all of them first, so that bounds and names are checked by one at a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, max},
    prelude::*,
};

use super::{
    Workspace, WorkspaceName, hold_all,
    store::{COLUMNS, Row},
};
use crate::{
    db::{
        ids::{EnvironmentId, WorkspaceGroupId, WorkspaceId},
        schema::{environments, workspace_groups, workspaces},
    },
    words::words,
};

/// Workspaces in one group at most.
pub const MOST_MEMBERS: usize = 20;
/// Groups on one server at most.
pub const MOST: i64 = 50;

words! {
    /// Identifier by which people of different workspaces are known to be the same.
    pub enum MatchedBy {
        Email = "email", "Email";
        /// The identifier `id` that systems give.
        Id = "id", "ID";
    }
}

/// A group of workspaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Id of the group.
    pub id: WorkspaceGroupId,
    /// Name for people.
    pub name: String,
    /// Identifier by which people are matched.
    pub matched_by: MatchedBy,
    /// Whether something is shared in it, so that the identifier stays.
    pub is_shared: bool,
    /// Its workspaces by name.
    pub members: Vec<Workspace>,
}

/// Why a group was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such group, or no such workspace.
    Unknown,
    /// Another group has the name.
    NameTaken,
    /// There are [`MOST`] groups.
    TooMany,
    /// The group has [`MOST_MEMBERS`] workspaces.
    Full,
    /// The workspace is in a group.
    InGroup,
    /// Something is shared in the group: people cannot be matched by another identifier.
    Shared,
}

/// All groups by name.
pub fn all(conn: &mut PgConnection) -> QueryResult<Vec<Group>> {
    load(conn, None)
}

/// One group.
pub fn find(conn: &mut PgConnection, id: WorkspaceGroupId) -> QueryResult<Option<Group>> {
    Ok(load(conn, Some(id))?.pop())
}

/// The group that a workspace is in.
pub fn group_of(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Option<Group>> {
    let id: Option<Option<i16>> =
        workspaces::table.find(workspace.0).select(workspaces::group_id).first(conn).optional()?;
    id.flatten().map_or(Ok(None), |id| find(conn, WorkspaceGroupId(id)))
}

fn load(conn: &mut PgConnection, only: Option<WorkspaceGroupId>) -> QueryResult<Vec<Group>> {
    type Stored = (i16, String, String, bool, Option<Row>);
    let mut query = workspace_groups::table
        .left_join(workspaces::table.on(workspaces::group_id.eq(workspace_groups::id.nullable())))
        .order((workspace_groups::name, workspaces::name.nullable(), workspaces::id.nullable()))
        .select((
            workspace_groups::id,
            workspace_groups::name,
            workspace_groups::matched_by,
            workspace_groups::shared_at.is_not_null(),
            COLUMNS.nullable(),
        ))
        .limit(MOST * i64::try_from(MOST_MEMBERS).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(workspace_groups::id.eq(id.0));
    }
    let mut groups: BTreeMap<(String, i16), Group> = BTreeMap::new();
    for (id, name, matched_by, is_shared, member) in query.load::<Stored>(conn)? {
        let Some(matched_by) = MatchedBy::from_stored(&matched_by) else { continue };
        let key = (name.clone(), id);
        let empty = Group { id: WorkspaceGroupId(id), name, matched_by, is_shared, members: Vec::new() };
        groups.entry(key).or_insert(empty).members.extend(member.map(Workspace::from));
    }
    Ok(groups.into_values().collect())
}

/// Stores a group without workspaces.
pub fn create(
    conn: &mut PgConnection,
    name: &WorkspaceName,
    matched_by: MatchedBy,
    now: DateTime<Utc>,
) -> QueryResult<Result<WorkspaceGroupId, Refusal>> {
    hold_all(conn)?;
    if workspace_groups::table.count().get_result::<i64>(conn)? >= MOST {
        return Ok(Err(Refusal::TooMany));
    }
    if is_taken(conn, name, None)? {
        return Ok(Err(Refusal::NameTaken));
    }
    let last: Option<i16> = workspace_groups::table.select(max(workspace_groups::id)).first(conn)?;
    let id = WorkspaceGroupId(last.unwrap_or(0) + 1);
    diesel::insert_into(workspace_groups::table)
        .values((
            workspace_groups::id.eq(id.0),
            workspace_groups::name.eq(name.as_str()),
            workspace_groups::matched_by.eq(matched_by.as_str()),
            workspace_groups::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(Ok(id))
}

fn is_taken(conn: &mut PgConnection, name: &WorkspaceName, by_other: Option<WorkspaceGroupId>) -> QueryResult<bool> {
    let own = by_other.map_or(0, |id| id.0);
    let same =
        workspace_groups::table.filter(workspace_groups::name.eq(name.as_str()).and(workspace_groups::id.ne(own)));
    diesel::select(exists(same)).get_result(conn)
}

/// Gives a group another name and identifier. Returns the group as it was. Here alone is decided that the identifier stays once something
/// is shared.
pub fn change(
    conn: &mut PgConnection,
    id: WorkspaceGroupId,
    name: &WorkspaceName,
    matched_by: MatchedBy,
) -> QueryResult<Result<Group, Refusal>> {
    hold_all(conn)?;
    let Some(group) = find(conn, id)? else { return Ok(Err(Refusal::Unknown)) };
    if group.is_shared && group.matched_by != matched_by {
        return Ok(Err(Refusal::Shared));
    }
    if is_taken(conn, name, Some(id))? {
        return Ok(Err(Refusal::NameTaken));
    }
    diesel::update(workspace_groups::table.find(id.0))
        .set((workspace_groups::name.eq(name.as_str()), workspace_groups::matched_by.eq(matched_by.as_str())))
        .execute(conn)?;
    Ok(Ok(group))
}

/// Puts a workspace into a group. Returns the group as it was, and the workspace.
pub fn add(
    conn: &mut PgConnection,
    id: WorkspaceGroupId,
    workspace: WorkspaceId,
) -> QueryResult<Result<(Group, Workspace), Refusal>> {
    hold_all(conn)?;
    let (group, workspace) = (find(conn, id)?, super::by_id(conn, workspace)?);
    let Some((group, workspace)) = group.zip(workspace) else { return Ok(Err(Refusal::Unknown)) };
    if group_of(conn, workspace.id)?.is_some() {
        return Ok(Err(Refusal::InGroup));
    }
    if group.members.len() >= MOST_MEMBERS {
        return Ok(Err(Refusal::Full));
    }
    place(conn, workspace.id, Some(id))?;
    Ok(Ok((group, workspace)))
}

/// Takes a workspace out of a group. Returns both as they were.
pub fn remove(
    conn: &mut PgConnection,
    id: WorkspaceGroupId,
    workspace: WorkspaceId,
) -> QueryResult<Result<(Group, Workspace), Refusal>> {
    hold_all(conn)?;
    let Some(group) = find(conn, id)? else { return Ok(Err(Refusal::Unknown)) };
    let Some(member) = group.members.iter().find(|member| member.id == workspace).cloned() else {
        return Ok(Err(Refusal::Unknown));
    };
    place(conn, workspace, None)?;
    Ok(Ok((group, member)))
}

fn place(conn: &mut PgConnection, workspace: WorkspaceId, group: Option<WorkspaceGroupId>) -> QueryResult<usize> {
    diesel::update(workspaces::table.find(workspace.0))
        .set(workspaces::group_id.eq(group.map(|group| group.0)))
        .execute(conn)
}

/// Dissolves a group: its workspaces stay. Returns it as it was; `None`: there is no such group, or it has another name.
pub fn dissolve(conn: &mut PgConnection, id: WorkspaceGroupId, name: &str) -> QueryResult<Option<Group>> {
    hold_all(conn)?;
    let Some(group) = find(conn, id)?.filter(|group| group.name == name) else { return Ok(None) };
    diesel::update(workspaces::table.filter(workspaces::group_id.eq(id.0)))
        .set(workspaces::group_id.eq(None::<i16>))
        .execute(conn)?;
    diesel::delete(workspace_groups::table.find(id.0)).execute(conn)?;
    Ok(Some(group))
}

/// Notes that something of an environment is shared in its group, which fixes the identifier of the group.
pub fn share(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<usize> {
    let group = workspaces::table
        .inner_join(environments::table.on(environments::workspace_id.eq(workspaces::id)))
        .filter(environments::id.eq(environment.0))
        .select(workspaces::group_id);
    diesel::update(workspace_groups::table)
        .filter(workspace_groups::id.nullable().eq_any(group).and(workspace_groups::shared_at.is_null()))
        .set(workspace_groups::shared_at.eq(now))
        .execute(conn)
}

/// Workspaces that are in no group, by name.
pub fn ungrouped(conn: &mut PgConnection) -> QueryResult<Vec<Workspace>> {
    let rows: Vec<Row> = workspaces::table
        .filter(workspaces::group_id.is_null())
        .order((workspaces::name, workspaces::id))
        .select(COLUMNS)
        .limit(super::MOST)
        .load(conn)?;
    Ok(rows.into_iter().map(Workspace::from).collect())
}
