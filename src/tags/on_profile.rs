//! Tags put on one person and taken off, by hand.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{Tag, form::tag_field, store};
use crate::{
    console::{self, Shell},
    db::ids::ProfileId,
    error::AppError,
    ingest::Statement,
    ledger::Effect,
    profile_page::{self, Header, Tab, View},
    state::AppState,
    web::{Field, FormData, PathId, form::Problems, page_with, respond::see_other_saying},
};

#[derive(Template)]
#[template(path = "tags/form.html")]
struct FormPage {
    at: View,
    tag: Field,
    problems: Problems,
    offered: Vec<String>,
}

/// Tags offered for choosing.
const OFFERED: i64 = 200;

pub async fn add(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    match Tag::typed(sent.raw("tag")) {
        Ok(tag) => {
            let (done, already) = (format!("Tag {tag} added."), format!("Tag {tag} was there already."));
            say(&request, &state, &shell, Statement::Tags { add: vec![tag], remove: Vec::new() }, &done, &already).await
        }
        Err(problem) => again(&request, &state, shell, sent.raw("tag"), problem).await,
    }
}

pub async fn remove(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    match Tag::typed(sent.raw("tag")) {
        Ok(tag) => {
            let (done, already) = (format!("Tag {tag} removed."), format!("Tag {tag} was gone already."));
            say(&request, &state, &shell, Statement::Tags { add: Vec::new(), remove: vec![tag] }, &done, &already).await
        }
        // No button sends that.
        Err(_) => Err(AppError::BadRequest("The form names no tag. Reload the page.")),
    }
}

async fn say(
    request: &HttpRequest,
    state: &AppState,
    shell: &Shell,
    statement: Statement,
    done: &str,
    already: &str,
) -> Result<HttpResponse, AppError> {
    let outcome = console::say(state, &shell.scope, ProfileId::from_path(request)?, statement).await?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = shell.scope.path(&format!("profiles/{profile}"));
    match outcome.effect {
        Effect::Missing => Err(AppError::NotFound),
        Effect::Unchanged => Ok(see_other_saying(&tab, already)),
        _ => Ok(see_other_saying(&tab, done)),
    }
}

/// What was typed, with what is wrong with it.
async fn again(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    typed: &str,
    problem: String,
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Info, now)? else { return Ok(None) };
        Ok(Some((frame, store::names(conn, scope.environment, OFFERED)?)))
    });
    let Some((frame, offered)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await;
    };
    let mut problems = Problems::default();
    problems.add("tag", problem);
    let tag = tag_field("tag", "Tag to add").list("known-tags").value(typed).problem(&problems.0);
    let at = View { shell, frame, now };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { at, tag, problems, offered }))
}
