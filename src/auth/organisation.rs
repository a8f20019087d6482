//! Organisation admins: operators who make workspaces, put them into groups, and decide who else may. Their mark lets them into no
//! workspace; a role there does, which they may take: see [`team::take_role`](super::team::take_role).
//!
//! Invariants: the first operator of a server is one; there is always one; nobody changes their own mark.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::json;

use super::{
    Action, Actor, Place, Refusal,
    audit::audit,
    operators::{end_unless_active, find},
};
use crate::{
    db::{ids::OperatorId, schema::operators},
    error::{AppError, Missing},
    workspaces::{Workspace, hold_all},
};

/// Organisation admins at most.
pub const MOST: i64 = 100;

/// An organisation admin in a list.
#[derive(Clone, Debug, Queryable)]
pub struct OrganisationAdmin {
    /// Id of the operator.
    pub id: OperatorId,
    /// Name for people.
    pub name: String,
    /// Email to sign in with.
    pub email: String,
    /// Time of the last sign-in; `None` if there was none.
    pub signed_in_at: Option<DateTime<Utc>>,
}

/// All organisation admins by name.
pub fn admins(conn: &mut PgConnection) -> QueryResult<Vec<OrganisationAdmin>> {
    operators::table
        .filter(operators::is_organisation_admin)
        .order((operators::name, operators::id))
        .select((operators::id, operators::name, operators::email, operators::signed_in_at))
        .limit(MOST)
        .load(conn)
}

/// The refusal of a page or a form that is for organisation admins.
pub fn forbidden(conn: &mut PgConnection) -> Result<AppError, AppError> {
    let admins = admins(conn)?.into_iter().take(5).map(|admin| admin.name).collect();
    let missing =
        Missing { permission: "manage the organisation", role: None, roles: vec!["organisation admin"], admins };
    Ok(AppError::Forbidden(Box::new(missing)))
}

/// Makes the operator with this email an organisation admin. Returns their name; `None`: they are one already. Refused with `Unknown` if
/// nobody has the email, `TooMany` if there are [`MOST`].
pub fn mark(
    conn: &mut PgConnection,
    email: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<Option<String>, Refusal>> {
    hold_all(conn)?;
    let Some(found) = find(conn, email)? else { return Ok(Err(Refusal::Unknown)) };
    let all = admins(conn)?;
    if all.iter().any(|admin| admin.id == found.id) {
        return Ok(Ok(None));
    }
    if all.len() >= usize::try_from(MOST).unwrap_or(usize::MAX) {
        return Ok(Err(Refusal::TooMany));
    }
    let name = set(conn, found.id, true)?;
    audit(conn, by, Action::OrganisationAdminMade, json!({ "admin": name }), now)?;
    Ok(Ok(Some(name)))
}

/// Takes the mark from an organisation admin, whose roles in workspaces stay. Returns their name. Refused with `Unknown` if they are none,
/// `Yourself` if one would do it to oneself, `LastOrganisationAdmin` if none would be left.
pub fn unmark(
    conn: &mut PgConnection,
    who: OperatorId,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<String, Refusal>> {
    if by.operator == Some(who) {
        return Ok(Err(Refusal::Yourself));
    }
    hold_all(conn)?;
    let all = admins(conn)?;
    if !all.iter().any(|admin| admin.id == who) {
        return Ok(Err(Refusal::Unknown));
    }
    if all.len() < 2 {
        return Ok(Err(Refusal::LastOrganisationAdmin));
    }
    let name = set(conn, who, false)?;
    // Whoever has no workspace either may no longer be signed in.
    end_unless_active(conn, who)?;
    audit(conn, by, Action::OrganisationAdminUnmade, json!({ "admin": name }), now)?;
    Ok(Ok(name))
}

/// Writes down that a workspace was created, for its admins and for organisation admins.
pub fn workspace_made(conn: &mut PgConnection, made: &Workspace, by: &Actor, now: DateTime<Utc>) -> QueryResult<()> {
    for place in [Place::Workspace(made.id), Place::Organisation] {
        let by = Actor { place, ..by.clone() };
        audit(conn, &by, Action::WorkspaceMade, json!({ "workspace": made.name }), now)?;
    }
    Ok(())
}

fn set(conn: &mut PgConnection, who: OperatorId, is_admin: bool) -> QueryResult<String> {
    diesel::update(operators::table.find(who.0))
        .set(operators::is_organisation_admin.eq(is_admin))
        .returning(operators::name)
        .get_result(conn)
}
