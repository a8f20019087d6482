//! Pages with the forms for editing.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    form::{MOST, Row, Sent, Subject, Verdict},
    store::Present,
};
use crate::{
    attributes::AttributeName,
    console::Request,
    error::AppError,
    identities::Channel,
    ledger,
    profile_page::View,
    profiles::{facts::PERSONAL, languages},
    web::{Answer, Field, Problem, form::Problems, page, page_with, pairs::Pairs},
};

#[derive(Template)]
#[template(path = "profiles/edit.html")]
struct EditPage {
    at: View,
    title: &'static str,
    /// The query that chose the fields, so that the form is sent to an address that can be reloaded.
    query: String,
    rows: Vec<Row>,
    /// Attributes that nobody can change by hand, each with the reason.
    fixed: Vec<(String, &'static str)>,
    /// Fields that somebody else changed while the form was open.
    contested: Problems,
    problems: Problems,
    /// Name of the form's only attribute, which can be removed; `None` for a section.
    single: Option<String>,
    /// Whether the section has more fields than a form holds.
    is_cut: bool,
}

impl EditPage {
    fn new(at: View, query: &Pairs, title: &'static str, rows: Vec<Row>) -> Self {
        let single = Some(query.get("name").to_owned()).filter(|name| !name.is_empty());
        let (contested, problems) = (Problems::default(), Problems::default());
        let query = query.without(&["use"]).address("");
        Self { at, title, query, rows, fixed: Vec::new(), contested, problems, single, is_cut: false }
    }

    /// Label of the field that a problem is about.
    fn label(&self, problem: &Problem) -> &str {
        self.rows.iter().map(|row| &row.field).find(|field| field.name() == problem.field).map_or("", Field::label)
    }

    /// Whether a field has these suggestions.
    fn offers(&self, list: &str) -> bool {
        self.rows.iter().any(|row| row.list == Some(list))
    }
}

/// Reserved attributes that the form offers only if they have a value, because others say the same better.
const SELDOM: [&str; 3] = ["name", "age", "mobile"];

/// Title and subjects of a section's form; `None` if there is no such section or attribute.
fn section(query: &Pairs, now: &Present) -> Option<(&'static str, Vec<Subject>)> {
    let attribute = |name: &str| AttributeName::new(name).ok().map(Subject::Attribute);
    if !query.get("name").is_empty() {
        let known = Some(query.get("name")).filter(|name| now.values.contains_key(*name));
        return Some(("Edit an attribute", vec![attribute(known?)?]));
    }
    Some(match query.get("section") {
        "contact" => ("Edit contact", Channel::ALL.into_iter().map(Subject::Address).collect()),
        "" | "personal" => {
            let offered = |name: &&str| !SELDOM.contains(name) || now.values.contains_key(*name);
            (
                "Edit personal data",
                PERSONAL.iter().filter(|name| offered(name)).filter_map(|name| attribute(name)).collect(),
            )
        }
        "attributes" => {
            let mut names: Vec<_> = now.values.keys().filter(|name| !PERSONAL.contains(&name.as_str())).collect();
            let place = |name: &str| now.definitions.get(name).and_then(|it| it.place).unwrap_or(i32::MAX);
            names.sort_by_cached_key(|name| (place(name), (*name).clone()));
            ("Edit attributes", names.into_iter().filter_map(|name| attribute(name)).collect())
        }
        _ => return None,
    })
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, now) = (&request.query, Present::load(request, conn, &PERSONAL)?);
    if let Some(unsent) = request.unsent() {
        let sent = Sent::all(unsent);
        let is_contested = |place: &usize| matches!(sent[*place].judge(&now, *place, false), Verdict::Conflict);
        let contested: Vec<usize> = (0..sent.len()).filter(is_contested).collect();
        return Ok(again(query, now, &sent, (Vec::new(), &contested, StatusCode::OK)));
    }
    let (title, subjects) = section(query, &now).ok_or(AppError::NotFound)?;
    let (fixed, mut subjects): (Vec<_>, Vec<_>) =
        subjects.into_iter().partition(|subject| subject.why_fixed(&now).is_some());
    let fixed = fixed.iter().filter_map(|subject| Some((subject.label(&now), subject.why_fixed(&now)?))).collect();
    let is_cut = subjects.len() > MOST;
    subjects.truncate(MOST);
    let rows = subjects.iter().enumerate().map(|(place, of)| Row::new(of, place, &now, None, &[])).collect();
    Ok(page(&EditPage { fixed, is_cut, ..EditPage::new(now.at, query, title, rows) }))
}

/// What happened to a field while its form was open: who changed it, when, and to what.
fn contest(sent: &Sent, place: usize, now: &Present) -> Problem {
    let value = match sent.of.typed(now) {
        _ if sent.of.is_hidden(now) => "The new value is hidden".to_owned(),
        text if text.is_empty() => "It was removed".to_owned(),
        text => format!("It is now “{}”", ledger::cut(&text, ledger::LONGEST)),
    };
    let by = now.said(&sent.of).map_or_else(
        || "Somebody else changed it".to_owned(),
        |(source, at)| format!("{source} changed it {}", now.at.moment(&at).relative()),
    );
    Problem { field: Sent::field(place).into(), message: format!("{by}. {value}.") }
}

/// The form as it was typed, with its problems, and with what others saved at the fields of these places.
pub fn again(
    query: &Pairs,
    now: Present,
    sent: &[Sent],
    (problems, contested, status): (Vec<Problem>, &[usize], StatusCode),
) -> Answer {
    let contested: Vec<Problem> = contested.iter().map(|place| contest(&sent[*place], *place, &now)).collect();
    let said: Vec<Problem> = contested.iter().chain(&problems).cloned().collect();
    // A field that was not touched shows the present value.
    let typed = |sent: &'_ Sent| sent.is_touched().then(|| sent.typed.clone());
    let row = |(place, sent): (usize, &Sent)| Row {
        is_contested: contested.iter().any(|it| it.field == Sent::field(place)),
        ..Row::new(&sent.of, place, &now, typed(sent).as_deref(), &said)
    };
    let rows = sent.iter().enumerate().map(row).collect();
    let title = section(query, &now).map_or("Edit", |(title, _)| title);
    let (contested, problems) = (Problems(contested), Problems(problems));
    page_with(status, &EditPage { contested, problems, ..EditPage::new(now.at, query, title, rows) })
}
