use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{form::AddForm, typed::Sort};
use crate::{
    console::Shell,
    db::ids::{ProfileId, new_id},
    error::AppError,
    events::definitions,
    profile_page::{self, Header, Tab, View},
    state::AppState,
    web::{PathId, page_with},
};

#[derive(Template)]
#[template(path = "events/add.html")]
struct AddPage {
    at: View,
    form: AddForm,
    names: Vec<String>,
}

pub async fn new(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let now = shell.now(&state.clock);
    show(&request, &state, shell, AddForm::blank(new_id(now.at), now), StatusCode::OK).await
}

/// The form, with what was typed into it.
pub async fn show(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    form: AddForm,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Activity, now)? else { return Ok(None) };
        Ok(Some((frame, definitions::event_names(conn, scope.environment)?)))
    });
    let Some((frame, names)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Activity).await;
    };
    let at = View { shell, frame, now };
    Ok(page_with(status, &AddPage { at, form, names }))
}
