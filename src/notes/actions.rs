//! What the Notes tab changes: form, item, write path, back to the tab.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{NoteChange, form::NoteForm, pages};
use crate::{
    console,
    console::Shell,
    db::ids::{NoteId, ProfileId},
    error::AppError,
    ingest::Statement,
    ledger::{Effect, Outcome},
    state::AppState,
    web::{FormData, PathId, respond::see_other_saying},
};

/// Says one thing about the profile in the address, as the operator.
async fn say(request: &HttpRequest, state: &AppState, shell: &Shell, change: NoteChange) -> Result<Outcome, AppError> {
    console::say(state, &shell.scope, ProfileId::from_path(request)?, Statement::Note(change)).await
}

/// To the notes of whoever the profile is part of by now.
fn back(shell: &Shell, outcome: &Outcome, done: &str) -> Result<HttpResponse, AppError> {
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = shell.scope.path(&format!("profiles/{profile}/notes"));
    match outcome.effect {
        Effect::Missing => Err(AppError::NotFound),
        Effect::Unchanged => Ok(see_other_saying(&tab, "Nothing changed.")),
        _ => Ok(see_other_saying(&tab, done)),
    }
}

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let id: NoteId =
        sent.parsed("id").ok_or(AppError::BadRequest("The form lacks the id of the note. Reload the page."))?;
    let body = match NoteForm::parse(id, &sent) {
        Ok((body, _)) => body,
        Err(form) => return pages::list(&request, &state, shell, *form, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let outcome = say(&request, &state, &shell, NoteChange::Add { id, body }).await?;
    match outcome {
        Outcome { profile: Some(profile), effect: Effect::Conflict } => {
            pages::conflict(&state, shell, (profile, id), sent.raw("body")).await
        }
        _ => back(&shell, &outcome, "Note added."),
    }
}

pub async fn update(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let id = NoteId::from_path(&request)?;
    let (body, base) = match NoteForm::parse(id, &sent) {
        Ok(parsed) => parsed,
        Err(form) => return pages::edit_again(&request, &state, shell, *form).await,
    };
    let outcome = say(&request, &state, &shell, NoteChange::Edit { id, body, base }).await?;
    match outcome {
        Outcome { profile: Some(profile), effect: Effect::Conflict } => {
            pages::conflict(&state, shell, (profile, id), sent.raw("body")).await
        }
        _ => back(&shell, &outcome, "Note saved."),
    }
}

pub async fn pin(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (id, pinned) = (NoteId::from_path(&request)?, sent.get("pinned") == "yes");
    let outcome = say(&request, &state, &shell, NoteChange::Pin { id, pinned }).await?;
    back(&shell, &outcome, if pinned { "Note pinned." } else { "Note unpinned." })
}

pub async fn destroy(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let outcome = say(&request, &state, &shell, NoteChange::Delete { id: NoteId::from_path(&request)? }).await?;
    back(&shell, &outcome, "Note deleted.")
}
