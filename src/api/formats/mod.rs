//! The formats that senders speak. Each adapter is a pure function from the text of a call to [`Entry`]s: no database, no web.
//!
//! One bad item costs only itself: the call is split into items before any of them is read, each says on its own what it
//! means, and a value that cannot be used (a warning) does not take the rest of its item along.

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
    ingest::Item,
    rejections::{Code, Refused},
};

/// What an adapter must know of the call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// It came from a browser or a device, whose clock is anybody's guess.
    pub is_browser: bool,
    /// Its key may join two people who both have an id.
    pub can_merge: bool,
    /// Its key may delete people.
    pub can_delete: bool,
}

/// One item of a call: as it was sent, and what it says.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As the format calls it: `identify`, `track`, …
    pub kind: &'static str,
    /// Its JSON text.
    pub raw: String,
    /// What it says, or why all of it is refused.
    pub said: Result<Vec<Item>, Refused>,
    /// Values in it that are left out because they cannot be used.
    pub warnings: Vec<Refused>,
}

/// The whole call cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Stable, for programs.
    pub code: Code,
    /// What is wrong and what to do.
    pub message: String,
}
