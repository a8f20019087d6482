//! Failed sign-ins, counted per account and per address, so that the passwords of neither one nor many accounts can be guessed. A browser
//! known to the account is counted by itself: a stranger who locks the account does not lock its owner out.
//!
//! Not a rate limiter from a library: those count successes too, and people who share a demo or an office address succeed often.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    error::AppError,
    web::{
        counted_as,
        windows::{Key, Windows, key},
    },
};

/// Time for which failures count.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failures allowed for one account within the window.
const PER_ACCOUNT: u32 = 10;
/// Failures allowed in one known browser within the window.
const PER_BROWSER: u32 = 10;
/// Failures allowed from one address within the window: an office shares one.
const PER_ADDRESS: u32 = 40;

/// Counts in memory: a restart forgets them.
pub struct Throttle {
    failures: Windows,
    hashing: Semaphore,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { failures: Windows::new(WINDOW), hashing: Semaphore::new(2) }
    }
}

/// Who tries to sign in, as counted.
#[derive(Clone, Copy, Debug)]
pub enum Tries<'a> {
    /// An unknown browser, at the account with this email, from this address.
    Stranger(&'a str, Option<IpAddr>),
    /// The browser with this key, known to the account.
    Known(&'a str),
}

/// An attempt, counted as a failure until [`Throttle::succeeded`].
pub struct Attempt {
    own: Key,
    address: Option<Key>,
}

impl Throttle {
    /// Counts an attempt. Fails with `TooMany` after too many failures, with the seconds until the window ends.
    pub fn attempt(&self, tries: Tries<'_>, now: DateTime<Utc>) -> Result<Attempt, AppError> {
        let (own, most, address) = match tries {
            Tries::Stranger(email, address) => (key("account", email), PER_ACCOUNT, address),
            Tries::Known(browser) => (key("browser", browser), PER_BROWSER, None),
        };
        let address = address.map(|address| key("address", &counted_as(address).to_string()));
        let counted = [(own, most)].into_iter().chain(address.map(|address| (address, PER_ADDRESS)));
        self.failures.count(counted, now)?;
        Ok(Attempt { own, address })
    }

    /// Takes back the failures of the account or of the browser. Those of the address stay: one good account must not pay for guessing at
    /// others.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.failures.forget(&attempt.own);
        attempt.address.into_iter().for_each(|address| self.failures.take_back(&address));
    }

    /// Permit to hash: each hash takes 19 MiB and a core, so only two run at once.
    pub async fn hashing(&self) -> Result<SemaphorePermit<'_>, AppError> {
        self.hashing.acquire().await.map_err(|closed| AppError::Unexpected(closed.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_add_up_and_pass() {
        let (throttle, mut now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        let (ann, bob) = (Tries::Stranger("ann@example.com", None), Tries::Stranger("bob@example.com", None));
        for _ in 0..PER_ACCOUNT {
            throttle.attempt(ann, now).ok().unwrap();
        }
        assert!(matches!(throttle.attempt(ann, now), Err(AppError::TooMany(900))));
        assert!(throttle.attempt(bob, now).is_ok());
        now += WINDOW;
        assert!(throttle.attempt(ann, now).is_ok());
    }

    #[test]
    fn successes_do_not_count() {
        let (throttle, now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for _ in 0..200 {
            let attempt = throttle.attempt(Tries::Stranger("ann@example.com", address), now).ok().unwrap();
            throttle.succeeded(&attempt);
        }
        let other = |n: u32| throttle.attempt(Tries::Stranger(&format!("{n}@example.com"), address), now).is_ok();
        assert_eq!((0..100).filter(|n| other(*n)).count(), PER_ADDRESS as usize);
    }

    #[test]
    fn a_known_browser_is_counted_by_itself() {
        let (throttle, now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        let stranger = || throttle.attempt(Tries::Stranger("ann@example.com", None), now);
        let known = || throttle.attempt(Tries::Known("browser"), now);
        assert_eq!((0..20).filter(|_| stranger().is_ok()).count(), PER_ACCOUNT as usize);
        let attempt = known().ok().unwrap();
        throttle.succeeded(&attempt);
        assert!(stranger().is_err(), "its success forgives nobody else");
        assert_eq!((0..20).filter(|_| known().is_ok()).count(), PER_BROWSER as usize);
        assert!(throttle.attempt(Tries::Known("another"), now).is_ok());
    }

    #[test]
    fn a_whole_ipv6_network_is_one_address() {
        let (throttle, now) = (Throttle::default(), DateTime::UNIX_EPOCH);
        let from = |net: u32, n: u32| {
            let address: IpAddr = format!("2001:db8:0:{net:x}::{n:x}").parse().unwrap();
            throttle.attempt(Tries::Stranger(&format!("{net}-{n}@example.com"), Some(address)), now).is_ok()
        };
        assert_eq!((0..60).filter(|n| from(1, *n)).count(), PER_ADDRESS as usize);
        assert!(from(2, 1));
    }
}
