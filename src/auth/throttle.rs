//! Sign-in attempts, counted per account and per address, so that neither one nor many accounts can be guessed at.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::AppError;

/// Attempts at one account in a row, then one more each minute.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Attempts from one address in a row, then one more every ten seconds: an office shares an address.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(40).expect("not zero");

/// Counts attempts, in memory: a restart forgives.
pub struct Throttle {
    accounts: DefaultKeyedRateLimiter<[u8; 32]>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    hashing: Semaphore,
}

impl Default for Throttle {
    fn default() -> Self {
        let quota = |burst, every| Quota::with_period(Duration::from_secs(every)).map(|quota| quota.allow_burst(burst));
        Self {
            accounts: RateLimiter::keyed(quota(PER_ACCOUNT, 60).unwrap_or(Quota::per_minute(PER_ACCOUNT))),
            addresses: RateLimiter::keyed(quota(PER_ADDRESS, 10).unwrap_or(Quota::per_minute(PER_ADDRESS))),
            hashing: Semaphore::new(2),
        }
    }
}

impl Throttle {
    /// Counts one attempt; an error when there were too many.
    pub fn attempt(&self, email: &str, address: Option<IpAddr>) -> Result<(), AppError> {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
        let wait = |not_until: governor::NotUntil<_>| {
            let clock = governor::clock::DefaultClock::default();
            AppError::TooMany(not_until.wait_time_from(clock.now()).as_secs().max(1))
        };
        self.accounts.check_key(&Sha256::digest(email.as_bytes()).into()).map_err(wait)?;
        if let Some(address) = address {
            self.addresses.check_key(&address).map_err(wait)?;
        }
        Ok(())
    }

    /// Leave to hash: each hash holds 19 MiB and a core, so only two run at once.
    pub async fn hashing(&self) -> Result<SemaphorePermit<'_>, AppError> {
        self.hashing.acquire().await.map_err(|closed| AppError::Unexpected(closed.into()))
    }
}
