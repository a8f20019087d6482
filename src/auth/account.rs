//! The operator's own page: where they are signed in, what they may do where.

use actix_web::{HttpResponse, web::Data};
use askama::Template;

use super::{Operator, Permission, Role, Session, operators};
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
    sessions: Vec<SessionRow>,
    workspaces: Vec<(String, String, String)>,
}

struct SessionRow {
    is_this: bool,
    started: Moment,
    seen: Moment,
}

impl AccountPage {
    /// Who may do what: permission, then a word for each role.
    fn permissions(&self) -> Vec<(&'static str, [bool; 3])> {
        Permission::ALL.map(|permission| (permission.name(), Role::ALL.map(|role| role.can(permission)))).to_vec()
    }
}

pub async fn show(state: Data<AppState>, session: Session, csrf: Csrf) -> Result<HttpResponse, AppError> {
    let (id, now) = (session.operator.id, state.clock.now());
    let (sessions, workspaces) =
        state.db.read(move |conn| Ok((Session::of(conn, id)?, operators::memberships_of(conn, id)?))).await?;
    let sessions = sessions.into_iter().map(|(hash, started, seen)| SessionRow {
        is_this: hash == session.token_hash,
        started: Moment::new(started, now),
        seen: Moment::new(seen, now),
    });
    Ok(page(&AccountPage { sessions: sessions.collect(), operator: session.operator, csrf: csrf.0, workspaces }))
}
