//! Stamps: which of two statements is the newer one.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::ids::SourceId;

/// Time and source of a statement. Stored as the array `[as_of, received_at, index, source]` because a profile has a stamp for each
/// attribute and tag. Times are in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, i64, i32, SourceId)", into = "(i64, i64, i32, SourceId)")]
pub struct Stamp {
    /// When the statement was true.
    pub as_of: i64,
    /// When the statement arrived.
    pub received_at: i64,
    /// Index of the statement in its call or import.
    pub index: i32,
    /// Source of the statement.
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

/// `as_of` of a default: less than the times of other statements by more than their whole span.
const OF_DEFAULTS: i64 = i64::MIN / 4;

/// How far another machine's clock may be ahead of this one's.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

impl Stamp {
    /// Stamp of a value that is stored without one: older than any other.
    pub const NEVER: Self = Self { as_of: i64::MIN / 2, received_at: 0, index: 0, source: SourceId(0) };

    /// The order of two statements, by their times and then by their indexes in their calls. Arrival does not count: a call that is sent
    /// again changes nothing. Of equal ones the values decide.
    pub fn order(&self, other: &Self) -> Ordering {
        (self.as_of, self.index).cmp(&(other.as_of, other.index))
    }

    /// Whether a statement with this stamp replaces one stamped `old`, whatever their values are.
    pub fn is_newer_than(&self, old: &Self) -> bool {
        self.order(old) == Ordering::Greater
    }

    /// The stamp of a default: any other statement of any time replaces it, and of several defaults the earliest stays.
    pub fn of_default(self) -> Self {
        Self { as_of: OF_DEFAULTS - self.as_of, ..self }
    }

    /// The stamp as it counts at `present`. Statements about the future are not taken, so a stamp that lies ahead comes from a time when
    /// this machine's clock was ahead: like a default it gives way to any statement of now.
    pub fn at_present(self, present: DateTime<Utc>) -> Self {
        if self.as_of > (present + AHEAD).timestamp_micros() { self.of_default() } else { self }
    }

    /// The stamp as stored.
    pub fn to_json(&self) -> Value {
        serde_json::json!([self.as_of, self.received_at, self.index, self.source])
    }

    /// The time at which the statement was true.
    pub fn time(&self) -> DateTime<Utc> {
        let as_of = if self.as_of < OF_DEFAULTS / 2 { OF_DEFAULTS - self.as_of } else { self.as_of };
        DateTime::from_timestamp_micros(as_of).unwrap_or(DateTime::UNIX_EPOCH)
    }
}
