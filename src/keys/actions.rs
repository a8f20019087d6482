//! Actions of the page of keys.

use super::{KeyCache, Secret, form::KeyForm, pages, store};
use crate::{
    console::Request,
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying},
};

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id =
        sent.parsed("id").ok_or(AppError::BadRequest("This form is incomplete. Reload the page and try again."))?;
    let draft = match KeyForm::parse(id, sent) {
        Ok(draft) => draft,
        Err(form) => return Ok(pages::new_again(request, *form)),
    };
    let (scope, db) = (request.scope(), &request.state.db);
    let (by, now, secret) = (request.actor(), request.now.at, Secret::new(scope.kind));
    let is_new = db.tx_now(|conn| store::add(conn, scope.environment, &draft, &secret, &by, now))?;
    db.memory::<KeyCache>().forget();
    if !is_new {
        let message = "This key was already created, and its secret was shown then. If you lost it, revoke the key and create a new one.";
        return Ok(see_other_saying(&scope.path("keys"), message));
    }
    // A page and not a redirect: the secret must be neither in an address nor in a cookie, and is not stored to be shown later.
    Ok(pages::made(request, draft.name.as_str(), &secret))
}

pub fn revoke(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (environment, id, db) = (request.scope().environment, request.id()?, &request.state.db);
    let (by, now) = (request.actor(), request.now.at);
    let (name, is_known) = db.tx_now(|conn| {
        let name = store::revoke(conn, environment, id, &by, now)?;
        Ok((name, store::find_listed(conn, environment, id)?.is_some()))
    })?;
    db.memory::<KeyCache>().forget();
    let list = request.scope().path("keys");
    match name {
        Some(name) => Ok(see_other_saying(&list, &format!("{name} is revoked. Calls with it are refused now."))),
        None if is_known => Ok(see_other_saying(&list, "That key was already revoked.")),
        None => Err(AppError::NotFound),
    }
}
