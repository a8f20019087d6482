//! The operator's own page: where they are signed in, what they may do where.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Operator, Permission, Role, Session, operators, sessions::SessionRow};
use crate::{
    app::AppState,
    error::AppError,
    web::{Moment, page, shell::Csrf},
};

#[derive(Template)]
#[template(path = "auth/account.html")]
struct AccountPage {
    operator: Operator,
    csrf: String,
    this: Vec<u8>,
    sessions: Vec<SessionRow>,
    now: DateTime<Utc>,
    workspaces: Vec<(String, String, String)>,
}

impl AccountPage {
    fn moment(&self, at: &DateTime<Utc>) -> Moment {
        Moment::new(*at, self.now)
    }

    /// Who may do what: permission, then a word for each role.
    fn permissions(&self) -> Vec<(&'static str, [bool; 3])> {
        Permission::ALL.map(|permission| (permission.name(), Role::ALL.map(|role| role.can(permission)))).to_vec()
    }
}

pub async fn show(state: Data<AppState>, session: Session, csrf: Csrf) -> Result<HttpResponse, AppError> {
    let (id, now) = (session.operator.id, state.clock.now());
    let (sessions, workspaces) =
        state.db.read(move |conn| Ok((Session::of(conn, id)?, operators::memberships_of(conn, id)?))).await?;
    let (this, csrf) = (session.token_hash, csrf.0);
    Ok(page(&AccountPage { operator: session.operator, csrf, this, sessions, now, workspaces }))
}
