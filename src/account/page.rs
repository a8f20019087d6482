//! The account of an operator: sessions, memberships with their permissions, and time zone.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;

use crate::{
    auth::{Operator, Permission, Role, Session, operators, sessions::SessionRow},
    console::{Notice, OwnRequest},
    db::Db,
    error::AppError,
    web::{
        Answer, Field, FormData, Now, Timestamp,
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

    /// The present in the operator's time zone.
    fn present(&self) -> Timestamp {
        Timestamp::new(self.now.at, self.now)
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        time::zone_names()
    }

    /// Table of permissions: the permission, and whether each role has it.
    fn permissions(&self) -> Vec<(&'static str, [bool; 3])> {
        Permission::ALL.map(|permission| (permission.name(), Role::ALL.map(|role| role.can(permission)))).to_vec()
    }
}

pub fn show(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    account(request, conn, request.session.operator.zone.name(), Problems::default())
}

/// The page, with the text typed into its form.
fn account(request: &OwnRequest, conn: &mut PgConnection, typed: &str, problems: Problems) -> Result<Answer, AppError> {
    let Session { operator, csrf, token_hash: this, .. } = request.session.clone();
    let sessions = Session::of(conn, operator.id)?;
    let workspaces = operators::memberships_of(conn, operator.id)?;
    let zone = Field::new("zone", "Time zone", Control::Text)
        .value(typed)
        .hint("Such as Europe/Zurich. Times and days in kith follow it. Empty means UTC.")
        .list("zones")
        .limit(60)
        .problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (flash, now) = (request.flash.clone(), request.now);
    Ok(page_with(status, &AccountPage { operator, csrf, flash, this, sessions, now, workspaces, zone, problems }))
}

/// Sets the time zone.
pub async fn update(request: OwnRequest, sent: FormData) -> Result<Answer, AppError> {
    let (db, typed) = (request.state.db.clone(), sent.get("zone").to_owned());
    let chosen = if typed.is_empty() { Some(Tz::UTC) } else { time::zone(&typed) };
    let update = move |db: &Db| {
        let Some(zone) = chosen else {
            let mut problems = Problems::default();
            problems.add("zone", "Choose a time zone from the list, such as Europe/Zurich; this is none that is known");
            return db.snapshot_now(|conn| account(&request, conn, &typed, problems.clone()));
        };
        let operator = &request.session.operator;
        db.tx_now(|conn| operators::set_zone(conn, operator.id, zone))?;
        let done = if zone == operator.zone { "Nothing changed." } else { "Time zone saved." };
        Ok(see_other_saying("/account", done))
    };
    db.work(update).await
}
