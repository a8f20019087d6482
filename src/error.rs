//! Errors of a request, and how they are logged.
//!
//! An error never shows its cause to the reader: that goes to the log, once, under the request's id.

use crate::trace;

/// Why a request has no regular answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is nothing at this address, or nothing that this operator may see.
    #[error("not found")]
    NotFound,
    /// The answer is at another address of the console: the same page of the survivor, or the sign-in page.
    #[error("at another address")]
    SeeOther {
        /// Path and query of that address.
        address: String,
        /// Message to show there.
        message: Option<String>,
    },
    /// The profile is in the other environment of the workspace, which the operator may see as well.
    #[error("in the other environment")]
    InOther {
        /// `live` or `test`.
        environment: &'static str,
        /// Address of the same page there.
        address: String,
    },
    /// The role of the operator lacks this permission.
    #[error("permission missing: {}", .0.permission)]
    Forbidden(Box<Missing>),
    /// The address does not take this method: the address of a form was typed or reloaded.
    #[error("wrong method")]
    Method,
    /// The request is malformed; the text says how, for people.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    #[error("form too slow")]
    TooLate,
    /// The form was not sent by a page of the console, or not in this session.
    #[error("form refused: {}", .0.name())]
    RefusedForm(RefusedForm),
    /// The console was asked for under another host; its origin is this.
    #[error("asked for under another name")]
    OtherHost(String),
    /// Too many attempts; another try is possible after this many seconds.
    #[error("too many attempts")]
    TooMany(u64),
    /// Postgres is unavailable.
    #[error("database unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// All connections are in use, or too many transactions change the same rows.
    #[error("too much at once")]
    Busy(#[source] anyhow::Error),
    /// Postgres is available but fails: its disk is full, it is read-only, or it lacks memory or locks.
    #[error("the database fails")]
    Failing(#[source] anyhow::Error),
    /// A statement exceeded its time limit.
    #[error("statement over its time limit")]
    TooSlow(#[source] anyhow::Error),
    /// Postgres refuses a value (SQLSTATE class 22 or 23), and would refuse it again.
    #[error("a value that cannot be stored")]
    Unstorable(#[source] anyhow::Error),
    /// A fault of kith.
    #[error("unexpected error")]
    Unexpected(#[source] anyhow::Error),
}

/// A permission that the role of an operator lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Name of the permission.
    pub permission: &'static str,
    /// Role of the operator; `None` outside a workspace.
    pub role: Option<&'static str>,
    /// Roles that have the permission.
    pub roles: Vec<&'static str>,
    /// Admins of the workspace, who can change the role: up to five names.
    pub admins: Vec<String>,
}

/// Why a form was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedForm {
    /// The browser reports that a page of another site sent it.
    OtherSite,
    /// It has no form token, or that of another session.
    WrongToken,
}

impl RefusedForm {
    /// Word in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherSite => "other site",
            Self::WrongToken => "wrong token",
        }
    }

    /// Text for people.
    pub fn rule(self) -> &'static str {
        match self {
            Self::OtherSite => {
                "This form was sent from another website. If you sent it from a page of kith, ask the person who runs kith to set KITH_ORIGIN to the web address that your browser shows."
            }
            Self::WrongToken => {
                "This form has expired, perhaps because you signed in again. Go back, reload the page and send the form again."
            }
        }
    }
}

impl AppError {
    /// A redirect to this address, without a message.
    pub fn elsewhere(address: String) -> Self {
        Self::SeeOther { address, message: None }
    }

    /// Seconds after which another try is worth while; `None` if it never is.
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
        let id = trace::current().id;
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
}

/// The causes of an error on one line, without the values that Postgres repeats at the end of some messages.
fn chain(error: &anyhow::Error) -> String {
    let without_value = |text: String| text.split_once(": \"").map_or(text.clone(), |(words, _)| words.to_owned());
    error.chain().map(|cause| without_value(cause.to_string())).collect::<Vec<_>>().join(": ")
}
