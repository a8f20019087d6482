//! A screen view, and the checked values that it is made of.

use chrono::{DateTime, Utc};

use super::content::{Content, ContentKind};
use crate::{db::ids::ScreenViewId, filter::Filter, text::name, words::words};

/// Name of a screen view: one line of 1 to 100 characters of which something can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenViewName(String);

impl ScreenViewName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 100;

    /// Reads what was typed.
    ///
    /// # Errors
    /// The rule that it breaks, in words that say what to do.
    pub fn typed(text: &str) -> Result<Self, &'static str> {
        name(text, Self::LONGEST).map(Self).ok_or("Enter a name of 1 to 100 characters on one line.")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which of several comes first: 0 to 1000, the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(i32);

impl Priority {
    /// Reads what was typed.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn typed(text: &str) -> Result<Self, &'static str> {
        let number = text.trim().parse().ok().filter(|number| (0..=1000).contains(number));
        number.map(Self).ok_or("Enter a whole number from 0 to 1000. The greatest is shown first.")
    }

    /// The number.
    pub fn number(self) -> i32 {
        self.0
    }
}

/// When it is shown: from a time on, and until before another; `None`: from the beginning, and for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Run {
    /// From one time until another.
    ///
    /// # Errors
    /// The end is not after the beginning.
    pub fn new(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Result<Self, &'static str> {
        match from.zip(until) {
            Some((from, until)) if until <= from => Err("Enter a time after the one from which it is shown."),
            _ => Ok(Self { from, until }),
        }
    }

    pub fn from(self) -> Option<DateTime<Utc>> {
        self.from
    }

    pub fn until(self) -> Option<DateTime<Utc>> {
        self.until
    }
}

words! {
    /// Whether a screen view is shown at a time.
    pub enum Showing {
        Now = "now", "Showing now";
        Later = "later", "Later";
        Over = "over", "Over";
        Archived = "archived", "Archived";
    }
}

/// A screen view without its content.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: ScreenViewId,
    pub name: String,
    pub kind: ContentKind,
    /// Whom it is shown to; `None`: this version of kith cannot read the filter.
    pub audience: Option<Filter>,
    pub run: Run,
    pub priority: i32,
    /// Number of changes, from 1.
    pub version: i32,
    pub changed_by: String,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
}

impl Listed {
    /// Whether it is shown at `now`, whoever looks.
    pub fn showing(&self, now: DateTime<Utc>) -> Showing {
        match self.archived_at {
            Some(_) => Showing::Archived,
            None if self.run.until.is_some_and(|until| until <= now) => Showing::Over,
            None if self.run.from.is_some_and(|from| from > now) => Showing::Later,
            None => Showing::Now,
        }
    }

    /// Its audience as text, in the one way of writing; empty: everybody.
    pub fn typed(&self) -> String {
        self.audience.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// A screen view.
#[derive(Clone, Debug)]
pub struct ScreenView {
    pub listed: Listed,
    pub content: Content,
    pub made_by: String,
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_run_ends_after_it_begins_and_its_end_is_not_in_it() {
        let at = DateTime::UNIX_EPOCH;
        let hour = at + TimeDelta::hours(1);
        assert!(Run::new(Some(at), Some(at)).is_err() && Run::new(Some(hour), Some(at)).is_err());
        let run = Run::new(Some(at), Some(hour)).unwrap();
        let listed = Listed {
            id: ScreenViewId(uuid::Uuid::nil()),
            name: String::new(),
            kind: ContentKind::Text,
            audience: None,
            run,
            priority: 0,
            version: 1,
            changed_by: String::new(),
            updated_at: at,
            archived_at: None,
        };
        let second = TimeDelta::seconds(1);
        for (now, showing) in
            [(at - second, Showing::Later), (at, Showing::Now), (hour - second, Showing::Now), (hour, Showing::Over)]
        {
            assert_eq!(listed.showing(now), showing, "{now}");
        }
        let archived = Listed { archived_at: Some(at), ..listed };
        assert_eq!(archived.showing(at), Showing::Archived);
    }

    #[test]
    fn a_priority_is_from_0_to_1000() {
        for right in ["0", " 1000 ", "7"] {
            assert!(Priority::typed(right).is_ok(), "{right}");
        }
        for wrong in ["", "-1", "1001", "1.5", "high"] {
            assert!(Priority::typed(wrong).is_err(), "{wrong}");
        }
    }
}
