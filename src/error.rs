//! What can go wrong with a request, in a request.
//!
//! An error never carries its own cause to the reader: that goes to the log, once, under the request's id.

use crate::trace;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is nothing at this address, or nothing that this operator may know of.
    #[error("not found")]
    NotFound,
    /// What is asked for is at another address of ours: where the same page of the survivor is, or where to sign in first.
    #[error("at another address")]
    SeeOther {
        /// The path and query of that address.
        address: String,
        /// What to say there.
        message: Option<String>,
    },
    /// The operator's role lacks this permission.
    #[error("permission missing: {}", .0)]
    Forbidden(&'static str),
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
    OtherHost(String),
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

impl AppError {
    /// What is asked for is at this address of ours.
    pub fn elsewhere(address: String) -> Self {
        Self::SeeOther { address, message: None }
    }

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

/// The causes of an error on one line, without the values that Postgres repeats in its details and at the end of some messages.
fn chain(error: &anyhow::Error) -> String {
    let without_value = |text: String| text.split_once(": \"").map_or(text.clone(), |(words, _)| words.to_owned());
    error.chain().map(|cause| without_value(cause.to_string())).collect::<Vec<_>>().join(": ")
}
