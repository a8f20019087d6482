//! The list of the environment's events.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;

use super::{
    form::NewForm,
    known,
    store::{self, EventDefinition},
    volume::{Days, Spark},
};
use crate::{
    console::{Request, Shell},
    db::{ids::DefinitionId, keyset::Page},
    error::AppError,
    web::{
        Answer, Now, Timestamp, page, page_with,
        pager::{self, Pager},
        words::grouped,
    },
};

/// Days in the charts of the list.
const DAYS: usize = 30;

#[derive(Template)]
#[template(path = "events/index.html")]
struct EventsPage {
    shell: Shell,
    typed: String,
    page: Page<EventDefinition>,
    volumes: BTreeMap<DefinitionId, Vec<i64>>,
    last_seen: BTreeMap<DefinitionId, DateTime<Utc>>,
    pager: Pager,
    now: Now,
}

impl EventsPage {
    fn path(&self) -> String {
        self.shell.scope.path("events")
    }

    fn counts(&self, event: &EventDefinition) -> &[i64] {
        self.volumes.get(&event.id).map(Vec::as_slice).unwrap_or_default()
    }

    fn spark(&self, event: &EventDefinition) -> Spark {
        Spark::new(self.counts(event))
    }

    fn total(&self, event: &EventDefinition) -> String {
        grouped(self.counts(event).iter().sum())
    }

    fn seen(&self, event: &EventDefinition) -> Option<Timestamp> {
        self.last_seen.get(&event.id).map(|at| Timestamp::new(*at, self.now))
    }
}

#[derive(Template)]
#[template(path = "events/new.html")]
struct NewPage {
    shell: Shell,
    form: NewForm,
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let typed = request.unsent().map_or("", |sent| sent.raw("name"));
    Ok(page(&NewPage { shell: request.shell.clone(), form: NewForm::new(typed, None) }))
}

/// The form of a new event again, with its problem.
pub fn new_again(request: &Request, form: NewForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { shell: request.shell.clone(), form })
}

/// Events of the near future come from a clock that is ahead; those further off are not read.
pub fn soon(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(1)
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment, now) = (&request.query, request.scope().environment, request.now);
    let typed = query.get("q").to_owned();
    let rows = store::page(conn, environment, &typed, &pager::way::<DefinitionId>(query))?;
    let ids: Vec<DefinitionId> = rows.rows.iter().map(|row| row.id).collect();
    let days = Days::until(now.at, DAYS);
    let volumes = known::volumes(&request.state.db, conn, environment, &ids, days, now.at)?;
    let last_seen = store::last_seen(conn, environment, &ids, soon(now.at))?;
    let (shell, path) = (request.shell.clone(), request.scope().path("events"));
    let pager = Pager::new(&rows, &path, query, |row: &EventDefinition| row.id, ["Previous", "Next"]);
    Ok(page(&EventsPage { shell, typed, page: rows, volumes, last_seen, pager, now }))
}
