//! Calls per minute and key: a token bucket that holds a minute's calls and fills steadily.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{db::ids::KeyId, keys::PerMinute};

/// Interval at which the last use of a key is stored.
const USE_NOTED: TimeDelta = TimeDelta::minutes(1);

struct Bucket {
    calls: f64,
    filled_at: DateTime<Utc>,
    noted_at: Option<DateTime<Utc>>,
}

/// Where a key stands, for the headers `RateLimit-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls per minute.
    pub limit: u32,
    /// Calls that are left now.
    pub remaining: u32,
    /// Seconds until all are there again.
    pub reset: u32,
    /// Seconds until there is another, if there was none for this call.
    pub wait: Option<u32>,
}

impl Rate {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "none is below 0 or above the limit")]
    fn of(calls: f64, most: f64, wait: Option<u32>) -> Self {
        let reset = ((most - calls) * 60.0 / most).ceil();
        Self { limit: most as u32, remaining: calls as u32, reset: reset as u32, wait }
    }
}

/// Counts in memory, for keys that exist: a restart fills all buckets.
#[derive(Default)]
pub struct Meter(Mutex<HashMap<KeyId, Bucket>>);

impl Meter {
    /// Takes one call out of the bucket, if there is one.
    pub fn take(&self, key: KeyId, per_minute: PerMinute, now: DateTime<Utc>) -> Rate {
        let most = f64::from(per_minute.get());
        let mut buckets = self.buckets();
        let bucket = buckets.entry(key).or_insert(Bucket { calls: most, filled_at: now, noted_at: None });
        // A clock that is set back neither fills nor empties the bucket.
        let passed = (now - bucket.filled_at).max(TimeDelta::zero()).as_seconds_f64();
        bucket.calls = (bucket.calls + passed * most / 60.0).min(most);
        bucket.filled_at = bucket.filled_at.max(now);
        if bucket.calls < 1.0 {
            let seconds = (1.0 - bucket.calls) * 60.0 / most;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 60")]
            return Rate::of(bucket.calls, most, Some((seconds.ceil() as u32).max(1)));
        }
        bucket.calls -= 1.0;
        Rate::of(bucket.calls, most, None)
    }

    /// Whether this use should be stored; then it counts as stored.
    pub fn is_use_due(&self, key: KeyId, now: DateTime<Utc>) -> bool {
        let mut buckets = self.buckets();
        let Some(bucket) = buckets.get_mut(&key) else { return false };
        let is_due = bucket.noted_at.is_none_or(|noted| now - noted >= USE_NOTED);
        if is_due {
            bucket.noted_at = Some(now);
        }
        is_due
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<KeyId, Bucket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_calls_at_once_and_then_one_at_a_time() {
        let (meter, key, limit) = (Meter::default(), KeyId(uuid::Uuid::nil()), PerMinute::new(30).unwrap());
        let mut now = DateTime::UNIX_EPOCH;
        let take = |now| meter.take(key, limit, now).wait;
        let rate = |remaining, reset, wait| Rate { limit: 30, remaining, reset, wait };
        assert_eq!(meter.take(key, limit, now), rate(29, 2, None));
        assert!((1..30).all(|_| take(now).is_none()));
        assert_eq!(meter.take(key, limit, now), rate(0, 60, Some(2)));
        now += TimeDelta::milliseconds(1500);
        assert_eq!(take(now), Some(1));
        now += TimeDelta::milliseconds(500);
        assert_eq!((take(now), take(now)), (None, Some(2)));
        now -= TimeDelta::hours(1);
        assert_eq!(take(now), Some(2), "time that goes back gives nothing");
        now += TimeDelta::hours(3);
        assert_eq!((0..100).filter(|_| take(now).is_none()).count(), 30);
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let (meter, key, limit) = (Meter::default(), KeyId(uuid::Uuid::nil()), PerMinute::DEFAULT);
        let now = DateTime::UNIX_EPOCH;
        meter.take(key, limit, now);
        let due = |seconds| meter.is_use_due(key, now + TimeDelta::seconds(seconds));
        assert_eq!([due(0), due(59), due(60), due(61)], [true, false, true, false]);
    }
}
