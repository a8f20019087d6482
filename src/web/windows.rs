//! Attempts counted within a window of time, by what they are counted by.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// Keys in memory at most; beyond, those whose window has ended are dropped, then all.
const MOST_KEYS: usize = 50_000;

/// What attempts are counted by, as a hash: no name or address stays in memory.
pub type Key = [u8; 32];

/// The key of a value of this kind.
pub fn key(kind: &str, value: &str) -> Key {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into()
}

/// Counts in memory: a restart forgets them.
pub struct Windows {
    length: TimeDelta,
    counts: Mutex<HashMap<Key, (DateTime<Utc>, u32)>>,
}

impl Windows {
    /// Windows of this length, none of which has begun.
    pub fn new(length: TimeDelta) -> Self {
        Self { length, counts: Mutex::default() }
    }

    /// Counts an attempt for each key, of which so many are allowed within its window.
    ///
    /// # Errors
    /// `TooMany`: there were as many already; with the seconds until the window ends.
    pub fn count(&self, counted: impl Iterator<Item = (Key, u32)>, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut counts = self.counts();
        if counts.len() > MOST_KEYS {
            counts.retain(|_, (since, _)| now - *since < self.length);
            if counts.len() > MOST_KEYS {
                counts.clear();
            }
        }
        for (key, most) in counted {
            let (since, count) = counts.entry(key).or_insert((now, 0));
            if now - *since >= self.length {
                (*since, *count) = (now, 0);
            }
            if *count >= most {
                let wait = (*since + self.length - now).num_seconds();
                return Err(AppError::TooMany(u64::try_from(wait).unwrap_or(0).max(1)));
            }
            *count += 1;
        }
        Ok(())
    }

    /// Forgets all attempts of a key.
    pub fn forget(&self, key: &Key) {
        self.counts().remove(key);
    }

    /// Forgets one attempt of a key.
    pub fn take_back(&self, key: &Key) {
        if let Some((_, count)) = self.counts().get_mut(key) {
            *count = count.saturating_sub(1);
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, (DateTime<Utc>, u32)>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
