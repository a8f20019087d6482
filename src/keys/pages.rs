//! What the page of keys shows.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Listed, Secret, form::KeyForm, store};
use crate::{
    console::Shell,
    db::ids::{KeyId, new_id},
    error::AppError,
    rejections,
    state::AppState,
    web::{Now, PathId, Timestamp, page, page_with},
};

#[derive(Template)]
#[template(path = "keys/index.html")]
struct KeysPage {
    shell: Shell,
    good: Vec<Listed>,
    revoked: Vec<Listed>,
    rejected: HashMap<KeyId, i64>,
    form: KeyForm,
    origin: String,
    now: Now,
}

impl KeysPage {
    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn path(&self) -> String {
        self.shell.scope.path("keys")
    }

    fn rejected(&self, key: &Listed) -> i64 {
        self.rejected.get(&key.id).copied().unwrap_or(0)
    }

    fn rejections(&self, key: &Listed) -> String {
        rejections::address(&self.shell.scope, key.id)
    }
}

#[derive(Template)]
#[template(path = "keys/made.html")]
struct MadePage<'a> {
    shell: Shell,
    name: &'a str,
    secret: &'a str,
    origin: &'a str,
}

#[derive(Template)]
#[template(path = "keys/revoke.html")]
struct RevokePage {
    shell: Shell,
    key: Listed,
    now: Now,
}

pub async fn index(state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let form = KeyForm::blank(KeyId(new_id(state.clock.now())));
    list(&state, shell, form, StatusCode::OK).await
}

/// The page, with what was typed into its form.
pub async fn list(state: &AppState, shell: Shell, form: KeyForm, status: StatusCode) -> Result<HttpResponse, AppError> {
    let environment = shell.scope.environment;
    let loaded = state
        .db
        .read(move |conn| Ok((store::list(conn, environment, None)?, rejections::count_by_key(conn, environment)?)));
    let (keys, rejected) = loaded.await?;
    let (good, revoked) = keys.into_iter().partition(|key| key.revoked_at.is_none());
    let (origin, now) = (state.config.server.site.origin().to_owned(), shell.now(&state.clock));
    Ok(page_with(status, &KeysPage { shell, good, revoked, rejected, form, origin, now }))
}

/// The one page that has a secret. Like every page it is not stored by browsers or proxies.
pub fn made(shell: Shell, name: &str, secret: &Secret, origin: &str) -> HttpResponse {
    page(&MadePage { shell, name, secret: secret.as_str(), origin })
}

pub async fn confirm_revoke(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
) -> Result<HttpResponse, AppError> {
    let (environment, id) = (shell.scope.environment, KeyId::from_path(&request)?);
    let key = state.db.read(move |conn| store::find_listed(conn, environment, id)).await?;
    let key = key.ok_or(AppError::NotFound)?;
    Ok(page(&RevokePage { now: shell.now(&state.clock), shell, key }))
}

impl RevokePage {
    fn path(&self) -> String {
        self.shell.scope.path("keys")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}
