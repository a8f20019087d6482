//! The wire formats of senders. Each adapter is a pure function from the text of a call to [`Entry`]s: no database, no web.
//!
//! One bad item costs only itself: the call is split into items before any of them is parsed, and each is parsed on its own. A value that
//! cannot be used is left out with a warning, and the rest of its item is kept.

#[cfg(test)]
mod anything;
pub mod native;
mod reading;
#[cfg(test)]
mod recorded;
pub mod segment;
#[cfg(test)]
mod shape;
pub mod vero;

use chrono::{DateTime, Utc};

use crate::{
    identities::Reading,
    ingest::Item,
    rejections::{Code, Refused},
};

/// Facts about a call that adapters need.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Arrival of the call.
    pub received_at: DateTime<Utc>,
    /// Whether it came from a browser or a device, whose clock may be wrong.
    pub is_browser: bool,
    /// Whether its key may merge two profiles that both have an id.
    pub can_merge: bool,
    /// Whether its key may delete profiles.
    pub can_delete: bool,
    /// How its workspace has identifiers and addresses read.
    pub reading: Reading,
}

/// One item of a call: its text, and its statements.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Kind of item in the format's words: `identify`, `track`, ….
    pub kind: &'static str,
    /// JSON text of the item.
    pub raw: String,
    /// Its statements, or why the whole item is refused.
    pub said: Result<Vec<Item>, Refused>,
    /// Values that are left out of it because they cannot be used.
    pub warnings: Vec<Refused>,
}

/// Why a whole call cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Stable code, for programs.
    pub code: Code,
    /// Text for people: what is wrong and what to do.
    pub message: String,
}
