//! What can go wrong with a request, and the page that says so.
//!
//! An error never carries its own cause to the reader: that goes to the log, once, under the request's id.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use askama::Template;

use crate::{
    auth::Permission,
    web::{observe, respond},
};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is nothing at this address, or nothing that this operator may know of.
    #[error("not found")]
    NotFound,
    /// The operator's role lacks this permission.
    #[error("permission missing: {}", .0.name())]
    Forbidden(Permission),
    /// The address takes another method: a form's address typed or reloaded.
    #[error("wrong method")]
    Method,
    /// The request itself is wrong; the text says how, to the person who sent it.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The form arrived too slowly.
    #[error("form too slow")]
    TooLate,
    /// The form did not come from a page of ours, or not from this one's.
    #[error("form refused: {}", .0.name())]
    RefusedForm(RefusedForm),
    /// The console is asked for under another name than its own; it is at this origin.
    #[error("asked for under another name")]
    Elsewhere(String),
    /// Too many attempts; try again after this many seconds.
    #[error("too many attempts")]
    TooMany(u64),
    /// Postgres is away.
    #[error("database unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// All connections are in use, or too many change the same at once.
    #[error("too much at once")]
    Busy(#[source] anyhow::Error),
    /// Postgres is there and cannot do its work: its disk is full, it takes no changes, it lacks memory or locks.
    #[error("the database fails")]
    Failing(#[source] anyhow::Error),
    /// A statement hit its time limit.
    #[error("statement over its time limit")]
    TooSlow(#[source] anyhow::Error),
    /// Postgres refuses a value (SQLSTATE of class 22 or 23), and would refuse it again.
    #[error("a value that cannot be stored")]
    Unstorable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("unexpected error")]
    Unexpected(#[source] anyhow::Error),
}

/// Why a form was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedForm {
    /// The browser says that a page of another site sent it.
    OtherSite,
    /// It has no token, or that of another session.
    WrongToken,
}

impl RefusedForm {
    /// In the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherSite => "other site",
            Self::WrongToken => "wrong token",
        }
    }

    /// To the person who sent it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::OtherSite => {
                "This form was sent from another site. If it was on a page of kith, whoever runs kith should set KITH_ORIGIN to the address that your browser shows."
            }
            Self::WrongToken => {
                "This form is no longer good, perhaps because you signed in again since. Go back, reload the page and send it once more."
            }
        }
    }
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    title: &'static str,
    message: String,
    /// Where to go next: address and words.
    onward: Vec<(String, &'static str)>,
    request_id: String,
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) | Self::RefusedForm(_) => StatusCode::BAD_REQUEST,
            Self::TooLate => StatusCode::REQUEST_TIMEOUT,
            Self::Elsewhere(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Busy(_) | Self::Failing(_) | Self::TooSlow(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unstorable(_) | Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.log();
        let seen = observe::current();
        let (title, message) = self.words();
        let mut onward = Vec::new();
        if self.status_code().is_server_error() && seen.is_get {
            onward.push((seen.address.clone(), "Try again"));
        }
        onward.push(match self {
            Self::Elsewhere(origin) => (origin.clone(), "Go to the console"),
            _ => ("/".to_owned(), "Go to profiles"),
        });
        let page = ErrorPage { title, message, onward, request_id: seen.id };
        let mut response = respond::page_with(self.status_code(), &page);
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(actix_web::http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl AppError {
    /// After how many seconds another try is worth while, if it ever is.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Busy(_) => Some(2),
            Self::Unavailable(_) | Self::TooSlow(_) => Some(5),
            Self::Failing(_) => Some(30),
            _ => None,
        }
    }

    /// Writes the cause to the log, under the request's id.
    pub fn log(&self) {
        let id = observe::current().id;
        match self {
            Self::Unexpected(cause) | Self::Unstorable(cause) | Self::Failing(cause) => {
                tracing::error!(request_id = %id, cause = %chain(cause), "{self}");
            }
            Self::Unavailable(cause) | Self::Busy(cause) | Self::TooSlow(cause) => {
                tracing::warn!(request_id = %id, cause = %chain(cause), "{self}");
            }
            _ => {}
        }
    }

    fn words(&self) -> (&'static str, String) {
        let saved = if observe::current().is_get { "" } else { MAYBE };
        match self {
            Self::NotFound => ("There is nothing here", "The address may be mistyped, or what was here is gone.".into()),
            Self::Forbidden(permission) => (
                "Your role does not allow this",
                format!("It needs the permission to {}. An admin of this workspace can give it to you.", permission.name()),
            ),
            Self::Method => ("There is nothing to see here", "This address only takes a form. Nothing was changed.".into()),
            Self::BadRequest(rule) => ("This request cannot be used", (*rule).into()),
            Self::TooLate => (
                "This form arrived too slowly",
                "Nothing was changed. The connection may be bad: go back, and send the form once more.".into(),
            ),
            Self::RefusedForm(why) => ("This request cannot be used", why.rule().into()),
            Self::Elsewhere(origin) => (
                "The console is at another address",
                format!(
                    "It is at {origin} and answers nowhere else. If that is what you typed, the proxy in front of kith does not pass the \
                     Host header on, or KITH_ORIGIN is another address than the one that people type."
                ),
            ),
            Self::TooMany(seconds) => (
                "Too many attempts",
                format!("Wait {} and try again.", if *seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) }),
            ),
            Self::Unavailable(_) => {
                ("The database is away", format!("{saved}It is usually back within a minute; then try again."))
            }
            Self::Busy(_) => {
                ("Too much at once", format!("{saved}Everything that answers is busy. Wait a few seconds and try again."))
            }
            Self::Failing(_) => (
                "The database cannot do its work",
                format!("{saved}Whoever runs this server must look at it: its disk may be full, or it may be in maintenance. The log has the cause under the number below."),
            ),
            Self::TooSlow(_) => (
                "This took too long",
                "The question was stopped at its time limit, so that other people are not held up. Ask for less: a shorter period, or a more exact search.".into(),
            ),
            Self::Unstorable(_) | Self::Unexpected(_) => {
                ("Something broke on our side", format!("{saved}The log has the cause under the number below."))
            }
        }
    }
}

/// Of a form whose answer was lost: it can have been stored, and what it asked for can be done later.
const MAYBE: &str = "What you sent may or may not have been saved: look before you send it again. ";

/// The causes of an error on one line, without the values that Postgres repeats in its details and at the end of some messages.
fn chain(error: &anyhow::Error) -> String {
    let without_value = |text: String| text.split_once(": \"").map_or(text.clone(), |(words, _)| words.to_owned());
    error.chain().map(|cause| without_value(cause.to_string())).collect::<Vec<_>>().join(": ")
}
