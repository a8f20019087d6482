//! Failed sign-ins, counted per account and per address, so that neither one nor many accounts can be guessed at.
//!
//! Not a rate limiter from a library: those count successes too, and people who share a demo or an office address succeed often.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{error::AppError, web::counted_as};

/// How long failures are held against somebody.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failures for one account within the window.
const PER_ACCOUNT: u32 = 10;
/// Failures from one address within the window: an office shares one.
const PER_ADDRESS: u32 = 40;
/// Keys held at most; past that the ended ones are cleared out, then all.
const MOST_KEYS: usize = 50_000;

type Key = [u8; 32];

/// Counts in memory: a restart forgives.
pub struct Throttle {
    failures: Mutex<HashMap<Key, (DateTime<Utc>, u32)>>,
    hashing: Semaphore,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { failures: Mutex::default(), hashing: Semaphore::new(2) }
    }
}

/// An attempt under way: counted as a failure until it is said to have succeeded.
pub struct Attempt(Key);

impl Throttle {
    /// Counts an attempt; an error when there were too many failures.
    pub fn attempt(&self, email: &str, address: Option<IpAddr>, now: DateTime<Utc>) -> Result<Attempt, AppError> {
        let account = key("account", email);
        let counted = [(account, PER_ACCOUNT)].into_iter();
        let counted = counted.chain(address.map(|address| (of_address(address), PER_ADDRESS)));
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > MOST_KEYS {
            failures.retain(|_, (since, _)| now - *since < WINDOW);
            if failures.len() > MOST_KEYS {
                failures.clear();
            }
        }
        for (key, most) in counted {
            let (since, count) = failures.entry(key).or_insert((now, 0));
            if now - *since >= WINDOW {
                (*since, *count) = (now, 0);
            }
            if *count >= most {
                let wait = (*since + WINDOW - now).num_seconds();
                return Err(AppError::TooMany(u64::try_from(wait).unwrap_or(0).max(1)));
            }
            *count += 1;
        }
        Ok(Attempt(account))
    }

    /// Forgives the account's failures. The address keeps its own: one good account must not pay for guessing at others.
    pub fn succeeded(&self, attempt: &Attempt, address: Option<IpAddr>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&attempt.0);
        let address = address.and_then(|address| failures.get_mut(&of_address(address)));
        if let Some((_, count)) = address {
            *count = count.saturating_sub(1);
        }
    }

    /// Leave to hash: each hash holds 19 MiB and a core, so only two run at once.
    pub async fn hashing(&self) -> Result<SemaphorePermit<'_>, AppError> {
        self.hashing.acquire().await.map_err(|closed| AppError::Unexpected(closed.into()))
    }
}

fn of_address(address: IpAddr) -> Key {
    key("address", &counted_as(address).to_string())
}

fn key(kind: &str, value: &str) -> Key {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_add_up_and_pass() {
        let (throttle, mut now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        for _ in 0..PER_ACCOUNT {
            throttle.attempt("ann@example.com", None, now).ok().unwrap();
        }
        assert!(matches!(throttle.attempt("ann@example.com", None, now), Err(AppError::TooMany(900))));
        assert!(throttle.attempt("bob@example.com", None, now).is_ok());
        now += WINDOW;
        assert!(throttle.attempt("ann@example.com", None, now).is_ok());
    }

    #[test]
    fn successes_do_not_count() {
        let (throttle, now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for _ in 0..200 {
            let attempt = throttle.attempt("ann@example.com", address, now).ok().unwrap();
            throttle.succeeded(&attempt, address);
        }
        let other = |n: u32| throttle.attempt(&format!("{n}@example.com"), address, now).is_ok();
        assert_eq!((0..100).filter(|n| other(*n)).count(), PER_ADDRESS as usize);
    }
}
