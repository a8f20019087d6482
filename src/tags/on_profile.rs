//! Adding tags to one profile and removing them, by hand.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{Tag, form::tag_field, store};
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
    problems: Problems,
    offered: Vec<String>,
}

/// Tags offered for choosing one.
const OFFERED: i64 = 200;

pub fn add(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    match Tag::typed(sent.raw("tag")) {
        Ok(tag) => {
            let (done, already) = (format!("Tag {tag} added."), format!("Tag {tag} was there already."));
            say(request, Statement::Tags { add: vec![tag], remove: Vec::new() }, &done, &already)
        }
        Err(problem) => request.read(|conn| show(request, conn, sent.raw("tag"), Some(&problem))),
    }
}

pub fn remove(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    match Tag::typed(sent.raw("tag")) {
        Ok(tag) => {
            let (done, already) = (format!("Tag {tag} removed."), format!("Tag {tag} was gone already."));
            say(request, Statement::Tags { add: Vec::new(), remove: vec![tag] }, &done, &already)
        }
        // No button sends such a form.
        Err(_) => Err(AppError::BadRequest("The form names no tag. Reload the page.")),
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
    show(request, conn, request.unsent().map_or("", |sent| sent.raw("tag")), None)
}

/// The form as typed, with its problem.
fn show(request: &Request, conn: &mut PgConnection, typed: &str, problem: Option<&str>) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let offered = store::names(conn, request.scope().environment, OFFERED)?;
    let mut problems = Problems::default();
    if let Some(problem) = problem {
        problems.add("tag", problem);
    }
    let tag = tag_field("tag", "Tag to add").list("known-tags").value(typed).problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &FormPage { at, tag, problems, offered }))
}
