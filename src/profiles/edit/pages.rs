//! Pages with the forms for editing.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    form::{MOST, Row, Sent, Subject},
    store::Present,
};
use crate::{
    attributes::AttributeName,
    console::Request,
    error::AppError,
    identities::Channel,
    ledger,
    profile_page::View,
    profiles::facts::PERSONAL,
    web::{Answer, Problem, Timestamp, form::Problems, page, page_with, pairs::Pairs},
};

/// A value that somebody else saved while the form was open.
pub struct Theirs {
    label: String,
    value: String,
    yours: String,
    source: String,
    at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "profiles/edit.html")]
struct EditPage {
    at: View,
    title: &'static str,
    rows: Vec<Row>,
    /// Attributes that nobody can change by hand, each with the reason.
    fixed: Vec<(String, &'static str)>,
    theirs: Vec<Theirs>,
    problems: Problems,
    /// Name of the form's only attribute, which can be removed; `None` for a section.
    single: Option<String>,
    /// Whether the section has more fields than a form holds.
    is_cut: bool,
    zones: bool,
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
    let (title, subjects) = section(query, &now).ok_or(AppError::NotFound)?;
    let (fixed, mut subjects): (Vec<_>, Vec<_>) =
        subjects.into_iter().partition(|subject| subject.why_fixed(&now).is_some());
    let fixed = fixed.iter().filter_map(|subject| Some((subject.label(&now), subject.why_fixed(&now)?))).collect();
    let is_cut = subjects.len() > MOST;
    subjects.truncate(MOST);
    let rows = subjects.iter().enumerate().map(|(place, of)| Row::new(of, place, &now, None, &[])).collect();
    let single = Some(query.get("name").to_owned()).filter(|name| !name.is_empty());
    let zones = query.get("section") == "personal";
    Ok(page(&EditPage {
        at: now.at,
        title,
        rows,
        fixed,
        theirs: Vec::new(),
        problems: Problems::default(),
        single,
        is_cut,
        zones,
    }))
}

/// The form as it was typed, with its problems, or beside the values that somebody else saved.
pub fn again(now: Present, sent: &[Sent], (problems, conflicts): (Vec<Problem>, Vec<usize>)) -> Answer {
    let theirs = |place: &usize| {
        let of = &sent[*place].of;
        let (source, at) = now.said(of).unzip();
        let value = if of.is_hidden(&now) { ledger::HIDDEN.to_owned() } else { of.typed(&now) };
        let yours = sent[*place].typed.clone();
        let at = at.map(|at| now.at.moment(&at));
        Theirs { label: of.label(&now), value, yours, source: source.unwrap_or_default(), at }
    };
    let theirs: Vec<Theirs> = conflicts.iter().map(theirs).collect();
    // A field that was not touched shows the present value.
    let typed = |sent: &'_ Sent| sent.is_touched().then(|| sent.typed.clone());
    let row = |(place, sent): (usize, &Sent)| Row::new(&sent.of, place, &now, typed(sent).as_deref(), &problems);
    let rows = sent.iter().enumerate().map(row).collect();
    let status = if theirs.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    let title = if theirs.is_empty() { "Edit" } else { "Two people changed this" };
    let (at, problems, fixed) = (now.at, Problems(problems), Vec::new());
    page_with(status, &EditPage { at, title, rows, fixed, theirs, problems, single: None, is_cut: false, zones: false })
}
