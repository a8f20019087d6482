//! Answers: a rendered page, or a redirect.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    cookie::Cookie,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use askama::Template;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{SigningKey, headers::Policy};

/// Answer of the console to a request.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    content: Content,
    flash: Option<Flash>,
    cookies: Vec<Cookie<'static>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug)]
enum Content {
    Page(String),
    Location(String),
}

impl Answer {
    fn new(status: StatusCode, content: Content) -> Self {
        Self { status, content, flash: None, cookies: Vec::new(), headers: Vec::new() }
    }

    /// Sets a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Has the browser ask again in two seconds: something goes on that the page tells of.
    #[must_use]
    pub fn again_soon(self) -> Self {
        self.with_header(header::REFRESH, HeaderValue::from_static("2"))
    }

    /// Lets the page show a frame with another page of ours.
    #[must_use]
    pub fn framing(self) -> Self {
        self.with_header(header::CONTENT_SECURITY_POLICY, Policy::Framing.value())
    }

    fn saying(self, text: &str, undo: Option<&str>) -> Self {
        Self { flash: Some(Flash { text: text.to_owned(), undo: undo.map(str::to_owned) }), ..self }
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::build(answer.status);
        for cookie in answer.cookies {
            response.cookie(cookie);
        }
        for header in answer.headers {
            response.insert_header(header);
        }
        let mut response = match answer.content {
            Content::Page(html) => response
                .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .body(html),
            Content::Location(address) => response.insert_header((header::LOCATION, address)).finish(),
        };
        if let Some(flash) = answer.flash {
            response.extensions_mut().insert(flash);
        }
        response
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

/// A page with status 200.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// A page with another status: 422 for a form that comes back, 409 for a conflict.
pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    match template.render() {
        Ok(html) => Answer::new(status, Content::Page(html)),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            let words = "This page cannot be shown. Try again.".to_owned();
            Answer::new(StatusCode::INTERNAL_SERVER_ERROR, Content::Page(words))
        }
    }
}

/// HTML that others wrote, for a frame of a page of ours: with styles of its own, and with nothing that runs, asks or comes from elsewhere.
pub fn framed_page(html: String) -> Answer {
    let policy = Policy::Framed.value();
    Answer::new(StatusCode::OK, Content::Page(html)).with_header(header::CONTENT_SECURITY_POLICY, policy)
}

/// A redirect after a change (303): the browser asks for the other page by GET.
pub fn see_other(address: &str) -> Answer {
    Answer::new(StatusCode::SEE_OTHER, Content::Location(address.to_owned()))
}

/// A redirect by which the browser sends the same form to another address (307).
pub fn same_again(address: &str) -> Answer {
    Answer::new(StatusCode::TEMPORARY_REDIRECT, Content::Location(address.to_owned()))
}

/// [`see_other`] with a message for that page. The guard has the browser carry it there.
pub fn see_other_saying(address: &str, message: &str) -> Answer {
    see_other(address).saying(message, None)
}

/// [`see_other_saying`], with the address of the page that undoes the change.
pub fn see_other_offering(address: &str, message: &str, undo: &str) -> Answer {
    see_other(address).saying(message, Some(undo))
}

/// Message about the last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Text for people.
    pub text: String,
    /// Address of the page that undoes the change, if there is one.
    pub undo: Option<String>,
}

/// Purpose of the signatures on messages.
const PURPOSE: &str = "flash";
/// Bytes of a sealed message at most.
const LONGEST: usize = 700;

impl Flash {
    /// Signs the message as a cookie.
    pub fn seal(&self, key: &SigningKey) -> String {
        let mut said = self.text.replace(char::is_control, " ");
        if let Some(undo) = &self.undo {
            said = format!("{said}\n{undo}");
        }
        key.sign(PURPOSE, &BASE64_URL_SAFE_NO_PAD.encode(said))
    }

    /// Reads the message from a cookie; `None` without our signature, for a cookie can be planted.
    pub fn open(key: &SigningKey, cookie: &str) -> Option<Self> {
        let said = BASE64_URL_SAFE_NO_PAD.decode(key.open(PURPOSE, cookie)?).ok()?;
        let said = String::from_utf8(said).ok().filter(|said| said.len() < LONGEST)?;
        let (text, undo) = said.split_once('\n').map_or((said.as_str(), None), |(text, undo)| (text, Some(undo)));
        let is_ours = |address: &&str| {
            address.starts_with('/')
                && !address.starts_with("//")
                && !address.contains('\\')
                && !address.contains(char::is_control)
        };
        let undo = undo.filter(is_ours).map(str::to_owned);
        (!text.is_empty() && !text.contains(char::is_control)).then(|| Self { text: text.to_owned(), undo })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_through_without_what_is_not_text() {
        let key = SigningKey::random();
        let carried = |text: &str, undo: Option<&str>| {
            let flash = Flash { text: text.to_owned(), undo: undo.map(str::to_owned) };
            Flash::open(&key, &flash.seal(&key)).map(|flash| (flash.text, flash.undo))
        };
        assert_eq!(carried("Saved.", Some("/acme/live")), Some(("Saved.".into(), Some("/acme/live".into()))));
        assert_eq!(carried("a\tb\r\n/\t/evil.example", None), Some(("a b  / /evil.example".into(), None)));
        for undo in ["/\t/evil.example", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r", "/a\nb"] {
            assert_eq!(carried("Saved.", Some(undo)), Some(("Saved.".into(), None)), "{undo:?}");
        }
        assert_eq!(carried("", None), None);
        assert_eq!(carried(&"x".repeat(LONGEST), None), None);
    }

    #[test]
    fn what_somebody_else_wrote_is_not_shown() {
        let key = SigningKey::random();
        let flash = Flash { text: "Saved.".to_owned(), undo: None };
        let (good, said) = (flash.seal(&key), BASE64_URL_SAFE_NO_PAD.encode("Saved."));
        assert!(Flash::open(&key, &good).is_some());
        let elsewhere = flash.seal(&SigningKey::random());
        for forged in [
            said.clone(),
            format!("{said}."),
            format!("{said}.{}", "A".repeat(43)),
            elsewhere,
            key.sign("visitor", &said),
        ] {
            assert_eq!(Flash::open(&key, &forged), None, "{forged}");
        }
    }
}
