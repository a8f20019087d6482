//! Forms of corrections.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{
    form::{MOST, Row, Sent, Subject},
    store::Present,
};
use crate::{
    attributes::AttributeName,
    console::Shell,
    db::ids::ProfileId,
    error::AppError,
    identities::Channel,
    ledger,
    profile_page::{Tab, View, redirect_if_merged},
    profiles::facts::PERSONAL,
    state::AppState,
    web::{PathId, Problem, Query, Timestamp, form::Problems, page, page_with, pairs::Pairs},
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
    /// Attributes that nobody can change, each with the reason.
    fixed: Vec<(String, &'static str)>,
    theirs: Vec<Theirs>,
    problems: Problems,
    /// The only attribute of the form, which can be removed.
    single: Option<String>,
    /// There are more than one form holds.
    is_cut: bool,
    zones: bool,
}

/// Reserved attributes that the form offers only if they have a value: they say what others say better.
const SELDOM: [&str; 3] = ["name", "age", "mobile"];

/// What a section's form is about, and what it is called.
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

pub async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let (id, made) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let scope = shell.scope.clone();
    let Some(now) = state.db.read(move |conn| Present::load(conn, &scope, id, &PERSONAL, made)).await? else {
        return redirect_if_merged(&state, &shell, id, Tab::Info).await;
    };
    let (title, subjects) = section(&query, &now).ok_or(AppError::NotFound)?;
    let (fixed, mut subjects): (Vec<_>, Vec<_>) =
        subjects.into_iter().partition(|subject| subject.why_fixed(&now).is_some());
    let fixed = fixed.iter().filter_map(|subject| Some((subject.label(&now), subject.why_fixed(&now)?))).collect();
    let is_cut = subjects.len() > MOST;
    subjects.truncate(MOST);
    let rows = subjects.iter().enumerate().map(|(place, of)| Row::new(of, place, &now, None, &[])).collect();
    let single = Some(query.get("name").to_owned()).filter(|name| !name.is_empty());
    let zones = query.get("section") == "personal";
    let at = View { shell, frame: now.frame, now: made };
    Ok(page(&EditPage {
        at,
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

/// The form as it was typed: with what is wrong, or beside what somebody else saved meanwhile.
pub fn again(
    shell: Shell,
    state: &AppState,
    now: Present,
    sent: &[Sent],
    found: (Vec<Problem>, Vec<usize>),
) -> HttpResponse {
    let (made, (problems, conflicts)) = (shell.now(&state.clock), found);
    let theirs = |place: &usize| {
        let of = &sent[*place].of;
        let (source, at) = now.said(of).unzip();
        let value = if of.is_hidden(&now) { ledger::HIDDEN.to_owned() } else { of.typed(&now) };
        let yours = sent[*place].typed.clone();
        let at = at.map(|at| Timestamp::new(at, made));
        Theirs { label: of.label(&now), value, yours, source: source.unwrap_or_default(), at }
    };
    let theirs: Vec<Theirs> = conflicts.iter().map(theirs).collect();
    // What was left alone shows what is saved by now.
    let typed = |sent: &'_ Sent| sent.is_touched().then(|| sent.typed.clone());
    let row = |(place, sent): (usize, &Sent)| Row::new(&sent.of, place, &now, typed(sent).as_deref(), &problems);
    let rows = sent.iter().enumerate().map(row).collect();
    let status = if theirs.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    let title = if theirs.is_empty() { "Edit" } else { "Two people changed this" };
    let at = View { shell, frame: now.frame, now: made };
    let (problems, fixed) = (Problems(problems), Vec::new());
    page_with(status, &EditPage { at, title, rows, fixed, theirs, problems, single: None, is_cut: false, zones: false })
}
