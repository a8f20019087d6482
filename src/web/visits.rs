//! How often addresses without a sign-in are used.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    counted_as,
    windows::{Windows, key},
};
use crate::error::AppError;

/// Addresses that do not work, from one client in ten minutes. Working ones are not counted by client: providers and mail programs tell of
/// many people from few addresses, and none of it may be lost.
const BROKEN: u32 = 30;

/// Counts in memory: a restart forgets them.
pub struct Visits {
    windows: Windows,
    most: u32,
}

impl Visits {
    /// Lets each address be used so often in ten minutes.
    pub fn new(most: u32) -> Self {
        Self { windows: Windows::new(TimeDelta::minutes(10)), most }
    }

    /// Counts a use of an address.
    ///
    /// # Errors
    /// `TooMany`: it was used too often.
    pub fn count(&self, address: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        self.windows.count([(key("link", address), self.most)].into_iter(), now)
    }

    /// Counts a use of an address that does not work.
    ///
    /// # Errors
    /// `TooMany`: too many came from this client.
    pub fn count_broken(&self, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), AppError> {
        self.windows.count(from.into_iter().map(|from| (key("address", &counted_as(from).to_string()), BROKEN)), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_ends_and_one_address_takes_nothing_from_another() {
        let (visits, now) = (Visits::new(60), DateTime::UNIX_EPOCH);
        let from = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!((0..100).filter(|_| visits.count_broken(from, now).is_ok()).count(), BROKEN as usize);
        assert!((0..1000).all(|n| visits.count(&n.to_string(), now).is_ok()), "each by itself");
        assert_eq!((0..100).filter(|_| visits.count("one", now).is_ok()).count(), 60);
        assert!(visits.count("one", now + TimeDelta::minutes(10)).is_ok());
    }
}
