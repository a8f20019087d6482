//! The team of a workspace: which operators are in it, with what role, and who may come in at present.
//!
//! Invariant: a workspace that had an active admin always has one. All changes of one team are made one after the other, so that two
//! admins cannot take the role from each other at the same time.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::json;
use uuid::Uuid;

use super::{Action, Actor, Place, Refusal, Role, Session, audit::audit, invitations, operators::end_unless_active};
use crate::{
    db::{
        ids::{OperatorId, WorkspaceId},
        schema::{memberships, operators, workspaces},
    },
    words::words,
};

/// Members in one list at most.
pub const MOST: i64 = 500;

words! {
    /// State of somebody in a team.
    pub enum MemberState {
        /// May come in.
        Active = "active", "Active";
        /// Has a link, and has not come yet.
        Invited = "invited", "Invited";
        /// May not come in.
        Disabled = "disabled", "Disabled";
    }
}

/// An operator in a workspace.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id of the operator.
    pub id: OperatorId,
    /// Name for people.
    pub name: String,
    /// Email to sign in with.
    pub email: String,
    /// Role in the workspace.
    pub role: Role,
    /// Active or disabled.
    pub state: MemberState,
    /// Time of the last sign-in; `None` if there was none.
    pub signed_in_at: Option<DateTime<Utc>>,
}

impl Member {
    fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.state == MemberState::Active
    }
}

/// What one does to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Gives another role.
    Role(Role),
    /// Lets the operator in no more.
    Disable,
    /// Lets the operator in again.
    Enable,
    /// Takes the operator out of the workspace.
    Remove,
}

/// The members of a workspace by name, at most [`MOST`].
pub fn members(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Vec<Member>> {
    load(conn, workspace, None)
}

/// One member of a workspace.
pub fn member(conn: &mut PgConnection, workspace: WorkspaceId, id: OperatorId) -> QueryResult<Option<Member>> {
    Ok(load(conn, workspace, Some(id))?.into_iter().next())
}

fn load(conn: &mut PgConnection, workspace: WorkspaceId, only: Option<OperatorId>) -> QueryResult<Vec<Member>> {
    let mut query = memberships::table
        .inner_join(operators::table.on(operators::id.eq(memberships::operator_id)))
        .filter(memberships::workspace_id.eq(workspace.0))
        .order((operators::name, operators::id))
        .select(COLUMNS)
        .limit(MOST)
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(memberships::operator_id.eq(id.0));
    }
    Ok(query.load::<Row>(conn)?.into_iter().filter_map(read).collect())
}

type Columns = (
    operators::id,
    operators::name,
    operators::email,
    memberships::role,
    memberships::disabled_at,
    operators::signed_in_at,
);
const COLUMNS: Columns = (
    operators::id,
    operators::name,
    operators::email,
    memberships::role,
    memberships::disabled_at,
    operators::signed_in_at,
);

