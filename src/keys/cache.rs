//! Keys and origins, cached so that a call needs no statement for them.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq;

use super::{Key, Origin, Secret, store};
use crate::{
    db::{Db, recent::Recent},
    error::AppError,
};

/// Lifetime of the cache: a key that the command line revokes is refused after this time at the latest.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);

/// Cached keys, by the hashes of their secrets.
#[derive(Default)]
pub struct KeyCache {
    keys: Recent<[u8; 32], Arc<Key>>,
    /// Hashes that belong to no key. They have a cache of their own, so that guessing does not push out the keys.
    guesses: Recent<[u8; 32], ()>,
    origins: Recent<(), Arc<HashSet<String>>>,
}

impl KeyCache {
    /// The key with this secret, revoked or not.
    pub async fn find(&self, db: &Db, secret: &str, now: DateTime<Utc>) -> Result<Option<Arc<Key>>, AppError> {
        let hash = Secret::hash_of(secret);
        if let Some(key) = self.keys.get(&hash, now, BELIEVED) {
            return Ok(Some(key));
        }
        if self.guesses.get(&hash, now, BELIEVED).is_some() {
            return Ok(None);
        }
        let found = db.read(move |conn| store::find(conn, &hash)).await?;
        let found = found.filter(|(stored, _)| bool::from(stored.ct_eq(&hash))).map(|(_, key)| Arc::new(key));
        match &found {
            Some(key) => self.keys.put(hash, key.clone(), now),
            None => self.guesses.put(hash, (), now),
        }
        Ok(found)
    }

    /// Whether pages of this origin may use any key.
    pub async fn allows(&self, db: &Db, origin: &Origin, now: DateTime<Utc>) -> Result<bool, AppError> {
        if let Some(origins) = self.origins.get(&(), now, BELIEVED) {
            return Ok(origins.contains(origin.as_str()));
        }
        let origins: HashSet<String> = db.read(store::origins).await?.into_iter().collect();
        let is_allowed = origins.contains(origin.as_str());
        self.origins.put((), Arc::new(origins), now);
        Ok(is_allowed)
    }

    /// Drops everything, because a key was created or revoked.
    pub fn forget(&self) {
        self.keys.forget(|_| true);
        self.guesses.forget(|_| true);
        self.origins.forget(|()| true);
    }
}
