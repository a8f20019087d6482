//! What the page of keys changes.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{KeyCache, Secret, form::KeyForm, pages, store};
use crate::{
    console::Shell,
    db::ids::KeyId,
    error::AppError,
    state::AppState,
    web::{FormData, PathId, respond::see_other_saying},
};

pub async fn create(
    state: Data<AppState>,
    keys: Data<KeyCache>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let id = sent.parsed("id").ok_or(AppError::BadRequest("The form lacks the id of the key. Reload the page."))?;
    let draft = match KeyForm::parse(id, &sent) {
        Ok(draft) => Arc::new(draft),
        Err(form) => return pages::list(&state, shell, *form, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let (environment, by) = (shell.scope.environment, (Some(shell.scope.operator.id), state.clock.now()));
    let secret = Arc::new(Secret::new(shell.scope.kind));
    let said = (draft.clone(), secret.clone());
    let is_new = state.db.tx(move |conn| store::add(conn, environment, &said.0, &said.1, by)).await?;
    keys.forget();
    if !is_new {
        let message =
            "That key was made already, and its secret was shown then. If it is lost, revoke the key and make another.";
        return Ok(see_other_saying(&shell.scope.path("keys"), message));
    }
    // A page and no redirect: the secret must be neither in an address nor in a cookie, and is stored nowhere to show it later.
    Ok(pages::made(shell, draft.name.as_str(), &secret, state.config.server.site.origin()))
}

pub async fn revoke(
    request: HttpRequest,
    state: Data<AppState>,
    keys: Data<KeyCache>,
    shell: Shell,
) -> Result<HttpResponse, AppError> {
    let (environment, id) = (shell.scope.environment, KeyId::from_path(&request)?);
    let by = (Some(shell.scope.operator.id), state.clock.now());
    let revoked = state.db.tx(move |conn| {
        let name = store::revoke(conn, environment, id, by)?;
        Ok((name, store::find_listed(conn, environment, id)?.is_some()))
    });
    let (name, is_known) = revoked.await?;
    keys.forget();
    let list = shell.scope.path("keys");
    match name {
        Some(name) => {
            Ok(see_other_saying(&list, &format!("{name} is revoked. Calls with it are refused from now on.")))
        }
        None if is_known => Ok(see_other_saying(&list, "That key was revoked already.")),
        None => Err(AppError::NotFound),
    }
}
