//! Keys that were asked for a moment ago, so that a call does not cost a statement.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq;

use super::{Key, Origin, Secret, store};
use crate::{db::Db, error::AppError};

/// How long an answer is believed: a key that the command line revokes is refused after this at the latest.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);
/// Answers kept at most. Guesses are thrown out first, so that guessing does not cost the good keys their place.
const MOST: usize = 10_000;

/// What the database said, and when.
#[derive(Clone)]
struct Said<T> {
    at: DateTime<Utc>,
    what: T,
}

impl<T> Said<T> {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        // A clock that was set back makes nothing fresh again.
        (TimeDelta::zero()..BELIEVED).contains(&(now - self.at))
    }
}

/// Keys by the hashes of their secrets; one that is not there is an answer too.
type Keys = HashMap<[u8; 32], Said<Option<Arc<Key>>>>;

/// What the database said a moment ago.
#[derive(Default)]
pub struct KeyCache {
    keys: Mutex<Keys>,
    origins: Mutex<Option<Said<Arc<HashSet<String>>>>>,
}

impl KeyCache {
    /// The key with this secret, revoked or not.
    pub async fn find(&self, db: &Db, secret: &str, now: DateTime<Utc>) -> Result<Option<Arc<Key>>, AppError> {
        let hash = Secret::hash_of(secret);
        if let Some(said) = self.keys().get(&hash).filter(|said| said.is_fresh(now)) {
            return Ok(said.what.clone());
        }
        let found = db.read(move |conn| store::find(conn, &hash)).await?;
        let found = found.filter(|(stored, _)| bool::from(stored.ct_eq(&hash))).map(|(_, key)| Arc::new(key));
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.retain(|_, said| said.what.is_some() && said.is_fresh(now));
            if keys.len() >= MOST {
                keys.clear();
            }
        }
        keys.insert(hash, Said { at: now, what: found.clone() });
        Ok(found)
    }

    /// Whether any key may be used by pages of this origin.
    pub async fn allows(&self, db: &Db, origin: &Origin, now: DateTime<Utc>) -> Result<bool, AppError> {
        let known = self.origins.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(said) = known.filter(|said| said.is_fresh(now)) {
            return Ok(said.what.contains(origin.as_str()));
        }
        let origins: HashSet<String> = db.read(store::origins).await?.into_iter().collect();
        let is_allowed = origins.contains(origin.as_str());
        *self.origins.lock().unwrap_or_else(PoisonError::into_inner) = Some(Said { at: now, what: Arc::new(origins) });
        Ok(is_allowed)
    }

    /// Forgets everything: a key was made or revoked.
    pub fn forget(&self) {
        self.keys().clear();
        *self.origins.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
