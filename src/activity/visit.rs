//! When an operator last looked at a profile's activity. The browser keeps it, because GET requests change nothing on the server.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::db::ids::{OperatorId, ProfileId};

/// After that long without a request, the next one begins a new visit.
const VISIT: TimeDelta = TimeDelta::minutes(30);

/// An operator's visits to one profile's activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    tag: String,
    /// End of the previous visit; `None` if there was none.
    pub previous: Option<DateTime<Utc>>,
    this: DateTime<Utc>,
}

impl Visit {
    /// Reads the cookie of earlier visits, and begins or continues a visit. A cookie of another operator or profile is ignored.
    pub fn read(cookie: Option<&str>, (operator, profile): (OperatorId, ProfileId), now: DateTime<Utc>) -> Self {
        let digest = Sha256::digest(format!("{operator} {profile}").as_bytes());
        let tag: String = crate::text::hexadecimal(&digest[..6]);
        let previous = cookie.and_then(|text| Self::parse(text, &tag)).and_then(|(previous, this)| {
            let goes_on = now - this < VISIT;
            if goes_on { previous } else { Some(this) }
        });
        Self { tag, previous: previous.filter(|at| *at < now), this: now }
    }

    fn parse(text: &str, tag: &str) -> Option<(Option<DateTime<Utc>>, DateTime<Utc>)> {
        let mut parts = text.split('.');
        if parts.next()? != tag {
            return None;
        }
        let mut time = || parts.next()?.parse().ok().and_then(DateTime::from_timestamp_micros);
        let (previous, this) = (time()?, time()?);
        Some((Some(previous).filter(|at| *at > DateTime::UNIX_EPOCH), this))
    }

    /// Text of the cookie, for this address alone.
    pub fn text(&self) -> String {
        let previous = self.previous.map_or(0, |at| at.timestamp_micros());
        format!("{}.{previous}.{}", self.tag, self.this.timestamp_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_visit_ends_after_half_an_hour_without_a_click() {
        let who = (OperatorId(Uuid::from_u128(1)), ProfileId(Uuid::from_u128(2)));
        let start: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let left = Visit::text;
        let first = Visit::read(None, who, start);
        assert_eq!(first.previous, None, "nothing is new to somebody who was never here");
        let goes_on = Visit::read(Some(&left(&first)), who, start + TimeDelta::minutes(20));
        assert_eq!(goes_on.previous, None);
        let goes_on = Visit::read(Some(&left(&goes_on)), who, start + TimeDelta::minutes(40));
        assert_eq!(goes_on.previous, None, "twenty minutes after the last click");
        let second = Visit::read(Some(&left(&goes_on)), who, start + TimeDelta::minutes(80));
        assert_eq!(second.previous, Some(start + TimeDelta::minutes(40)));
        let goes_on = Visit::read(Some(&left(&second)), who, start + TimeDelta::minutes(90));
        assert_eq!(goes_on.previous, second.previous);
    }

    #[test]
    fn what_another_left_or_nobody_can_read_does_not_count() {
        let who = |operator| (OperatorId(Uuid::from_u128(operator)), ProfileId(Uuid::from_u128(2)));
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let left = Visit::read(None, who(1), now).text();
        let later = now + TimeDelta::days(1);
        assert_eq!(Visit::read(Some(&left), who(1), later).previous, Some(now));
        assert_eq!(Visit::read(Some(&left), who(3), later).previous, None);
        for text in ["", "x", ".1.2", &format!("{left}9"), &left[..14]] {
            assert_eq!(Visit::read(Some(text), who(1), now).previous, None, "{text}");
        }
    }
}
