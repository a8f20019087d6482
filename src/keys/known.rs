//! Keys that were asked for a moment ago, so that a call does not cost a statement.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq;

use super::{Key, Origin, Secret, store};
use crate::{db::Db, error::AppError};

/// How long an answer is believed: a key that the command line revokes is refused after this at the latest.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);
/// Answers kept at most. Guesses are thrown out first, so that guessing does not cost the good keys their place.
const MOST: usize = 10_000;

type Hash = [u8; 32];

/// What the database said, and when. A key that is not there is an answer too.
#[derive(Default)]
pub struct Known {
    keys: Mutex<HashMap<Hash, (DateTime<Utc>, Option<Arc<Key>>)>>,
    origins: Mutex<Option<(DateTime<Utc>, Arc<HashSet<String>>)>>,
}

impl Known {
    /// The key with this secret, revoked or not.
    pub async fn find(&self, db: &Db, secret: &str, now: DateTime<Utc>) -> Result<Option<Arc<Key>>, AppError> {
        let hash = Secret::hash_of(secret);
        if let Some((_, key)) = self.keys().get(&hash).filter(|(since, _)| is_fresh(*since, now)) {
            return Ok(key.clone());
        }
        let found = db.read(move |conn| store::find(conn, &hash)).await?;
        let found = found.filter(|(stored, _)| bool::from(stored.ct_eq(&hash))).map(|(_, key)| Arc::new(key));
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.retain(|_, (since, key)| key.is_some() && is_fresh(*since, now));
            if keys.len() >= MOST {
                keys.clear();
            }
        }
        keys.insert(hash, (now, found.clone()));
        Ok(found)
    }

    /// Whether any key may be used by pages of this origin.
    pub async fn allows(&self, db: &Db, origin: &Origin, now: DateTime<Utc>) -> Result<bool, AppError> {
        let known = self.origins.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, origins)) = known.filter(|(since, _)| is_fresh(*since, now)) {
            return Ok(origins.contains(origin.as_str()));
        }
        let origins: HashSet<String> = db.read(store::origins).await?.into_iter().collect();
        let is_allowed = origins.contains(origin.as_str());
        *self.origins.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::new(origins)));
        Ok(is_allowed)
    }

    /// Forgets everything: a key was made or revoked.
    pub fn forget(&self) {
        self.keys().clear();
        *self.origins.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, (DateTime<Utc>, Option<Arc<Key>>)>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    // A clock that was set back makes nothing fresh again.
    (TimeDelta::zero()..BELIEVED).contains(&(now - since))
}
