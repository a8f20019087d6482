//! Adding tags to one profile and removing them, by hand.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    Tag,
    form::{confirmed, tag_field},
    store,
};
use crate::{
    console::Request,
    error::AppError,
    ingest::Statement,
    ledger::Effect,
    profile_page::{self, Tab, View},
    web::{Answer, Field, FormData, form::Problems, page_with, respond::see_other_saying},
};

#[derive(Template)]
#[template(path = "tags/form.html")]
struct FormPage {
    at: View,
    tag: Field,
    /// The typed tag, if the field holds another one instead, which differs only in case.
    separate: Option<String>,
    problems: Problems,
    offered: Vec<String>,
}

/// Tags offered for choosing one.
const OFFERED: i64 = 200;

pub fn add(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let confirmed = confirmed(sent);
    let tag = match Tag::typed(confirmed.unwrap_or_else(|| sent.raw("tag"))) {
        Ok(tag) => tag,
        Err(problem) => return request.read(|conn| show(request, conn, (sent.raw("tag"), None), Some(&problem))),
    };
    let environment = request.scope().environment;
    if confirmed.is_none()
        && let Some(twin) = request.read(|conn| Ok(store::twin(conn, environment, &tag)?))?
    {
        let problem = format!("The tag {twin} already exists. Add it, or add {tag} as a separate tag.");
        return request.read(|conn| show(request, conn, (&twin, Some(&tag)), Some(&problem)));
    }
    let (done, already) = (format!("Tag {tag} added."), format!("This person already has the tag {tag}."));
    say(request, Statement::Tags { add: vec![tag], remove: Vec::new() }, &done, &already)
}

pub fn remove(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    match Tag::typed(sent.raw("tag")) {
        Ok(tag) => {
            let (done, already) = (format!("Tag {tag} removed."), format!("Tag {tag} was already removed."));
            say(request, Statement::Tags { add: Vec::new(), remove: vec![tag] }, &done, &already)
        }
        // No button sends such a form.
        Err(_) => Err(AppError::BadRequest("The form has no tag. Reload the page and try again.")),
    }
}

fn say(request: &Request, statement: Statement, done: &str, already: &str) -> Result<Answer, AppError> {
    let outcome = request.say(request.id()?, statement)?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = request.scope().path(&format!("profiles/{profile}"));
    match outcome.effect {
        Effect::Missing => Err(AppError::NotFound),
        Effect::Unchanged => Ok(see_other_saying(&tab, already)),
        _ => Ok(see_other_saying(&tab, done)),
    }
}

pub fn form(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, (request.unsent().map_or("", |sent| sent.raw("tag")), None), None)
}

/// The form with what its field holds, the tag that was typed if that is another one, and the problem.
fn show(
    request: &Request,
    conn: &mut PgConnection,
    (held, typed): (&str, Option<&Tag>),
    problem: Option<&str>,
) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let offered = store::names(conn, request.scope().environment, OFFERED)?;
    let mut problems = Problems::default();
    if let Some(problem) = problem {
        problems.add("tag", problem);
    }
    let tag = tag_field("tag", "Tag to add").list("known-tags").value(held).problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &FormPage { at, tag, separate: typed.map(Tag::to_string), problems, offered }))
}
