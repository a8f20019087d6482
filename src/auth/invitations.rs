//! Invitations to the team of a workspace: a link that somebody passes on, since kith sends no mail. It is good for seven days and for one
//! person; its token is stored only as its SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::json;

use super::{
    Action, Actor, NewOperator, OperatorName, Refusal, Role,
    audit::audit,
    operators,
    sessions::{new_token, token_hash},
    team,
};
use crate::{
    db::{
        ids::{InvitationId, OperatorId, WorkspaceId, new_id},
        schema::{invitations, operators as operators_table, workspaces},
    },
    workspaces::Workspace,
};

/// Days for which a link is good.
pub const DAYS: i64 = 7;

/// An invitation that nobody has answered.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Id of the invitation.
    pub id: InvitationId,
    /// Name of the invited person.
    pub name: String,
    /// Email that the person will sign in with.
    pub email: String,
    /// Role that the person will have.
    pub role: Role,
    /// When the link stops being good.
    pub expires_at: DateTime<Utc>,
}

/// Somebody to invite.
pub struct NewInvitation<'a> {
    pub name: &'a OperatorName,
    /// Email, checked.
    pub email: &'a str,
    pub role: Role,
}

/// How the invited person proves who they are.
pub enum Proof<'a> {
    /// New here: name, and hash of the chosen password.
    New(&'a OperatorName, &'a str),
    /// An operator of another workspace, whose password was checked.
    Known(OperatorId),
}

/// An invitation by its link.
pub struct Opened {
    /// The invitation.
    pub invitation: Invitation,
    /// Workspace that it is for.
    pub workspace: Workspace,
}

/// Stores an invitation, and returns the token of its link. Refused with `Taken` if the email is that of a member, `Invited` if it is
/// invited already.
pub fn invite(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    new: &NewInvitation<'_>,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<String, Refusal>> {
    let (email, token) = (new.email.to_lowercase(), new_token());
    team::one_at_a_time(conn, workspace)?;
    if let Some(known) = operators::find(conn, &email)?
        && team::member(conn, workspace, known.id)?.is_some()
    {
        return Ok(Err(Refusal::Taken));
    }
    let id = InvitationId(new_id(now));
    let stored = diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(id),
            invitations::workspace_id.eq(workspace.0),
            invitations::email.eq(&email),
            invitations::name.eq(new.name.as_str()),
            invitations::role.eq(new.role.name()),
            invitations::token_hash.eq(token_hash(&token)),
            invitations::expires_at.eq(now + TimeDelta::days(DAYS)),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if stored == 0 {
        return Ok(Err(Refusal::Invited));
    }
    note(conn, (id, new.name.as_str()), Action::OperatorInvited, by, now)?;
    Ok(Ok(token))
}

/// Gives an invitation a new link, and returns its token; the former link is good no more. `None` if there is no such invitation.
pub fn renew(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: InvitationId,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Invitation, String)>> {
    let token = new_token();
    let renewed: Option<Row> = diesel::update(invitations::table.find(id.0))
        .filter(invitations::workspace_id.eq(workspace.0))
        .set((invitations::token_hash.eq(token_hash(&token)), invitations::expires_at.eq(now + TimeDelta::days(DAYS))))
        .returning(COLUMNS)
        .get_result(conn)
        .optional()?;
    let Some(renewed) = renewed.and_then(read) else { return Ok(None) };
    note(conn, (id, &renewed.name), Action::InvitationRenewed, by, now)?;
    Ok(Some((renewed, token)))
}

