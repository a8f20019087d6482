//! The account of an operator: name, time zone, workspaces, sessions; and the page for a new password.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::newcomer;
use crate::{
    auth::{Operator, Session, sessions::SessionRow},
    console::{Notice, OwnRequest, Roles},
    error::AppError,
    web::{
        Answer, Field, Now, Timestamp,
        form::{Control, Problems},
        page_with,
        respond::Flash,
        time,
    },
};

#[derive(Template)]
#[template(path = "account/index.html")]
struct AccountPage {
    session: Session,
    flash: Option<Flash>,
    sessions: Vec<SessionRow>,
    now: Now,
    name: Field,
    zone: Field,
    problems: Problems,
    roles: Roles,
}

impl AccountPage {
    fn notice(&self) -> Notice<'_> {
        Notice::new(self.flash.as_ref())
    }

    fn operator(&self) -> &Operator {
        &self.session.operator
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The present in the operator's time zone.
    fn present(&self) -> Timestamp {
        Timestamp::new(self.now.at, self.now)
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        time::zone_names()
    }
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    session: Session,
    fields: [Field; 2],
    problems: Problems,
}

fn status(problems: &Problems) -> StatusCode {
    if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

pub fn show(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let operator = &request.session.operator;
    account(request, conn, (&operator.name, operator.zone.name()), Problems::default())
}

/// The page, with the name and the time zone as they were typed.
pub fn account(
    request: &OwnRequest,
    conn: &mut PgConnection,
    (name, zone): (&str, &str),
    problems: Problems,
) -> Result<Answer, AppError> {
    let (session, now) = (request.session.clone(), request.now);
    let sessions = Session::of(conn, session.operator.id, request.state.config.sessions, now.at)?;
    let name = newcomer::name_field(name, &problems).hint("What your colleagues see.");
    let zone = Field::new("zone", "Time zone", Control::Text)
        .value(zone)
        .hint("For all times and days in kith, such as Europe/Zurich. Leave empty for UTC.")
        .list("zones")
        .limit(60)
        .problem(&problems.0);
    let (flash, roles) = (request.flash.clone(), Roles);
    let page = AccountPage { session, flash, sessions, now, name, zone, problems, roles };
    Ok(page_with(status(&page.problems), &page))
}

/// The page for a new password.
pub fn password(request: &OwnRequest, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(password_again(request, Problems::default()))
}

/// The page for a new password, with what was wrong.
pub fn password_again(request: &OwnRequest, problems: Problems) -> Answer {
    let present = Field::new("present", "Current password", Control::Password).autocomplete("current-password");
    let fields = [present.problem(&problems.0), newcomer::password_field("New password", &problems)];
    page_with(status(&problems), &PasswordPage { session: request.session.clone(), fields, problems })
}
