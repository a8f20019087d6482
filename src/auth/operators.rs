//! Operators: who they are, and what they choose for themselves.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{OptionalExtension, PgConnection, QueryResult, dsl::exists, prelude::*};
use serde_json::json;
use uuid::Uuid;

use super::{Action, Actor, Role, Session, audit::audit, team};
use crate::{
    db::{
        ids::{OperatorId, WorkspaceId, new_id},
        schema::{memberships, operators, workspaces},
    },
    ledger,
    text::is_visible,
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
    /// Whether the operator makes workspaces and groups, and sees the overview of all.
    pub is_organisation_admin: bool,
}

/// Name of an operator: 1 to 80 characters, of which something can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorName(String);

impl OperatorName {
    /// Characters at most.
    pub const LONGEST: usize = 80;

    /// Parses a name, trimmed. The error is text for people.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.chars().count() > Self::LONGEST || !is_visible(text) || text.contains(char::is_control) {
            return Err("Enter a name, at most 80 characters.");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for OperatorName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// Why an operator could not be added or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The email has an operator already, or the operator is in the workspace already.
    #[error("an operator with this email already exists")]
    Taken,
    /// The email was invited already, and has not come yet.
    #[error("this email is already invited")]
    Invited,
    /// There is no such operator in the workspace.
    #[error("no operator has this email")]
    Unknown,
    /// The last active admin of a workspace stays one.
    #[error("this is the last admin of the workspace: make somebody else an admin first")]
    LastAdmin,
    /// Operators do not change their own role or state.
    #[error("another admin does this for you")]
    Yourself,
    /// One organisation admin stays.
    #[error("this is the last organisation admin: make somebody else one first")]
    LastOrganisationAdmin,
    /// There are as many organisation admins as there may be.
    #[error("there are too many organisation admins")]
    TooMany,
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

/// Adds an operator to a workspace; the first one of a server is an organisation admin. Refused with `Taken` if the email has one.
pub fn add(
    conn: &mut PgConnection,
    new: &NewOperator<'_>,
    workspace: WorkspaceId,
    role: Role,
    now: DateTime<Utc>,
) -> QueryResult<Result<OperatorId, Refusal>> {
    let (id, is_first) = (OperatorId(new_id(now)), is_empty(conn)?);
    let added = diesel::insert_into(operators::table)
        .values((
            operators::id.eq(id.0),
            operators::email.eq(new.email.to_lowercase()),
            operators::name.eq(new.name),
            operators::password_hash.eq(new.password_hash),
            operators::created_at.eq(now),
            operators::is_organisation_admin.eq(is_first),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if added == 0 {
        return Ok(Err(Refusal::Taken));
    }
    Ok(team::join(conn, workspace, id, role, now)?.map(|()| id))
}

/// Sets a new password and ends all sessions of the operator, except the one with the token hash `but`.
pub fn set_password(
    conn: &mut PgConnection,
    operator: OperatorId,
    password_hash: &str,
    but: Option<&[u8]>,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(operators::table.find(operator.0)).set(operators::password_hash.eq(password_hash)).execute(conn)?;
    audit(conn, by, Action::PasswordSet, json!({}), now)?;
    match but {
        Some(this) => Session::end_others(conn, operator, this),
        None => Session::end_all(conn, operator),
    }
}

/// Sets the email that an operator signs in with. Refused with `Taken` if somebody else has it.
pub fn set_email(
    conn: &mut PgConnection,
    operator: OperatorId,
    email: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Refusal>> {
    let email = email.to_lowercase();
    if find(conn, &email)?.is_some_and(|found| found.id != operator) {
        return Ok(Err(Refusal::Taken));
    }
    diesel::update(operators::table.find(operator.0)).set(operators::email.eq(email)).execute(conn)?;
    audit(conn, by, Action::EmailSet, json!({}), now)?;
    Ok(Ok(()))
}

/// Sets what operators choose for themselves: their name, and the time zone in which they read times.
pub fn set_own(
    conn: &mut PgConnection,
    operator: &Operator,
    name: &OperatorName,
    zone: Tz,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let stored = Some(zone.name()).filter(|_| zone != Tz::UTC);
    diesel::update(operators::table.find(operator.id.0))
        .set((operators::zone.eq(stored), operators::name.eq(name.as_str())))
        .execute(conn)?;
    if operator.name != name.as_str() {
        ledger::rename_operator(conn, operator.id, name.as_str())?;
        let detail = json!({ "before": operator.name, "after": name.as_str() });
        audit(conn, by, Action::NameChanged, detail, now)?;
    }
    Ok(())
}

/// Notes that an operator signed in.
pub fn signed_in(conn: &mut PgConnection, operator: OperatorId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(operators::table.find(operator.0)).set(operators::signed_in_at.eq(now)).execute(conn)
}

/// Whether there is no operator yet.
pub fn is_empty(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::not(exists(operators::table.select(operators::id)))).get_result(conn)
}

/// An operator that was found by the email.
#[derive(Clone, Debug)]
pub struct Found {
    /// Id of the operator.
    pub id: OperatorId,
    /// Hash of the password.
    pub password_hash: String,
    /// Whether there is a workspace that the operator may come into, or the operator is an organisation admin. Others may not sign in.
    pub is_active: bool,
}

/// The operator with that email.
pub fn find(conn: &mut PgConnection, email: &str) -> QueryResult<Option<Found>> {
    let active = memberships::table
        .filter(memberships::operator_id.eq(operators::id).and(memberships::disabled_at.is_null()))
        .select(memberships::operator_id);
    let found: Option<(Uuid, String, bool)> = operators::table
        .filter(operators::email.eq(email.to_lowercase()))
        .select((operators::id, operators::password_hash, exists(active).or(operators::is_organisation_admin)))
        .first(conn)
        .optional()?;
    Ok(found.map(|(id, password_hash, is_active)| Found { id: OperatorId(id), password_hash, is_active }))
}

/// The hash of an operator's password.
pub fn password_hash(conn: &mut PgConnection, operator: OperatorId) -> QueryResult<Option<String>> {
    operators::table.find(operator.0).select(operators::password_hash).first(conn).optional()
}

/// Ends the sessions of an operator who has no workspace to come into any more, and is no organisation admin. The role is asked for by each
/// request, so that others need not sign in again.
pub(super) fn end_unless_active(conn: &mut PgConnection, operator: OperatorId) -> QueryResult<()> {
    let email: String = operators::table.find(operator.0).select(operators::email).first(conn)?;
    if find(conn, &email)?.is_some_and(|found| !found.is_active) {
        Session::end_all(conn, operator)?;
    }
    Ok(())
}

/// Notes the workspace that an operator was in last.
pub fn was_in(conn: &mut PgConnection, operator: OperatorId, workspace: WorkspaceId) -> QueryResult<usize> {
    diesel::update(operators::table.find(operator.0)).set(operators::last_workspace_id.eq(workspace.0)).execute(conn)
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

#[cfg(test)]
mod tests {
    use super::OperatorName;

    #[test]
    fn a_name_can_be_seen_and_is_short() {
        assert_eq!(OperatorName::new(" Ada Moreau ").unwrap().as_str(), "Ada Moreau");
        for wrong in ["", " ", "\u{200B}", "a\nb", &"x".repeat(81)] {
            assert!(OperatorName::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