/// Takes an invitation back. Returns the name of who was invited; `None` if there is no such invitation.
pub fn withdraw(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: InvitationId,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Option<String>> {
    team::one_at_a_time(conn, workspace)?;
    let name: Option<String> = diesel::delete(invitations::table.find(id.0))
        .filter(invitations::workspace_id.eq(workspace.0))
        .returning(invitations::name)
        .get_result(conn)
        .optional()?;
    if let Some(name) = &name {
        note(conn, (id, name), Action::InvitationWithdrawn, by, now)?;
    }
    Ok(name)
}

type Columns = (invitations::id, invitations::name, invitations::email, invitations::role, invitations::expires_at);
const COLUMNS: Columns =
    (invitations::id, invitations::name, invitations::email, invitations::role, invitations::expires_at);

type Row = (InvitationId, String, String, String, DateTime<Utc>);

fn read((id, name, email, role, expires_at): Row) -> Option<Invitation> {
    Some(Invitation { id, name, email, role: role.parse().ok()?, expires_at })
}

/// Invitations of a workspace by name, at most [`team::MOST`].
pub fn list(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Vec<Invitation>> {
    let rows = invitations::table
        .filter(invitations::workspace_id.eq(workspace.0))
        .order((invitations::name, invitations::id))
        .select(COLUMNS)
        .limit(team::MOST)
        .load::<Row>(conn)?;
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The invitation of an email.
pub fn of_email(conn: &mut PgConnection, workspace: WorkspaceId, email: &str) -> QueryResult<Option<InvitationId>> {
    invitations::table
        .filter(invitations::workspace_id.eq(workspace.0).and(invitations::email.eq(email.to_lowercase())))
        .select(invitations::id)
        .first(conn)
        .optional()
}

/// Invitations to every workspace with its slug, by email, at most a thousand.
pub fn everybody(conn: &mut PgConnection) -> QueryResult<Vec<(Invitation, String)>> {
    let rows = invitations::table
        .inner_join(workspaces::table.on(workspaces::id.eq(invitations::workspace_id)))
        .order((invitations::email, workspaces::slug))
        .select((COLUMNS, workspaces::slug))
        .limit(1000)
        .load::<(Row, String)>(conn)?;
    Ok(rows.into_iter().filter_map(|(row, slug)| Some((read(row)?, slug))).collect())
}

/// The invitation of a link, if that is still good.
pub fn open(conn: &mut PgConnection, token: &str, now: DateTime<Utc>) -> QueryResult<Option<Opened>> {
    let found: Option<(Row, (i16, String, String, String))> = invitations::table
        .inner_join(workspaces::table.on(workspaces::id.eq(invitations::workspace_id)))
        .filter(invitations::token_hash.eq(token_hash(token)).and(invitations::expires_at.gt(now)))
        .select((COLUMNS, (workspaces::id, workspaces::slug, workspaces::name, workspaces::accent)))
        .first(conn)
        .optional()?;
    Ok(found.and_then(|(row, workspace)| Some(Opened { invitation: read(row)?, workspace: workspace.into() })))
}

/// Lets the invited person join the team. `None` if the link is good no more, or the proof does not fit the email.
pub fn accept(
    conn: &mut PgConnection,
    token: &str,
    proof: &Proof<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Option<(OperatorId, Workspace)>> {
    let Some(Opened { workspace, .. }) = open(conn, token, now)? else { return Ok(None) };
    team::one_at_a_time(conn, workspace.id)?;
    // Another one may have used the link while this one waited.
    let Some(Opened { invitation, .. }) = open(conn, token, now)? else { return Ok(None) };
    let known = operators::find(conn, &invitation.email)?.map(|found| found.id);
    let joined = match *proof {
        Proof::New(name, password_hash) => {
            let new = NewOperator { name: name.as_str(), email: &invitation.email, password_hash };
            operators::add(conn, &new, workspace.id, invitation.role, now)?
        }
        Proof::Known(id) if known == Some(id) => team::join(conn, workspace.id, id, invitation.role, now)?.map(|()| id),
        Proof::Known(_) => Err(Refusal::Unknown),
    };
    Ok(joined.ok().map(|operator| (operator, workspace)))
}

/// Removes the invitation that an operator who joined has answered.
pub(super) fn answered(conn: &mut PgConnection, workspace: WorkspaceId, operator: OperatorId) -> QueryResult<usize> {
    let email = operators_table::table.find(operator.0).select(operators_table::email).first::<String>(conn)?;
    diesel::delete(invitations::table)
        .filter(invitations::workspace_id.eq(workspace.0).and(invitations::email.eq(email)))
        .execute(conn)
}

fn note(
    conn: &mut PgConnection,
    (id, name): (InvitationId, &str),
    action: Action,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    audit(conn, by, action, json!({ "invitation": id, "name": name }), now)
}
