//! Forms that arrived after their session had ended: nothing of them is stored, and they come back to be sent once more.
//!
//! The sign-in page carries what was typed in a hidden field, so that the server keeps nothing for strangers and a restart of the browser
//! forgets it. The field is signed together with the address of the form, the time, and the token of the visitor: it opens in that browser
//! alone, for that form alone, for a day, which outlasts a lunch and a meeting. After the sign-in the browser sends it to that address
//! (307), where the guard finds no form token of the new session in it, and so shows the page of the form with what was typed in it and a
//! line that says where that comes from. Only the person who presses its button then changes anything.
//!
//! No other site can fill a form in this way: only forms of which the browser itself says that a page of this console sent them are kept.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Csrf, Page, Scope, guard::TOKEN_FIELD, request::Arrived};
use crate::{
    auth::Permission,
    db::ids::OperatorId,
    error::AppError,
    state::{self, AppState},
    web::{Answer, FormData, SigningKey, pairs::Pairs},
};

/// Name of the hidden field of the sign-in page that carries a form.
pub const FIELD: &str = "unsent";

/// Name of the field of forms that holds a secret.
const SECRET_FIELD: &str = "secret";
/// Purpose of the signatures on carried forms.
const PURPOSE: &str = "unsent form";
/// Purpose of the signatures on form tokens.
const TOKEN: &str = "form token";
/// How long a carried form can be opened.
const KEPT: TimeDelta = TimeDelta::days(1);
/// Bytes of a carried form at most: several times the longest note. The field is a third longer.
const LONGEST: usize = 256 << 10;

/// Pages of the forms of workspaces, by the address that each form is sent to.
#[derive(Default)]
pub struct FormPages {
    pages: BTreeMap<&'static str, (Permission, Page)>,
    led: BTreeMap<&'static str, &'static str>,
}

impl FormPages {
    pub(super) fn add(&mut self, path: &'static str, permission: Permission, page: Page) {
        self.pages.insert(path, (permission, page));
    }

    pub(super) fn lead(&mut self, path: &'static str, page: &'static str) {
        self.led.insert(path, page);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.pages.extend(other.pages);
        self.led.extend(other.led);
    }

    /// The page of the form that is sent to `path`, a pattern; `None` if no page of a workspace has such a form.
    pub(super) fn of(&self, path: &str) -> Option<(Permission, Page)> {
        self.pages.get(self.led.get(path).copied().unwrap_or(path)).copied()
    }
}

/// Makes the sign-in page for a form that arrived without a session. `app` says which page that is: it stands above the console.
#[derive(Clone, Copy)]
pub struct Door(pub fn(&HttpRequest, &Csrf, &Kept) -> Result<Answer, AppError>);

/// What the sign-in page carries of a form.
pub enum Kept {
    /// The sealed form, for the field [`FIELD`].
    Sealed(String),
    /// Nothing, because the form is too long.
    TooLong,
}

impl Kept {
    /// Seals a form that was sent to `address`.
    pub(super) fn seal(key: &SigningKey, visitor: &str, address: &str, form: &Pairs, now: DateTime<Utc>) -> Self {
        // Passwords and the like are typed again: the field is signed, but everybody at that browser can read it.
        let typed = form.without(&[TOKEN_FIELD, SECRET_FIELD]).address("");
        let kept = format!("{}\n{address}\n{typed}", now.timestamp());
        if kept.len() > LONGEST {
            return Self::TooLong;
        }
        let kept = BASE64_URL_SAFE_NO_PAD.encode(kept);
        Self::Sealed(format!("{kept}.{}", key.signature(&[PURPOSE, visitor, &kept])))
    }

    /// The field's value; empty if nothing is carried.
    pub fn as_text(&self) -> &str {
        match self {
            Self::Sealed(sealed) => sealed,
            Self::TooLong => "",
        }
    }
}

/// A form that was carried over a sign-in.
pub struct Unsent {
    /// Path and query that it was sent to.
    pub address: String,
    typed: Pairs,
}

impl Unsent {
    /// Opens the field of a sign-in page. `None`: it was not sealed for this visitor by this process, or too long ago.
    pub fn open(state: &AppState, visitor: &str, sealed: &str) -> Option<Self> {
        let (kept, signature) = sealed.rsplit_once('.')?;
        let is_ours = state.signing.is_signature(signature, &[PURPOSE, visitor, kept]);
        let kept = BASE64_URL_SAFE_NO_PAD.decode(kept).ok().filter(|_| is_ours)?;
        let kept = String::from_utf8(kept).ok()?;
        let (sealed_at, rest) = kept.split_once('\n')?;
        let (address, typed) = rest.split_once('\n')?;
        let age = state.clock.now() - DateTime::from_timestamp(sealed_at.parse().ok()?, 0)?;
        let typed = Pairs::parse(typed.trim_start_matches('?').as_bytes());
        (age <= KEPT).then(|| Self { address: address.to_owned(), typed })
    }
}

/// The form token of a session as pages carry it: with a signature that names its operator, by which a token is known to be of an earlier
/// session of theirs.
pub(super) fn form_token(key: &SigningKey, operator: OperatorId, secret: &str) -> String {
    format!("{secret}.{}", key.signature(&[TOKEN, &operator.to_string(), secret]))
}

/// Whether the form token is of a session, also an ended one, of this operator.
fn is_own_token(key: &SigningKey, operator: OperatorId, token: &str) -> bool {
    let Some((secret, signature)) = token.split_once('.') else { return false };
    key.is_signature(signature, &[TOKEN, &operator.to_string(), secret])
}

/// What was typed into a form without the token of the present session, if the form was carried over a sign-in, or comes from a page of an
/// earlier session of the same operator.
pub(super) fn typed_before(
    state: &AppState,
    visitor: Option<&str>,
    operator: OperatorId,
    address: &str,
    form: &Pairs,
) -> Option<Pairs> {
    if is_own_token(&state.signing, operator, form.raw(TOKEN_FIELD)) {
        return Some(form.without(&[TOKEN_FIELD]));
    }
    let unsent = Unsent::open(state, visitor?, form.raw(FIELD))?;
    (unsent.address == address).then_some(unsent.typed)
}

/// The page of a form with what was typed into it before. Nothing is changed. Fails as the page does.
pub(super) async fn show(
    page: Page,
    request: &HttpRequest,
    (scope, csrf): (Scope, String),
    typed: Pairs,
) -> Result<Answer, AppError> {
    let state = state::data::<AppState>(request)?;
    let asked = Arrived::new(request, state.clone()).admitted(scope, csrf).with_unsent(FormData(typed));
    state.db.work(move |db| db.snapshot_now(|conn| page(&asked, conn))).await
}
