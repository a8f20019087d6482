//! The page of the status.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    check::{Check, State, Value},
    facts::{Asked, Status},
    pulse::Pulse,
};
use crate::{
    console::OwnRequest,
    error::AppError,
    web::{Answer, Now, Timestamp, page_with, words::counted},
};

#[derive(Template)]
#[template(path = "status/index.html")]
struct StatusPage {
    now: Now,
    status: Status,
}

impl StatusPage {
    /// What is not good, the worst first.
    fn open(&self) -> impl Iterator<Item = &Check> {
        self.status.checks.iter().filter(|check| check.state != State::Good)
    }

    fn good(&self) -> impl Iterator<Item = &Check> {
        self.status.checks.iter().filter(|check| check.state == State::Good)
    }

    fn of(&self, state: State) -> usize {
        self.status.checks.iter().filter(|check| check.state == state).count()
    }

    /// "2 things are wrong, and 1 to look at."
    fn summary(&self) -> String {
        let [look, wrong] = [State::Look, State::Wrong].map(|state| i64::try_from(self.of(state)).unwrap_or(i64::MAX));
        match (wrong, look) {
            (0, 0) => "Everything is good.".to_owned(),
            (0, look) => format!("{} to look at. Nothing is wrong.", counted(look, "thing", "things")),
            (wrong, 0) => format!("{} wrong.", counted(wrong, "thing is", "things are")),
            (wrong, look) => format!("{} wrong, and {look} to look at.", counted(wrong, "thing is", "things are")),
        }
    }

    fn moment(&self, value: &Value) -> Option<Timestamp> {
        match value {
            Value::Moment(at) => Some(Timestamp::new(*at, self.now)),
            _ => None,
        }
    }
}

pub fn index(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let beat = Some(request.state.db.memory::<Pulse>().beat());
    let asked = Asked { config: &request.state.config, now: request.now.at, beat };
    let page = StatusPage { now: request.now, status: Status::read(conn, &asked)? };
    Ok(page_with(StatusCode::OK, &page))
}
