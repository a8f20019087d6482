//! Actions of the team.

use actix_web::http::StatusCode;

use super::{
    form::{InviteForm, Invited},
    pages,
};
use crate::{
    auth::{
        Actor, Place, Refusal, Role,
        invitations::{self, NewInvitation},
        team::{self, Change},
    },
    console::Request,
    db::ids::{InvitationId, OperatorId},
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying, words::counted},
};

/// Who does it, for the audit log of the workspace: a team has no environment.
fn actor(request: &Request) -> Actor {
    Actor { place: Place::Workspace(request.scope().workspace.id), ..request.actor() }
}

pub fn invite(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let again = |form| Ok(pages::invite_with(request, StatusCode::UNPROCESSABLE_ENTITY, form));
    let Invited { name, email, role } = match InviteForm::parse(sent) {
        Ok(invited) => invited,
        Err(form) => return again(*form),
    };
    let (workspace, by, now) = (request.scope().workspace.id, actor(request), request.now.at);
    let new = NewInvitation { name: &name, email: &email, role };
    let invited = request.state.db.tx_now(|conn| invitations::invite(conn, workspace, &new, &by, now))?;
    match invited {
        // A page and not a redirect: the link must be neither in an address nor in a cookie, and is not stored to be shown later.
        Ok(token) => Ok(pages::link(request, (name.as_str(), &email), &token)),
        Err(Refusal::Invited) => again(InviteForm::refused(
            sent,
            "This email is already invited. Enter another one, or choose “New link” on the Team page.",
        )),
        Err(_) => again(InviteForm::refused(sent, "Somebody on the team already has this email. Enter another one.")),
    }
}

pub fn renew(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (workspace, id): (_, InvitationId) = (request.scope().workspace.id, request.id()?);
    let (by, now) = (actor(request), request.now.at);
    let renewed = request.state.db.tx_now(|conn| invitations::renew(conn, workspace, id, &by, now))?;
    match renewed {
        Some((invitation, token)) => Ok(pages::link(request, (&invitation.name, &invitation.email), &token)),
        None => Ok(answered(request)),
    }
}

pub fn withdraw(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (workspace, id): (_, InvitationId) = (request.scope().workspace.id, request.id()?);
    let (by, now) = (actor(request), request.now.at);
    let withdrawn = request.state.db.tx_now(|conn| invitations::withdraw(conn, workspace, id, &by, now))?;
    match withdrawn {
        Some(name) => {
            let done = format!("The invitation for {name} was withdrawn. Its link no longer works.");
            Ok(see_other_saying(&request.scope().path("operators"), &done))
        }
        None => Ok(answered(request)),
    }
}

/// The answer where an invitation is gone.
fn answered(request: &Request) -> Answer {
    let team = request.scope().path("operators");
    see_other_saying(&team, "That invitation was already used or withdrawn.")
}

/// Changes the operator in the address, and returns to their page, or to the team if they are gone.
fn change(request: &Request, change: Change, done: &str) -> Result<Answer, AppError> {
    let (scope, who, now): (_, OperatorId, _) = (request.scope(), request.id()?, request.now.at);
    let (workspace, by) = (scope.workspace.id, actor(request));
    let changed = request.state.db.tx_now(|conn| team::change(conn, workspace, who, change, &by, now))?;
    let (team, own) = (scope.path("operators"), scope.path(&format!("operators/{who}")));
    match changed {
        Ok(true) if change == Change::Remove => Ok(see_other_saying(&team, done)),
        Ok(true) => Ok(see_other_saying(&own, done)),
        Ok(false) => Ok(see_other_saying(&own, "Nothing changed.")),
        Err(Refusal::Yourself) => Ok(see_other_saying(
            &own,
            "Nothing changed. Only another admin can do this, so that you cannot lock yourself out.",
        )),
        Err(Refusal::LastAdmin) => Ok(see_other_saying(
            &own,
            "Nothing changed. This is the last admin of the workspace. Make somebody else an admin first.",
        )),
        Err(_) => Err(AppError::NotFound),
    }
}

pub fn set_role(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let role: Role = sent.parsed("role").ok_or(AppError::BadRequest("Choose one of the roles on the page."))?;
    change(request, Change::Role(role), &format!("Role changed to {}.", role.name()))
}

pub fn disable(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    change(request, Change::Disable, "Disabled. They can no longer open this workspace.")
}

pub fn enable(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    change(request, Change::Enable, "Enabled. They can sign in again.")
}

pub fn remove(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    change(request, Change::Remove, "Removed from the team.")
}

pub fn end_sessions(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (scope, who, now): (_, OperatorId, _) = (request.scope(), request.id()?, request.now.at);
    let (workspace, by) = (scope.workspace.id, actor(request));
    if who == scope.operator.id {
        // The account page leaves out the session that is in use.
        return Ok(see_other_saying("/account", "These are your own sessions. You can end them here."));
    }
    let ended = request.state.db.tx_now(|conn| team::end_sessions(conn, workspace, who, &by, now))?;
    let ended = ended.map_err(|_| AppError::NotFound)?;
    let ended = counted(i64::try_from(ended).unwrap_or(i64::MAX), "session", "sessions");
    Ok(see_other_saying(&scope.path(&format!("operators/{who}")), &format!("{ended} ended.")))
}
