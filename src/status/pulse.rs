//! When housekeeping of this process last went round.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Times of housekeeping in this process: of [`Db::memory`](crate::db::Db::memory).
#[derive(Default)]
pub struct Pulse(Mutex<Beat>);

/// When housekeeping last did something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// When it began at all; `None`: it has not, as in a process that serves no console.
    pub since: Option<DateTime<Utc>>,
    /// When it last began to look.
    pub looked_at: Option<DateTime<Utc>>,
    /// When it last came to an end without a failure.
    pub well_at: Option<DateTime<Utc>>,
}

impl Pulse {
    /// A look begins.
    pub fn begins(&self, now: DateTime<Utc>) {
        let mut beat = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beat.since.get_or_insert(now);
        beat.looked_at = Some(now);
    }

    /// A look ended without a failure.
    pub fn is_well(&self, now: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).well_at = Some(now);
    }

    /// The present times.
    pub fn beat(&self) -> Beat {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
