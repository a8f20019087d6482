//! The list of all events.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    form::NewForm,
    known,
    store::{self, EventDefinition},
    volume::{Days, Spark},
};
use crate::{
    console::Shell,
    db::{ids::DefinitionId, keyset::Page},
    error::AppError,
    state::AppState,
    web::{
        Now, Query, Timestamp, page_with,
        pager::{self, Pager},
        words::grouped,
    },
};

/// Days in the pictures of the list.
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
    form: NewForm,
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

pub async fn index(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    list(&state, shell, &query, NewForm::new("", None), StatusCode::OK).await
}

/// What claims to come from the near future was sent by a clock that is ahead; what is further off is not looked at.
pub fn soon(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(1)
}

/// The list, with what was typed into its form.
pub async fn list(
    state: &AppState,
    shell: Shell,
    query: &Query,
    form: NewForm,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (environment, way, now) = (shell.scope.environment, pager::way::<DefinitionId>(query), shell.now(&state.clock));
    let typed = query.get("q").to_owned();
    let (asked, db) = (typed.clone(), state.db.clone());
    let loaded = state.db.read(move |conn| {
        let rows = store::page(conn, environment, &asked, &way)?;
        let ids: Vec<DefinitionId> = rows.rows.iter().map(|row| row.id).collect();
        let volumes = known::volumes(&db, conn, environment, &ids, (Days::until(now.at, DAYS), now.at))?;
        let last_seen = store::last_seen(conn, environment, &ids, soon(now.at))?;
        Ok((rows, volumes, last_seen))
    });
    let (rows, volumes, last_seen) = loaded.await?;
    let pager =
        Pager::new(&rows, &shell.scope.path("events"), query, |row: &EventDefinition| row.id, ["Previous", "Next"]);
    Ok(page_with(status, &EventsPage { shell, typed, page: rows, volumes, last_seen, pager, form, now }))
}
