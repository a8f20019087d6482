//! The workspaces of an operator: where signing in leads, and the page on which one is chosen.

use askama::Template;
use diesel::PgConnection;

use crate::{
    auth::{Session, sessions::Membership},
    console::{Notice, OwnRequest},
    error::AppError,
    web::{Answer, page, respond::Flash, see_other},
};

#[derive(Template)]
#[template(path = "account/workspaces.html")]
struct WorkspacesPage {
    session: Session,
    flash: Option<Flash>,
}

impl WorkspacesPage {
    fn notice(&self) -> Notice<'_> {
        Notice::new(self.flash.as_ref())
    }
}

/// Redirects to the workspace that the operator was in last, to the only one, or to where one is chosen.
pub fn home(request: &OwnRequest, _: &mut PgConnection) -> Result<Answer, AppError> {
    let session = &request.session;
    let last = session.memberships.iter().find(|it| session.last_workspace == Some(it.workspace.id));
    let address = match (last, &*session.memberships) {
        (Some(Membership { workspace, .. }), _) | (None, [Membership { workspace, .. }]) => {
            format!("/{}/live/profiles", workspace.slug)
        }
        (None, []) if session.operator.is_organisation_admin => "/organisation".to_owned(),
        (None, _) => "/workspaces".to_owned(),
    };
    Ok(see_other(&address))
}

/// All workspaces of the operator, or who can let them into one.
pub fn show(request: &OwnRequest, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(page(&WorkspacesPage { session: request.session.clone(), flash: request.flash.clone() }))
}
