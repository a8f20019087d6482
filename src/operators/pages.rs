//! Pages of the team.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::form::{InviteForm, roles};
use crate::{
    auth::{
        Session,
        invitations::{self, Invitation},
        sessions::SessionRow,
        team::{self, Member, MemberState},
    },
    console::{Request, Roles, Shell},
    error::AppError,
    web::{Answer, Now, Timestamp, form::Choices, page, page_with},
};

#[derive(Template)]
#[template(path = "operators/index.html")]
struct TeamPage {
    shell: Shell,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    now: Now,
    roles: Roles,
}

impl TeamPage {
    fn path(&self) -> String {
        self.shell.scope.path("operators")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn is_over(&self, invitation: &Invitation) -> bool {
        invitation.expires_at <= self.now.at
    }

    /// Whether there are more people than the page shows.
    fn is_cut(&self) -> bool {
        let most = usize::try_from(team::MOST).unwrap_or(usize::MAX);
        self.members.len() >= most || self.invitations.len() >= most
    }
}

#[derive(Template)]
#[template(path = "operators/invite.html")]
struct InvitePage {
    shell: Shell,
    form: InviteForm,
    roles: Roles,
}

#[derive(Template)]
#[template(path = "operators/link.html")]
struct LinkPage<'a> {
    shell: Shell,
    name: &'a str,
    email: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "operators/show.html")]
struct OperatorPage {
    shell: Shell,
    member: Member,
    sessions: Vec<SessionRow>,
    role: Choices,
    now: Now,
}

impl OperatorPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("operators/{}", self.member.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Whether this is whoever looks at the page.
    fn is_own(&self) -> bool {
        self.member.id == self.shell.scope.operator.id
    }
}

#[derive(Template)]
#[template(path = "operators/remove.html")]
struct RemovePage {
    shell: Shell,
    member: Member,
}

impl RemovePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("operators/{}", self.member.id))
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let workspace = request.scope().workspace.id;
    let (members, invitations) = (team::members(conn, workspace)?, invitations::list(conn, workspace)?);
    let (shell, now) = (request.shell.clone(), request.now);
    Ok(page(&TeamPage { shell, members, invitations, now, roles: Roles }))
}

pub fn invite(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let form = request.unsent().map_or_else(InviteForm::blank, InviteForm::typed);
    Ok(invite_with(request, StatusCode::OK, form))
}

/// The page of an invitation, with the text typed into its form.
pub fn invite_with(request: &Request, status: StatusCode, form: InviteForm) -> Answer {
    page_with(status, &InvitePage { shell: request.shell.clone(), form, roles: Roles })
}

/// The only page that shows the link of an invitation. Like every page it is not stored by browsers or proxies.
pub fn link(request: &Request, (name, email): (&str, &str), token: &str) -> Answer {
    let link = format!("{}/join/{token}", request.state.config.server.site.origin());
    page(&LinkPage { shell: request.shell.clone(), name, email, link })
}

/// The member in the address.
fn member(request: &Request, conn: &mut PgConnection) -> Result<Member, AppError> {
    team::member(conn, request.scope().workspace.id, request.id()?)?.ok_or(AppError::NotFound)
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let member = member(request, conn)?;
    let sessions = Session::of(conn, member.id, request.state.config.sessions, request.now.at)?;
    let (shell, role) = (request.shell.clone(), roles(Some(member.role)));
    Ok(page(&OperatorPage { shell, member, sessions, role, now: request.now }))
}

pub fn confirm_remove(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let member = member(request, conn)?;
    Ok(page(&RemovePage { shell: request.shell.clone(), member }))
}
