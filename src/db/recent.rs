//! Values read a moment ago, cached where reading them again costs more than it is worth.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};

/// Entries of each cache at most.
const MOST: usize = 10_000;

/// Time when a value was read, by two clocks: the given one and the machine's, for an import keeps the time of its start while it runs.
#[derive(Clone, Copy, Debug)]
pub struct FoundAt {
    told: DateTime<Utc>,
    machine: Instant,
}

impl FoundAt {
    /// The present: `now`, and the machine's time.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { told: now, machine: Instant::now() }
    }

    /// Whether it is less than `believed` ago, by both clocks. A clock that was set back makes nothing fresh again.
    pub fn is_within(self, believed: TimeDelta, now: DateTime<Utc>) -> bool {
        let is_young = self.machine.elapsed().as_millis() < u128::try_from(believed.num_milliseconds()).unwrap_or(0);
        is_young && (now - self.told).abs() < believed
    }
}

type Found<K, V> = HashMap<K, (FoundAt, V)>;

/// A cache of values by key, each with the time when it was read. Areas keep one in [`super::Db::memory`].
pub struct Recent<K, V>(Mutex<Found<K, V>>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn lock(&self) -> MutexGuard<'_, Found<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, if it was read less than `believed` ago.
    pub fn get(&self, key: &K, now: DateTime<Utc>, believed: TimeDelta) -> Option<V> {
        let known = self.lock();
        let (found, value) = known.get(key)?;
        found.is_within(believed, now).then(|| value.clone())
    }

    /// Stores a value.
    pub fn put(&self, key: K, value: V, now: DateTime<Utc>) {
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (FoundAt::new(now), value));
    }

    /// Removes the values of the keys that satisfy `is_gone`.
    pub fn forget(&self, is_gone: impl Fn(&K) -> bool) {
        self.lock().retain(|key, _| !is_gone(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_or_forgotten_is_not_known() {
        let (recent, now) = (Recent::<&str, i32>::default(), DateTime::UNIX_EPOCH);
        recent.put("a", 1, now);
        recent.put("b", 2, now);
        let minute = TimeDelta::minutes(1);
        assert_eq!(recent.get(&"a", now + TimeDelta::seconds(59), minute), Some(1));
        assert_eq!(recent.get(&"a", now + minute, minute), None);
        recent.forget(|key| *key == "b");
        assert_eq!(recent.get(&"b", now, minute), None);
    }
}
