//! Pages of the keys.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{Capability, Listed, Secret, form::KeyForm, store};
use crate::{
    console::{Request, Shell},
    db::ids::{KeyId, new_id},
    error::AppError,
    rejections::{self, OfKey},
    web::{Answer, Now, Timestamp, page, page_with},
};

#[derive(Template)]
#[template(path = "keys/index.html")]
struct KeysPage {
    shell: Shell,
    good: Vec<Listed>,
    revoked: Vec<Listed>,
    rejected: HashMap<KeyId, OfKey>,
    origin: String,
    now: Now,
}

#[derive(Template)]
#[template(path = "keys/new.html")]
struct NewPage {
    shell: Shell,
    form: KeyForm,
}

impl KeysPage {
    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn path(&self) -> String {
        self.shell.scope.path("keys")
    }

    fn rejected(&self, key: &Listed) -> OfKey {
        self.rejected.get(&key.id).copied().unwrap_or_default()
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

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let environment = request.scope().environment;
    let keys = store::list(conn, environment, None)?;
    let rejected = rejections::count_by_key(conn, environment)?;
    let (good, revoked) = keys.into_iter().partition(|key| key.revoked_at.is_none());
    let (shell, origin) = (request.shell.clone(), request.state.config.server.site.origin().to_owned());
    Ok(page(&KeysPage { shell, good, revoked, rejected, origin, now: request.now }))
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let id = KeyId(new_id(request.now.at));
    let form = request.unsent().map_or_else(|| KeyForm::blank(id), |sent| KeyForm::typed(id, sent));
    Ok(page(&NewPage { shell: request.shell.clone(), form }))
}

/// The form of a new key again, with its problems.
pub fn new_again(request: &Request, form: KeyForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { shell: request.shell.clone(), form })
}

/// The only page that shows a secret. Like every page it is not stored by browsers or proxies.
pub fn made(request: &Request, name: &str, secret: &Secret) -> Answer {
    let (shell, origin) = (request.shell.clone(), request.state.config.server.site.origin());
    page(&MadePage { shell, name, secret: secret.as_str(), origin })
}

pub fn confirm_revoke(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let key = store::find_listed(conn, request.scope().environment, request.id()?)?.ok_or(AppError::NotFound)?;
    Ok(page(&RevokePage { shell: request.shell.clone(), key, now: request.now }))
}

impl RevokePage {
    fn path(&self) -> String {
        self.shell.scope.path("keys")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}
