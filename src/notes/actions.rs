//! Actions of the Notes tab.

use actix_web::http::StatusCode;

use super::{NoteChange, form::NoteForm, pages};
use crate::{
    console::Request,
    db::ids::NoteId,
    error::AppError,
    ingest::Statement,
    ledger::{Effect, Outcome},
    web::{Answer, FormData, respond::see_other_saying},
};

/// Changes a note of the profile in the address, and redirects to the Notes tab of the profile or its survivor; on a conflict answers with
/// both texts.
fn change(request: &Request, sent: &FormData, change: NoteChange, done: &str) -> Result<Answer, AppError> {
    let note = change.id();
    let outcome = request.say(request.id()?, Statement::Note(change))?;
    let Outcome { profile: Some(profile), effect } = outcome else { return Err(AppError::NotFound) };
    let tab = request.scope().path(&format!("profiles/{profile}/notes"));
    match effect {
        Effect::Missing => Err(AppError::NotFound),
        Effect::Conflict => request.read(|conn| pages::conflict(request, conn, profile, note, sent.raw("body"))),
        Effect::Unchanged => Ok(see_other_saying(&tab, "Nothing changed.")),
        _ => Ok(see_other_saying(&tab, done)),
    }
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: NoteId =
        sent.parsed("id").ok_or(AppError::BadRequest("The form is incomplete. Reload the page and try again."))?;
    match NoteForm::parse(id, sent) {
        Ok((body, _)) => change(request, sent, NoteChange::Add { id, body }, "Note added."),
        Err(form) => request.read(|conn| pages::list(request, conn, StatusCode::UNPROCESSABLE_ENTITY, &form)),
    }
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    if sent.get("use") == "theirs" {
        return request.read(|conn| pages::edit(request, conn));
    }
    let id = request.id()?;
    match NoteForm::parse(id, sent) {
        Ok((body, base)) => change(request, sent, NoteChange::Edit { id, body, base }, "Note saved."),
        Err(form) => request.read(|conn| pages::edit_again(request, conn, &form)),
    }
}

pub fn pin(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (id, pinned) = (request.id()?, sent.get("pinned") == "yes");
    let done = if pinned { "Note pinned." } else { "Note unpinned." };
    change(request, sent, NoteChange::Pin { id, pinned }, done)
}

pub fn destroy(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    change(request, sent, NoteChange::Delete { id: request.id()? }, "Note deleted.")
}
