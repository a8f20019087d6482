//! The page of an error: what happened, and where to go next.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use askama::{Template, filters::HtmlSafe};

use super::{page_with, respond::see_other_saying, see_other};
use crate::{
    error::{AppError, Missing},
    trace,
};

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    told: Told,
}

/// An error in words, with the ways on: the inside of its page.
#[derive(Template)]
#[template(path = "web/_error.html")]
pub struct Told {
    /// What happened.
    pub title: String,
    message: String,
    /// Links to go on with: address and text.
    onward: Vec<(String, String)>,
    request_id: String,
}

impl HtmlSafe for Told {}

impl Told {
    /// The error of the present request.
    pub fn new(error: &AppError) -> Self {
        let seen = trace::current();
        let (title, message) = words(error);
        let mut onward = Vec::new();
        if error.status_code().is_server_error() && seen.is_get {
            onward.push((seen.address.clone(), "Try again".to_owned()));
        }
        if let AppError::InOther { environment, address } = error {
            onward.push((address.clone(), format!("Open it in {environment}")));
        }
        onward.push(match error {
            AppError::OtherHost(origin) => (origin.clone(), "Go to the console".to_owned()),
            _ => ("/".to_owned(), "Go to profiles".to_owned()),
        });
        Self { title, message, onward, request_id: seen.id }
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::InOther { .. } => StatusCode::NOT_FOUND,
            Self::SeeOther { .. } => StatusCode::SEE_OTHER,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) | Self::RefusedForm(_) => StatusCode::BAD_REQUEST,
            Self::TooLate => StatusCode::REQUEST_TIMEOUT,
            Self::OtherHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Busy(_) | Self::Failing(_) | Self::TooSlow(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unstorable(_) | Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::SeeOther { address, message } = self {
            let said = message.as_ref().map(|message| see_other_saying(address, message));
            return said.unwrap_or_else(|| see_other(address)).into();
        }
        self.log();
        let page = ErrorPage { told: Told::new(self) };
        let mut response = HttpResponse::from(page_with(self.status_code(), &page));
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(actix_web::http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Title and message of an error.
fn words(error: &AppError) -> (String, String) {
    if let AppError::InOther { environment, .. } = error {
        let message = "Live and test are separate. Each profile is in only one of them.";
        return (format!("This profile is in the {environment} environment"), message.to_owned());
    }
    let saved = if trace::current().is_get { "" } else { MAYBE };
    let (title, message) = match error {
        AppError::NotFound | AppError::InOther { .. } | AppError::SeeOther { .. } => ("Page not found", "The link may be wrong, or what it led to was removed.".into()),
        AppError::Forbidden(missing) => ("Your role does not allow this", missing_words(missing)),
        AppError::Method => ("This page cannot be shown", "It only receives forms. Nothing was changed. Go back to the form.".into()),
        AppError::BadRequest(rule) => ("This request was refused", (*rule).into()),
        AppError::TooLate => (
            "This form arrived too slowly",
            "Nothing was changed. Your connection may be slow. Go back and send the form again.".into(),
        ),
        AppError::RefusedForm(why) => ("This request was refused", why.rule().into()),
        AppError::OtherHost(origin) => (
            "kith has another web address",
            format!(
                "Open {origin} instead. If you did open it, ask the person who runs kith to check two things: the proxy must pass on \
                 the Host header, and KITH_ORIGIN must be the web address that people type."
            ),
        ),
        AppError::TooMany(seconds) => (
            "Too many attempts",
            format!("Wait {} and try again.", if *seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) }),
        ),
        AppError::Unavailable(_) => {
            ("The database cannot be reached", format!("{saved}It is usually back within a minute. Then try again."))
        }
        AppError::Busy(_) => {
            ("kith is busy", format!("{saved}There are too many requests at once. Wait a few seconds and try again."))
        }
        AppError::Failing(_) => (
            "The database has a problem",
            format!("{saved}Tell the person who runs this server: its disk may be full, or it may be in maintenance. The log shows the cause under the request ID below."),
        ),
        AppError::TooSlow(_) => (
            "This took too long",
            "kith stopped this request so that others do not have to wait. Ask for less: choose a shorter period or a more exact search.".into(),
        ),
        AppError::Unstorable(_) | AppError::Unexpected(_) => {
            ("Something went wrong", format!("{saved}The log shows the cause under the request ID below."))
        }
    };
    (title.to_owned(), message)
}

fn missing_words(missing: &Missing) -> String {
    let Missing { permission, role, roles, admins } = missing;
    let who = match admins.as_slice() {
        [] => "An admin of this workspace".to_owned(),
        admins => enumeration(admins.iter().map(String::as_str), "or"),
    };
    let have = enumeration(roles.iter().copied(), "and");
    let (the, has) = if roles.len() == 1 { ("The role", "has") } else { ("The roles", "have") };
    let yours = match role {
        Some(role) => format!("Your role here is {role}. {who} can give you another role."),
        None => format!("{who} can give it to you."),
    };
    format!("You need the permission to {permission}. {the} {have} {has} it. {yours}")
}

/// "a, b or c".
fn enumeration<'a>(words: impl Iterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<&str> = words.collect();
    match words.split_last() {
        Some((end, [])) => (*end).to_owned(),
        Some((end, before)) => format!("{} {last} {end}", before.join(", ")),
        None => String::new(),
    }
}

/// Prefix of the message when the answer to a form was lost: the form may have been stored, or be stored later.
const MAYBE: &str = "What you sent may have been saved. Check before you send it again. ";
