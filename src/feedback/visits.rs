//! How often the addresses of accounts are called.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    db::ids::SendingAccountId,
    error::AppError,
    web::{
        counted_as,
        windows::{Windows, key},
    },
};

/// Calls for one account in ten minutes: ten a second, of which each may tell of thousands of messages.
const OF_ACCOUNT: u32 = 6_000;
/// Wrong addresses, from one client in ten minutes.
const BROKEN: u32 = 30;

/// Counts in memory: a restart forgets them.
pub struct Visits(Windows);

impl Default for Visits {
    fn default() -> Self {
        Self(Windows::new(TimeDelta::minutes(10)))
    }
}

impl Visits {
    /// Counts a call.
    ///
    /// # Errors
    /// `TooMany`: there were too many for this account.
    pub fn count(&self, account: SendingAccountId, now: DateTime<Utc>) -> Result<(), AppError> {
        self.0.count([(key("account", &account.to_string()), OF_ACCOUNT)].into_iter(), now)
    }

    /// Counts a call of an address that does not exist.
    ///
    /// # Errors
    /// `TooMany`: too many came from this client.
    pub fn count_broken(&self, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), AppError> {
        self.0.count(from.into_iter().map(|from| (key("address", &counted_as(from).to_string()), BROKEN)), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_ends_and_one_account_takes_nothing_from_another() {
        let (visits, now) = (Visits::default(), DateTime::UNIX_EPOCH);
        let from = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!((0..100).filter(|_| visits.count_broken(from, now).is_ok()).count(), BROKEN as usize);
        let account = |n| SendingAccountId(uuid::Uuid::from_u128(n));
        assert_eq!((0..7000).filter(|_| visits.count(account(1), now).is_ok()).count(), OF_ACCOUNT as usize);
        assert!(visits.count(account(2), now).is_ok());
    }
}
