//! Operators and their memberships.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};

use super::{Action, Actor, Place, Role, Session, audit::audit};
use crate::db::{
    ids::{OperatorId, WorkspaceId, new_id},
    schema::{memberships, operators, workspaces},
};

/// An operator: a person who signs in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Id of the operator.
    pub id: OperatorId,
    /// Name on pages and in the ledger.
    pub name: String,
    /// Email to sign in with, lower-cased.
    pub email: String,
    /// Time zone in which the operator reads times.
    pub zone: Tz,
}

/// Why an operator could not be added or changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The email has an operator already.
    #[error("an operator with this email exists already")]
    Taken,
    /// No operator has the email.
    #[error("no operator has this email")]
    Unknown,
}

/// An operator to add.
pub struct NewOperator<'a> {
    /// Name for people.
    pub name: &'a str,
    /// Email to sign in with.
    pub email: &'a str,
    /// Comes from [`super::hash`].
    pub password_hash: &'a str,
}

/// Adds an operator to a workspace.
pub fn add(
    conn: &mut PgConnection,
    new: &NewOperator<'_>,
    workspace: WorkspaceId,
    role: Role,
    now: DateTime<Utc>,
) -> QueryResult<Result<OperatorId, Refusal>> {
    let id = OperatorId(new_id(now));
    let added = diesel::insert_into(operators::table)
        .values((
            operators::id.eq(id.0),
            operators::email.eq(new.email.to_lowercase()),
            operators::name.eq(new.name),
            operators::password_hash.eq(new.password_hash),
            operators::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if added == 0 {
        return Ok(Err(Refusal::Taken));
    }
    set_role(conn, id, workspace, role)?;
    let by = Actor { place: Place::Workspace(workspace), operator: Some(id), address: None };
    audit(conn, &by, Action::OperatorAdded, serde_json::json!({ "role": role.name() }), now)?;
    Ok(Ok(id))
}

/// Makes an operator a member of a workspace with that role, or changes the role.
pub fn set_role(
    conn: &mut PgConnection,
    operator: OperatorId,
    workspace: WorkspaceId,
    role: Role,
) -> QueryResult<usize> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::operator_id.eq(operator.0),
            memberships::workspace_id.eq(workspace.0),
            memberships::role.eq(role.name()),
        ))
        .on_conflict((memberships::operator_id, memberships::workspace_id))
        .do_update()
        .set(memberships::role.eq(role.name()))
        .execute(conn)
}

/// Sets a new password and ends all sessions of the operator.
pub fn set_password(
    conn: &mut PgConnection,
    email: &str,
    password_hash: &str,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    let id: Option<uuid::Uuid> = diesel::update(operators::table.filter(operators::email.eq(email.to_lowercase())))
        .set(operators::password_hash.eq(password_hash))
        .returning(operators::id)
        .get_result(conn)
        .optional()?;
    let Some(id) = id.map(OperatorId) else { return Ok(Err(Refusal::Unknown)) };
    Session::end_all(conn, id)?;
    let by = Actor { place: Place::Operator, operator: Some(id), address: None };
    audit(conn, &by, Action::PasswordSet, serde_json::json!({}), now)?;
    Ok(Ok(()))
}

/// Sets the time zone in which an operator reads times.
pub fn set_zone(conn: &mut PgConnection, operator: OperatorId, zone: Tz) -> QueryResult<usize> {
    let stored = Some(zone.name()).filter(|_| zone != Tz::UTC);
    diesel::update(operators::table.find(operator.0)).set(operators::zone.eq(stored)).execute(conn)
}

/// Name, email, workspace and role of every operator, at most a thousand.
pub fn list(conn: &mut PgConnection) -> QueryResult<Vec<(String, String, String, String)>> {
    operators::table
        .inner_join(memberships::table.on(memberships::operator_id.eq(operators::id)))
        .inner_join(workspaces::table.on(workspaces::id.eq(memberships::workspace_id)))
        .order((operators::email, workspaces::slug))
        .select((operators::name, operators::email, workspaces::slug, memberships::role))
        .limit(1000)
        .load(conn)
}

/// Whether there is no operator yet.
pub fn is_empty(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::not(diesel::dsl::exists(operators::table.select(operators::id)))).get_result(conn)
}

/// Operator and password hash of an email.
pub fn find(conn: &mut PgConnection, email: &str) -> QueryResult<Option<(OperatorId, String)>> {
    operators::table
        .filter(operators::email.eq(email.to_lowercase()))
        .select((operators::id, operators::password_hash))
        .first::<(uuid::Uuid, String)>(conn)
        .optional()
        .map(|found| found.map(|(id, hash)| (OperatorId(id), hash)))
}

/// Slug, name and role of the workspaces of an operator.
pub fn memberships_of(conn: &mut PgConnection, operator: OperatorId) -> QueryResult<Vec<(String, String, String)>> {
    memberships::table
        .inner_join(workspaces::table.on(workspaces::id.eq(memberships::workspace_id)))
        .filter(memberships::operator_id.eq(operator.0))
        .order(workspaces::id)
        .select((workspaces::slug, workspaces::name, memberships::role))
        .limit(100)
        .load(conn)
}

/// Ids and names of the operators of a workspace in alphabetical order, at most a thousand.
pub fn of_workspace(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Vec<(OperatorId, String)>> {
    operators::table
        .inner_join(memberships::table.on(memberships::operator_id.eq(operators::id)))
        .filter(memberships::workspace_id.eq(workspace.0))
        .order((operators::name, operators::id))
        .select((operators::id, operators::name))
        .limit(1000)
        .load(conn)
}

/// Workspaces of an operator, at most a hundred, or of these the one with that slug.
pub(super) fn workspaces_of(
    conn: &mut PgConnection,
    operator: OperatorId,
    slug: Option<&str>,
) -> QueryResult<Vec<WorkspaceId>> {
    let mut query = memberships::table
        .inner_join(workspaces::table.on(workspaces::id.eq(memberships::workspace_id)))
        .filter(memberships::operator_id.eq(operator.0))
        .order(workspaces::id)
        .select(workspaces::id)
        .limit(100)
        .into_boxed();
    if let Some(slug) = slug {
        query = query.filter(workspaces::slug.eq(slug.to_owned()));
    }
    query.load(conn)
}
