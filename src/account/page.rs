//! The operator's own page: where they are signed in, what they may do where, and in which time zone they read times.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    auth::{Operator, Permission, Role, Session, operators, sessions::SessionRow},
    console::{Csrf, Notice},
    error::AppError,
    state::AppState,
    web::{
        Field, FormData, Now, Timestamp,
        form::{Control, Problems},
        page_with,
        respond::{Flash, see_other_saying},
        time,
    },
};

#[derive(Template)]
#[template(path = "account/index.html")]
struct AccountPage {
    operator: Operator,
    csrf: String,
    flash: Option<Flash>,
    this: Vec<u8>,
    sessions: Vec<SessionRow>,
    now: Now,
    workspaces: Vec<(String, String, String)>,
    zone: Field,
    problems: Problems,
}

impl AccountPage {
    fn notice(&self) -> Notice<'_> {
        Notice::new(self.flash.as_ref())
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The present as the operator reads it.
    fn present(&self) -> Timestamp {
        Timestamp::new(self.now.at, self.now)
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        time::zone_names()
    }

    /// Who may do what: permission, then a word for each role.
    fn permissions(&self) -> Vec<(&'static str, [bool; 3])> {
        Permission::ALL.map(|permission| (permission.name(), Role::ALL.map(|role| role.can(permission)))).to_vec()
    }
}

pub async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    session: Session,
    csrf: Csrf,
) -> Result<HttpResponse, AppError> {
    let said = request.extensions().get::<Flash>().cloned();
    let zone = session.operator.zone.name().to_owned();
    account(&state, session, csrf, said, (&zone, Problems::default())).await
}

/// The page, with what was typed into its form.
async fn account(
    state: &AppState,
    session: Session,
    csrf: Csrf,
    flash: Option<Flash>,
    (typed, problems): (&str, Problems),
) -> Result<HttpResponse, AppError> {
    let (id, now) = (session.operator.id, Now::new(state.clock.now(), session.operator.zone));
    let (sessions, workspaces) =
        state.db.read(move |conn| Ok((Session::of(conn, id)?, operators::memberships_of(conn, id)?))).await?;
    let zone = Field::new("zone", "Time zone", Control::Text)
        .value(typed)
        .hint("Such as Europe/Zurich. Times and days in kith follow it. Empty means UTC.")
        .list("zones")
        .limit(60)
        .problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (this, csrf, operator) = (session.token_hash, csrf.0, session.operator);
    Ok(page_with(status, &AccountPage { operator, csrf, flash, this, sessions, now, workspaces, zone, problems }))
}

/// Chooses the time zone.
pub async fn update(
    state: Data<AppState>,
    session: Session,
    csrf: Csrf,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let typed = sent.get("zone");
    let chosen = if typed.is_empty() { Some(Tz::UTC) } else { time::zone(typed) };
    let Some(zone) = chosen else {
        let mut problems = Problems::default();
        problems.add("zone", "Choose a time zone from the list, such as Europe/Zurich; this is none that is known");
        return account(&state, session, csrf, None, (typed, problems)).await;
    };
    let id = session.operator.id;
    state.db.tx(move |conn| operators::set_zone(conn, id, zone)).await?;
    let done = if zone == session.operator.zone { "Nothing changed." } else { "Time zone saved." };
    Ok(see_other_saying("/account", done))
}
