//! When and by whom something was said: which of two statements is the newer one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::ids::SourceId;

/// When something was said, and by whom. Stored as the array `[as_of, received_at, index, source]`, times in
/// microseconds since 1970, because a profile has one for each attribute and tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, i64, i32, SourceId)", into = "(i64, i64, i32, SourceId)")]
pub struct Stamp {
    /// When it was true.
    pub as_of: i64,
    /// When it arrived.
    pub received_at: i64,
    /// Its place in its call or import.
    pub index: i32,
    /// Who said it.
    pub source: SourceId,
}

impl From<(i64, i64, i32, SourceId)> for Stamp {
    fn from((as_of, received_at, index, source): (i64, i64, i32, SourceId)) -> Self {
        Self { as_of, received_at, index, source }
    }
}

impl From<Stamp> for (i64, i64, i32, SourceId) {
    fn from(stamp: Stamp) -> Self {
        (stamp.as_of, stamp.received_at, stamp.index, stamp.source)
    }
}

/// Older than anything that can be said, by more than the times that can be said span.
const OF_DEFAULTS: i64 = i64::MIN / 4;

/// How far ahead of this machine's clock another one may be.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

impl Stamp {
    /// Older than anything that can be said: of a value that is stored without a stamp.
    pub const NEVER: Self = Self { as_of: i64::MIN / 2, received_at: 0, index: 0, source: SourceId(0) };

    /// Whether this statement replaces one stamped `old`.
    pub fn is_newer_than(&self, old: &Self) -> bool {
        (self.as_of, self.received_at, self.index) > (old.as_of, old.received_at, old.index)
    }

    /// The stamp of a default: anything else that is said at any time replaces it, and of several the earliest stays.
    pub fn of_default(self) -> Self {
        Self { as_of: OF_DEFAULTS - self.as_of, ..self }
    }

    /// The stamp as it counts at `present`. Nothing is taken that is true only later, so one that lies ahead comes from a time when this
    /// machine's clock did: like a default it gives way to anything that is said now.
    pub fn at_present(self, present: DateTime<Utc>) -> Self {
        if self.as_of > (present + AHEAD).timestamp_micros() { self.of_default() } else { self }
    }

    /// As stored.
    pub fn to_json(&self) -> Value {
        serde_json::json!([self.as_of, self.received_at, self.index, self.source])
    }

    /// When it was true, as a time.
    pub fn time(&self) -> DateTime<Utc> {
        let as_of = if self.as_of < OF_DEFAULTS / 2 { OF_DEFAULTS - self.as_of } else { self.as_of };
        DateTime::from_timestamp_micros(as_of).unwrap_or(DateTime::UNIX_EPOCH)
    }
}
