//! The Activity tab.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use serde_json::Value;

use super::{
    definitions,
    period::{Period, Preset},
    store::{self, EventRow},
};
use crate::{
    app::AppState,
    attributes::{self, AttributeName},
    db::{
        ids::ProfileId,
        keyset::{Page, Place},
    },
    error::AppError,
    profiles::{self, Frame, Tab, View},
    web::{
        Moment, Now, PathId, Query, Shell, page,
        pager::{self, Pager},
    },
};

/// A day of the timeline.
struct Day {
    label: String,
    entries: Vec<Entry>,
}

/// One thing that happened.
struct Entry {
    row: EventRow,
    at: Moment,
    received: Moment,
}

impl Entry {
    /// The one line that says most: amount, page, campaign, or whatever comes first.
    fn summary(&self) -> String {
        const TELLING: [&str; 9] =
            ["total", "revenue", "path", "url", "campaign", "subject", "name", "product", "coupon"];
        let told = |name: &str| self.row.properties.get(name).filter(|value| !value.is_object() && !value.is_array());
        let Some((name, value)) = TELLING.iter().find_map(|name| Some((*name, told(name)?))) else {
            return String::new();
        };
        let currency = told("currency").and_then(Value::as_str).unwrap_or_default();
        match value.as_f64() {
            Some(amount) if matches!(name, "total" | "revenue") => {
                format!("{amount:.2} {currency}").trim_end().to_owned()
            }
            _ => attributes::show(value).chars().take(80).collect(),
        }
    }

    /// The particulars, lists of objects one line each.
    fn properties(&self) -> Vec<(String, Vec<String>)> {
        lines_of(Some(&self.row.properties))
    }

    /// What surrounded it.
    fn context(&self) -> Vec<(String, Vec<String>)> {
        lines_of(self.row.context.as_ref())
    }
}

fn lines_of(values: Option<&Value>) -> Vec<(String, Vec<String>)> {
    let Some(Value::Object(properties)) = values else { return Vec::new() };
    let lines = |value: &Value| match value {
        Value::Array(items) if items.iter().any(Value::is_object) => items.iter().map(one_line).collect(),
        other => vec![one_line(other)],
    };
    properties.iter().map(|(name, value)| (AttributeName::humanise(name), lines(value))).collect()
}

fn one_line(value: &Value) -> String {
    let Value::Object(fields) = value else { return attributes::show(value) };
    fields
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), attributes::show(value)))
        .collect::<Vec<_>>()
        .join(" · ")
}

#[derive(Template)]
#[template(path = "activity/index.html")]
struct ActivityPage {
    at: View,
    query: Query,
    period: Period,
    event: String,
    names: Vec<String>,
    days: Vec<Day>,
    pager: Pager,
}

impl ActivityPage {
    /// The same page with every entry opened or closed.
    fn expand_link(&self) -> String {
        self.query.with("open", if self.is_open() { "" } else { "all" }).address(&self.at.path())
    }

    fn is_open(&self) -> bool {
        self.query.get("open") == "all"
    }

    fn all_time(&self) -> String {
        format!("{}?period=all", self.at.path())
    }

    /// The same question for another period.
    fn period_link(&self, preset: &Preset) -> String {
        let rest = pager::from_start(&self.query).without(&["from", "to"]);
        rest.with("period", preset.slug()).address(&self.at.path())
    }
}

pub async fn index(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let (period, event) = (Period::parse(&query, now), query.get("event").to_owned());
    let (way, scope) = (pager::way::<Place>(&query), shell.scope.clone());
    let asked = (period.clone(), event.clone());
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Frame::load(conn, &scope, id, Tab::Activity, now)? else { return Ok(None) };
        let (period, event) = &asked;
        let event = Some(event.as_str()).filter(|event| !event.is_empty());
        let rows = store::timeline(conn, (scope.environment, id), period, event, (way, store::PAGE))?;
        Ok(Some((frame, rows, definitions::names(conn, scope.environment)?)))
    });
    let Some((frame, rows, names)) = loaded.await? else {
        return profiles::elsewhere(&state, &shell, id, Tab::Activity).await;
    };
    let place = |row: &EventRow| Place { at: row.occurred_at, id: row.id };
    let pager = Pager::new(&rows, &frame.path(&Tab::Activity), &query, place, ["Newer", "Older"]);
    let (days, at) = (by_day(rows, now), View { shell, frame, now });
    Ok(page(&ActivityPage { at, query, period, event, names, days, pager }))
}

fn by_day(rows: Page<EventRow>, now: Now) -> Vec<Day> {
    let mut days: Vec<(chrono::NaiveDate, Day)> = Vec::new();
    for row in rows.rows {
        let date = now.day_of(row.occurred_at);
        let entry = Entry { at: Moment::new(row.occurred_at, now), received: Moment::new(row.received_at, now), row };
        match days.last_mut() {
            Some((last, day)) if *last == date => day.entries.push(entry),
            _ => days.push((date, Day { label: day_label(date, now), entries: vec![entry] })),
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

fn day_label(date: chrono::NaiveDate, now: Now) -> String {
    let written = date.format("%A %-d %B %Y");
    match (now.day() - date).num_days() {
        0 => format!("Today, {written}"),
        1 => format!("Yesterday, {written}"),
        _ => written.to_string(),
    }
}
