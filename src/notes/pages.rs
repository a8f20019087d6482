//! What the Notes tab shows.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{
    NoteRow,
    form::NoteForm,
    rendered::{Rendered, render},
    store::{self, History},
};
use crate::{
    console::Shell,
    db::ids::{NoteId, ProfileId, new_id},
    error::AppError,
    profile_page::{self, Header, Tab, View},
    state::AppState,
    web::{PathId, page, page_with},
};

#[derive(Template)]
#[template(path = "notes/index.html")]
struct NotesPage {
    at: View,
    notes: Vec<Rendered<NoteRow>>,
    form: NoteForm,
}

#[derive(Template)]
#[template(path = "notes/form.html")]
struct EditPage {
    at: View,
    form: NoteForm,
}

#[derive(Template)]
#[template(path = "notes/confirm.html")]
struct DeletePage {
    at: View,
    note: Rendered<NoteRow>,
}

#[derive(Template)]
#[template(path = "notes/history.html")]
struct HistoryPage {
    at: View,
    texts: Vec<Rendered<History>>,
}

#[derive(Template)]
#[template(path = "notes/conflict.html")]
struct ConflictPage {
    at: View,
    theirs: Rendered<NoteRow>,
    form: NoteForm,
}

pub async fn index(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let form = NoteForm::new(NoteId(new_id(state.clock.now())), 0, "");
    list(&request, &state, shell, form, StatusCode::OK).await
}

/// The tab, with what was typed into its form.
pub async fn list(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    form: NoteForm,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.work(move |db| {
        let found = db.read_now(|conn| {
            let Some(frame) = Header::load(conn, &scope, id, Tab::Notes, now)? else { return Ok(None) };
            Ok(Some((frame, store::of(conn, (scope.environment, id), None)?)))
        })?;
        Ok(found.map(|(frame, notes)| (frame, render(db, notes))))
    });
    let Some((frame, notes)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Notes).await;
    };
    let at = View { shell, frame, now };
    Ok(page_with(status, &NotesPage { at, notes, form }))
}

/// The note in the address.
fn asked(request: &HttpRequest) -> Result<(ProfileId, NoteId), AppError> {
    Ok((ProfileId::from_path(request)?, NoteId::from_path(request)?))
}

/// The frame and one note, or the way to where they are.
async fn one(
    state: &AppState,
    shell: Shell,
    (id, note): (ProfileId, NoteId),
) -> Result<Result<(View, Rendered<NoteRow>), HttpResponse>, AppError> {
    let (scope, now) = (shell.scope.clone(), shell.now(&state.clock));
    let loaded = state.db.work(move |db| {
        let found = db.read_now(|conn| {
            let Some(frame) = Header::load(conn, &scope, id, Tab::Notes, now)? else { return Ok(None) };
            Ok(store::find(conn, (scope.environment, id), note)?.map(|note| (frame, note)))
        })?;
        Ok(found.and_then(|(frame, note)| Some((frame, render(db, vec![note]).pop()?))))
    });
    match loaded.await? {
        Some((frame, note)) => Ok(Ok((View { shell, frame, now }, note))),
        None => profile_page::redirect_if_merged(state, &shell, id, Tab::Notes).await.map(Err),
    }
}

pub async fn edit(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    Ok(match one(&state, shell, asked(&request)?).await? {
        Ok((at, note)) => page(&EditPage { at, form: NoteForm::new(note.id, note.version, &note.body) }),
        Err(elsewhere) => elsewhere,
    })
}

/// The edit form again, with what is wrong.
pub async fn edit_again(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    form: NoteForm,
) -> Result<HttpResponse, AppError> {
    Ok(match one(state, shell, asked(request)?).await? {
        Ok((at, _)) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { at, form }),
        Err(elsewhere) => elsewhere,
    })
}

/// Somebody else was quicker: both texts, and a form that saves over the newer one knowingly.
pub async fn conflict(
    state: &AppState,
    shell: Shell,
    note: (ProfileId, NoteId),
    mine: &str,
) -> Result<HttpResponse, AppError> {
    Ok(match one(state, shell, note).await? {
        Ok((at, theirs)) => {
            let form = NoteForm::new(theirs.id, theirs.version, mine);
            page_with(StatusCode::CONFLICT, &ConflictPage { at, theirs, form })
        }
        Err(elsewhere) => elsewhere,
    })
}

pub async fn confirm_delete(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
) -> Result<HttpResponse, AppError> {
    Ok(match one(&state, shell, asked(&request)?).await? {
        Ok((at, note)) => page(&DeletePage { at, note }),
        Err(elsewhere) => elsewhere,
    })
}

pub async fn history(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let ((id, note), now) = (asked(&request)?, shell.now(&state.clock));
    let scope = shell.scope.clone();
    let loaded = state.db.work(move |db| {
        let found = db.read_now(|conn| {
            let Some(frame) = Header::load(conn, &scope, id, Tab::Notes, now)? else { return Ok(None) };
            Ok(store::history(conn, (scope.environment, id), note)?.map(|texts| (frame, texts)))
        })?;
        Ok(found.map(|(frame, texts)| (frame, render(db, texts))))
    });
    let Some((frame, texts)) = loaded.await? else {
        return profile_page::redirect_if_merged(&state, &shell, id, Tab::Notes).await;
    };
    let at = View { shell, frame, now };
    Ok(page(&HistoryPage { at, texts }))
}
