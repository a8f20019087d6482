//! How often links are used.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    error::AppError,
    web::{
        counted_as,
        windows::{Windows, key},
    },
};

/// Uses of one link in ten minutes.
const OF_LINK: u32 = 60;
/// Links that do not work, from one address in ten minutes. Working ones are not counted by address: mail programs unsubscribe many people
/// from few addresses, and none of them may be lost.
const BROKEN: u32 = 30;

/// Counts in memory: a restart forgets them.
pub struct Visits(Windows);

impl Default for Visits {
    fn default() -> Self {
        Self(Windows::new(TimeDelta::minutes(10)))
    }
}

impl Visits {
    /// Counts a use of a link.
    ///
    /// # Errors
    /// `TooMany`: it was used too often.
    pub fn count(&self, link: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        self.0.count([(key("link", link), OF_LINK)].into_iter(), now)
    }

    /// Counts a link that does not work.
    ///
    /// # Errors
    /// `TooMany`: too many came from this address.
    pub fn count_broken(&self, from: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), AppError> {
        self.0.count(from.into_iter().map(|from| (key("address", &counted_as(from).to_string()), BROKEN)), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_ends_and_unsubscribing_does_not() {
        let (visits, now) = (Visits::default(), DateTime::UNIX_EPOCH);
        let from = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!((0..100).filter(|_| visits.count_broken(from, now).is_ok()).count(), BROKEN as usize);
        assert!((0..1000).all(|n| visits.count(&n.to_string(), now).is_ok()), "each link by itself");
        assert_eq!((0..100).filter(|_| visits.count("one", now).is_ok()).count(), OF_LINK as usize);
        assert!(visits.count("one", now + TimeDelta::minutes(10)).is_ok());
    }
}
