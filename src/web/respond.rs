//! Answers: a rendered page, or the way to the next one.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::cookies;

/// A page with status 200.
pub fn page(template: &impl Template) -> HttpResponse {
    page_with(StatusCode::OK, template)
}

/// A page with another status: 422 for a form that comes back, 409 for a conflict.
pub fn page_with(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().body("This page could not be written.")
        }
    }
}

/// After a change: on to another page, by GET.
pub fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// After a change: on to another page that says what happened.
pub fn see_other_saying(address: &str, message: &str) -> HttpResponse {
    let mut response = see_other(address);
    let cookie = cookies::cookie(cookies::FLASH, BASE64_URL_SAFE_NO_PAD.encode(message), false);
    // The cookie holds only unreserved characters, so this cannot fail.
    let _ = response.add_cookie(&cookie);
    response
}

/// [`see_other_saying`], with the address of a page of ours that takes it back.
pub fn see_other_offering(address: &str, message: &str, undo: &str) -> HttpResponse {
    see_other_saying(address, &format!("{message}\n{undo}"))
}

/// What the last change did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// In words.
    pub text: String,
    /// Where it can be taken back.
    pub undo: Option<String>,
}

/// What [`see_other_saying`] or [`see_other_offering`] left.
pub fn flash(cookie: &str) -> Option<Flash> {
    let said = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()?;
    let (text, undo) = said.split_once('\n').map_or((said.as_str(), None), |(text, undo)| (text, Some(undo)));
    // A cookie can be planted; a link to elsewhere must not come of it.
    let undo = undo.filter(|address| address.starts_with('/') && !address.starts_with("//") && !address.contains('\\'));
    let flash = Flash { text: text.to_owned(), undo: undo.map(str::to_owned) };
    (!text.is_empty() && said.len() < 700).then_some(flash)
}