type Row = (Uuid, String, String, String, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn read((id, name, email, role, disabled_at, signed_in_at): Row) -> Option<Member> {
    let state = if disabled_at.is_some() { MemberState::Disabled } else { MemberState::Active };
    Some(Member { id: OperatorId(id), name, email, role: role.parse().ok()?, state, signed_in_at })
}

/// Names of active admins of a workspace, at most five.
pub fn admin_names(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Vec<String>> {
    memberships::table
        .inner_join(operators::table.on(operators::id.eq(memberships::operator_id)))
        .filter(memberships::workspace_id.eq(workspace.0).and(memberships::role.eq(Role::Admin.name())))
        .filter(memberships::disabled_at.is_null())
        .order((operators::name, operators::id))
        .select(operators::name)
        .limit(5)
        .load(conn)
}

/// Makes an operator a member of a workspace, which answers an invitation to the same email. Refused with `Taken` if the operator is one.
pub fn join(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    operator: OperatorId,
    role: Role,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    one_at_a_time(conn, workspace)?;
    let joined = diesel::insert_into(memberships::table)
        .values((
            memberships::operator_id.eq(operator.0),
            memberships::workspace_id.eq(workspace.0),
            memberships::role.eq(role.name()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    invitations::answered(conn, workspace, operator)?;
    if joined == 0 {
        return Ok(Err(Refusal::Taken));
    }
    let by = Actor { place: Place::Workspace(workspace), operator: Some(operator), address: None };
    audit(conn, &by, Action::OperatorAdded, json!({ "role": role.name() }), now)?;
    Ok(Ok(()))
}

/// Gives an organisation admin a role in a workspace in which they have none, which that workspace's admins read in their log. Refused with
/// `Taken` if they have one: that is changed by the admins there.
pub fn take_role(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    role: Role,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    let Some(operator) = by.operator else { return Ok(Err(Refusal::Unknown)) };
    one_at_a_time(conn, workspace)?;
    let has_role = |member: Member| member.state != MemberState::Disabled;
    if member(conn, workspace, operator)?.is_some_and(has_role) {
        return Ok(Err(Refusal::Taken));
    }
    let none = None::<DateTime<Utc>>;
    diesel::insert_into(memberships::table)
        .values((
            memberships::operator_id.eq(operator.0),
            memberships::workspace_id.eq(workspace.0),
            memberships::role.eq(role.name()),
        ))
        .on_conflict((memberships::operator_id, memberships::workspace_id))
        .do_update()
        .set((memberships::role.eq(role.name()), memberships::disabled_at.eq(none)))
        .execute(conn)?;
    invitations::answered(conn, workspace, operator)?;
    let by = Actor { place: Place::Workspace(workspace), ..by.clone() };
    audit(conn, &by, Action::RoleTaken, json!({ "role": role.name() }), now)?;
    Ok(Ok(()))
}

/// Changes a member. Returns whether that changed anything.
///
/// Refused with `Yourself` if one would change oneself, `Unknown` if there is no such member, `LastAdmin` if no active admin would be left.
pub fn change(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    who: OperatorId,
    change: Change,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<bool, Refusal>> {
    if by.operator == Some(who) {
        return Ok(Err(Refusal::Yourself));
    }
    one_at_a_time(conn, workspace)?;
    let Some(member) = member(conn, workspace, who)? else { return Ok(Err(Refusal::Unknown)) };
    let remains_admin = matches!(change, Change::Role(Role::Admin) | Change::Enable);
    if member.is_active_admin() && !remains_admin && active_admins(conn, workspace)? < 2 {
        return Ok(Err(Refusal::LastAdmin));
    }
    let is_disabled = member.state == MemberState::Disabled;
    let row = memberships::table.find((who.0, workspace.0));
    let action = match change {
        Change::Role(role) if role == member.role => return Ok(Ok(false)),
        Change::Disable if is_disabled => return Ok(Ok(false)),
        Change::Enable if !is_disabled => return Ok(Ok(false)),
        Change::Role(role) => {
            diesel::update(row).set(memberships::role.eq(role.name())).execute(conn)?;
            Action::RoleChanged
        }
        Change::Disable => {
            diesel::update(row).set(memberships::disabled_at.eq(now)).execute(conn)?;
            end_unless_active(conn, who)?;
            Action::OperatorDisabled
        }
        Change::Enable => {
            diesel::update(row).set(memberships::disabled_at.eq(None::<DateTime<Utc>>)).execute(conn)?;
            Action::OperatorEnabled
        }
        Change::Remove => {
            diesel::delete(row).execute(conn)?;
            end_unless_active(conn, who)?;
            Action::OperatorRemoved
        }
    };
    let mut detail = json!({ "operator": who, "name": member.name });
    if let Change::Role(role) = change {
        detail["before"] = member.role.name().into();
        detail["after"] = role.name().into();
    }
    audit(conn, by, action, detail, now)?;
    Ok(Ok(true))
}

/// Ends all sessions of a member. Returns how many there were; refused with `Unknown` if there is no such member.
pub fn end_sessions(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    who: OperatorId,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<usize, Refusal>> {
    let Some(member) = member(conn, workspace, who)? else { return Ok(Err(Refusal::Unknown)) };
    let ended = Session::end_all(conn, who)?;
    let detail = json!({ "operator": who, "name": member.name, "sessions": ended });
    audit(conn, by, Action::SessionsEnded, detail, now)?;
    Ok(Ok(ended))
}

/// Makes every other transaction that changes this team wait until this one is over: it writes the row of the workspace.
pub(super) fn one_at_a_time(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<usize> {
    diesel::update(workspaces::table.find(workspace.0)).set(workspaces::slug.eq(workspaces::slug)).execute(conn)
}

fn active_admins(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<i64> {
    memberships::table
        .filter(memberships::workspace_id.eq(workspace.0).and(memberships::role.eq(Role::Admin.name())))
        .filter(memberships::disabled_at.is_null())
        .count()
        .get_result(conn)
}

/// Every member of every workspace with its slug, by email, at most a thousand.
pub fn everybody(conn: &mut PgConnection) -> QueryResult<Vec<(Member, String)>> {
    let rows: Vec<(Row, String)> = memberships::table
        .inner_join(operators::table.on(operators::id.eq(memberships::operator_id)))
        .inner_join(workspaces::table.on(workspaces::id.eq(memberships::workspace_id)))
        .order((operators::email, workspaces::slug))
        .select((COLUMNS, workspaces::slug))
        .limit(1000)
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(row, slug)| Some((read(row)?, slug))).collect())
}
