//! One event of the catalogue: everything that is known of it, and for how long its like are kept.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    form::{EventForm, KeepForm},
    known,
    pages::soon,
    properties::{self, Property},
    store::{self, EventDefinition, MOST_COUNTED},
    volume::{Days, Spark},
};
use crate::{
    console::Shell,
    db::ids::DefinitionId,
    error::AppError,
    state::AppState,
    web::{
        Now, PathId, Query, Timestamp, page_with,
        words::{counted, grouped},
    },
};

/// Days in the picture.
const DAYS: usize = 90;

#[derive(Template)]
#[template(path = "events/show.html")]
struct EventPage {
    shell: Shell,
    event: EventDefinition,
    days: Days,
    counts: Vec<i64>,
    last_seen: Option<Timestamp>,
    properties: Vec<Property>,
    form: EventForm,
    keep: KeepForm,
    now: Now,
}

impl EventPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("events/{}", self.event.id))
    }

    fn spark(&self) -> Spark {
        Spark::new(&self.counts)
    }

    fn by_day(&self) -> Vec<(NaiveDate, String)> {
        self.days.newest_first(&self.counts).map(|(day, count)| (day, grouped(count))).collect()
    }

    fn is_shown(&self, property: &Property) -> bool {
        self.form.shown.contains(&property.name)
    }

    fn is_summary(&self, property: &Property) -> bool {
        self.form.summary.contains(&property.name)
    }

    fn created(&self) -> Timestamp {
        Timestamp::new(self.event.created_at, self.now)
    }
}

pub async fn show(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    one(&state, shell, DefinitionId::from_path(&request)?, None).await
}

/// The page of one event, with what was typed into its form where something is wrong with that.
pub async fn one(
    state: &AppState,
    shell: Shell,
    id: DefinitionId,
    typed: Option<Box<EventForm>>,
) -> Result<HttpResponse, AppError> {
    let (environment, now) = (shell.scope.environment, shell.now(&state.clock));
    let (days, db) = (Days::until(now.at, DAYS), state.db.clone());
    let loaded = state.db.read(move |conn| {
        let Some(event) = store::find(conn, environment, id)? else { return Ok(None) };
        let counts = known::volumes(&db, conn, environment, &[id], (days, now.at))?.remove(&id).unwrap_or_default();
        let last_seen = store::last_seen(conn, environment, &[id], soon(now.at))?.remove(&id);
        Ok(Some((event, counts, last_seen, store::examples(conn, environment, id)?)))
    });
    let (event, counts, last_seen, examples) = loaded.await?.ok_or(AppError::NotFound)?;
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = typed.map_or_else(|| EventForm::of(&event), |form| *form);
    let chosen: Vec<&str> = form.shown.iter().chain(&form.summary).map(String::as_str).collect();
    let properties = properties::seen(&examples, &chosen);
    let last_seen = last_seen.map(|at| Timestamp::new(at, now));
    let keep = KeepForm::new(&event.keep_days.map(|days| days.to_string()).unwrap_or_default(), None);
    Ok(page_with(status, &EventPage { shell, event, days, counts, last_seen, properties, form, keep, now }))
}

#[derive(Template)]
#[template(path = "events/keep.html")]
struct KeepPage {
    shell: Shell,
    event: EventDefinition,
    /// None: for good.
    days: Option<i32>,
    older: i64,
    form: KeepForm,
    is_wrong: bool,
}

impl KeepPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("events/{}", self.event.id))
    }

    fn older(&self) -> String {
        match self.older {
            n if n > MOST_COUNTED => format!("More than {} events are", grouped(MOST_COUNTED)),
            1 => "1 event is".to_owned(),
            n => format!("{} are", counted(n, "event", "events")),
        }
    }

    fn days(&self) -> String {
        self.days.map_or_else(|| "for good".to_owned(), |days| format!("for {}", counted(days.into(), "day", "days")))
    }
}

/// The first moment that is kept.
pub fn oldest(now: DateTime<Utc>, days: i32) -> DateTime<Utc> {
    now - TimeDelta::days(days.into())
}

/// What keeping them for that long does, before it is done.
pub async fn keep(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let id = DefinitionId::from_path(&request)?;
    confirm(&state, shell, id, KeepForm::parse(query.get("days")).map_err(|form| *form)).await
}

/// The page that says so, or says what is wrong with the number.
pub async fn confirm(
    state: &AppState,
    shell: Shell,
    id: DefinitionId,
    typed: Result<Option<i32>, KeepForm>,
) -> Result<HttpResponse, AppError> {
    let (environment, now) = (shell.scope.environment, state.clock.now());
    let days = typed.as_ref().ok().copied().flatten();
    let loaded = state.db.read(move |conn| {
        let Some(event) = store::find(conn, environment, id)? else { return Ok(None) };
        let older = match days {
            Some(days) => store::count_older(conn, environment, id, oldest(now, days))?,
            None => 0,
        };
        Ok(Some((event, older)))
    });
    let (event, older) = loaded.await?.ok_or(AppError::NotFound)?;
    let is_wrong = typed.is_err();
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = typed.err().unwrap_or_else(|| KeepForm::new("", None));
    Ok(page_with(status, &KeepPage { shell, event, days, older, form, is_wrong }))
}
