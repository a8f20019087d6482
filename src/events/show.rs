//! The page of one event of the catalogue, and the page for its retention.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::PgConnection;

use super::{
    fill,
    form::{EventForm, KeepForm},
    known,
    pages::soon,
    properties::{self, Property},
    store::{self, EventDefinition, MOST_COUNTED},
    volume::{Days, Spark},
};
use crate::{
    console::{Request, Shell},
    db::ids::DefinitionId,
    error::AppError,
    web::{
        Answer, Now, Timestamp, page_with,
        words::{counted, grouped},
    },
};

/// Days in the chart.
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
    /// Whether the look-up keys of older events are not in line with the marks yet.
    is_filling: bool,
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

    fn is_lookup(&self, property: &Property) -> bool {
        self.form.lookup_keys.contains(&property.name)
    }

    fn created(&self) -> Timestamp {
        Timestamp::new(self.event.created_at, self.now)
    }
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    one(request, conn, StatusCode::OK, request.unsent().map(EventForm::typed))
}

/// The page of one event; `typed` is its form as it was typed.
pub fn one(
    request: &Request,
    conn: &mut PgConnection,
    status: StatusCode,
    typed: Option<EventForm>,
) -> Result<Answer, AppError> {
    let (environment, id, now) = (request.scope().environment, request.id::<DefinitionId>()?, request.now);
    let event = store::find(conn, environment, id)?.ok_or(AppError::NotFound)?;
    let days = Days::until(now.at, DAYS);
    let volumes = known::volumes(&request.state.db, conn, environment, &[id], days, now.at)?.remove(&id);
    let last_seen = store::last_seen(conn, environment, &[id], soon(now.at))?.remove(&id);
    let examples = store::examples(conn, environment, id)?;
    let form = typed.unwrap_or_else(|| EventForm::of(&event));
    let chosen: Vec<&str> =
        form.shown.iter().chain(&form.summary).chain(&form.lookup_keys).map(String::as_str).collect();
    let properties = properties::seen(&examples, &chosen);
    let last_seen = last_seen.map(|at| Timestamp::new(at, now));
    let is_filling = !event.lookup_keys.is_empty() && fill::is_under_way(conn, id)?;
    let keep = KeepForm::new(&event.keep_days.map(|days| days.to_string()).unwrap_or_default(), None);
    let (shell, counts) = (request.shell.clone(), volumes.unwrap_or_default());
    Ok(page_with(status, &EventPage { shell, event, days, counts, last_seen, properties, form, keep, is_filling, now }))
}

#[derive(Template)]
#[template(path = "events/keep.html")]
struct KeepPage {
    shell: Shell,
    event: EventDefinition,
    /// New retention in days; `None`: for good.
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
        self.days.map_or_else(|| "forever".to_owned(), |days| format!("for {}", counted(days.into(), "day", "days")))
    }
}

/// The first time of events that are kept for these days.
pub fn oldest(now: DateTime<Utc>, days: i32) -> DateTime<Utc> {
    now - TimeDelta::days(days.into())
}

/// Shows what a new retention does, before it is set.
pub fn keep(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let days = request.unsent().map_or(request.query.get("days"), |sent| sent.get("days"));
    confirm(request, conn, KeepForm::parse(days).map_err(|form| *form))
}

/// The page that asks for confirmation, or shows the problem of the number.
pub fn confirm(
    request: &Request,
    conn: &mut PgConnection,
    typed: Result<Option<i32>, KeepForm>,
) -> Result<Answer, AppError> {
    let (environment, id) = (request.scope().environment, request.id()?);
    let event = store::find(conn, environment, id)?.ok_or(AppError::NotFound)?;
    let days = typed.as_ref().ok().copied().flatten();
    let older = match days {
        Some(days) => store::count_older(conn, environment, id, oldest(request.now.at, days))?,
        None => 0,
    };
    let is_wrong = typed.is_err();
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = typed.err().unwrap_or_else(|| KeepForm::new("", None));
    Ok(page_with(status, &KeepPage { shell: request.shell.clone(), event, days, older, form, is_wrong }))
}
