//! Pages of the Notes tab.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    NoteRow,
    form::NoteForm,
    rendered::{Rendered, render},
    store::{self, FirstNotes, History},
};
use crate::{
    console::Request,
    db::ids::{NoteId, ProfileId, new_id},
    error::AppError,
    profile_page::{self, Tab, View},
    web::{Answer, page, page_with},
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

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id = NoteId(new_id(request.now.at));
    let unsent = request.unsent().map(|sent| NoteForm::typed(sent.parsed("id").unwrap_or(id), sent));
    let form = unsent.unwrap_or_else(|| NoteForm::new(id, 0, ""));
    list(request, conn, StatusCode::OK, &form)
}

/// The tab, with the text typed into its form.
pub fn list(
    request: &Request,
    conn: &mut PgConnection,
    status: StatusCode,
    form: &NoteForm,
) -> Result<Answer, AppError> {
    let (at, (FirstNotes(notes),)) = profile_page::open_with(request, conn, Tab::Notes)?;
    let notes = render(&request.state.db, notes);
    Ok(page_with(status, &NotesPage { at, notes, form: form.clone() }))
}

fn one(request: &Request, conn: &mut PgConnection) -> Result<(View, Rendered<NoteRow>), AppError> {
    find(request, conn, request.id()?, request.id()?)
}

fn find(
    request: &Request,
    conn: &mut PgConnection,
    id: ProfileId,
    note: NoteId,
) -> Result<(View, Rendered<NoteRow>), AppError> {
    let (at, ()) = profile_page::open_at(request, conn, id, Tab::Notes)?;
    let note = store::find(conn, at.key(), note)?;
    let note = note.and_then(|note| render(&request.state.db, vec![note]).pop());
    Ok((at, note.ok_or(AppError::NotFound)?))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, note) = one(request, conn)?;
    let unsent = request.unsent().map(|sent| NoteForm::typed(note.id, sent));
    Ok(page(&EditPage { at, form: unsent.unwrap_or_else(|| NoteForm::new(note.id, note.version, &note.body)) }))
}

/// The edit form again, with its problems.
pub fn edit_again(request: &Request, conn: &mut PgConnection, form: &NoteForm) -> Result<Answer, AppError> {
    let (at, _) = one(request, conn)?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { at, form: form.clone() }))
}

/// A conflict with a newer version: both texts, and a form that replaces the newer one knowingly.
pub fn conflict(
    request: &Request,
    conn: &mut PgConnection,
    profile: ProfileId,
    note: NoteId,
    mine: &str,
) -> Result<Answer, AppError> {
    let (at, theirs) = find(request, conn, profile, note)?;
    let form = NoteForm::new(theirs.id, theirs.version, mine);
    let when = at.moment(&theirs.edited_at).relative();
    let form = form.saying(&format!("{} changed this note, {when}. Their text is above.", theirs.editor));
    Ok(page_with(StatusCode::CONFLICT, &ConflictPage { at, theirs, form }))
}

pub fn confirm_delete(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, note) = one(request, conn)?;
    Ok(page(&DeletePage { at, note }))
}

pub fn history(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Notes)?;
    let texts = store::history(conn, at.key(), request.id()?)?;
    let texts = render(&request.state.db, texts.ok_or(AppError::NotFound)?);
    Ok(page(&HistoryPage { at, texts }))
}
