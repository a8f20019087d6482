//! Segments and what defines them.

use chrono::{DateTime, Utc};

use crate::{
    db::ids::{EnvironmentId, OperatorId, SegmentId},
    filter::{Catalogue, Filter, Predicate},
    text::name,
    words::words,
};

words! {
    /// Who decides about the members of a segment.
    pub enum SegmentKind {
        /// A filter: everybody whom it selects, as long as it does (V5.5).
        Live = "live", "Live";
        /// People at the console, one by one or all whom a filter selected once.
        Chosen = "chosen", "Chosen people";
        /// Another system, through the API; read-only at the console (V5.4).
        Kept = "kept", "Kept by a system";
    }
}

/// Name of a segment: one line of 1 to 100 characters of which something can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentName(String);

impl SegmentName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 100;

    /// Reads what was typed.
    ///
    /// # Errors
    /// The rule that it breaks, in words that say what to do.
    pub fn typed(text: &str) -> Result<Self, &'static str> {
        name(text, Self::LONGEST).map(Self).ok_or("Enter a name of 1 to 100 characters on one line.")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What defines a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// Whom a filter selects.
    By(Filter),
    /// Who was chosen, or is kept by a system.
    Chosen,
    /// A filter that a newer version of kith wrote.
    Unreadable,
}

impl Definition {
    /// What it asks of profiles at `now`.
    ///
    /// # Errors
    /// Why it cannot be applied, in a sentence.
    pub fn check(
        &self,
        catalogue: &Catalogue,
        environment: EnvironmentId,
        id: SegmentId,
        now: DateTime<Utc>,
    ) -> Result<Predicate, String> {
        match self {
            Self::By(filter) => catalogue.check(filter, now),
            Self::Chosen => Ok(Predicate::chosen(environment, id)),
            Self::Unreadable => Err("A newer version of kith wrote this definition.".to_owned()),
        }
    }

    /// The filter; `None` if there is none, or it cannot be read.
    pub fn filter(&self) -> Option<&Filter> {
        if let Self::By(filter) = self { Some(filter) } else { None }
    }
}

/// A segment as people define it.
#[derive(Clone, Debug)]
pub struct Segment {
    pub id: SegmentId,
    pub kind: SegmentKind,
    pub name: String,
    pub description: String,
    /// Folder in the list of segments; empty: none.
    pub folder: String,
    pub tags: Vec<String>,
    /// Who looks after it; `None`: nobody, or somebody who left.
    pub owner: Option<OperatorId>,
    pub definition: Definition,
    /// Whether the tab of a profile shows it (S9.5).
    pub on_profiles: bool,
    /// Number of changes, from 1.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
    pub count: Count,
}

/// How many members a segment has, as far as is known.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// Number of members; `None`: nobody was counted yet.
    pub size: Option<i64>,
    /// When everybody was looked at.
    pub counted_at: Option<DateTime<Utc>>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<i32>,
    /// Since when everybody is being looked at; `None`: not now.
    pub counting_since: Option<DateTime<Utc>>,
    /// Whether everybody is to be looked at.
    pub is_wanted: bool,
    /// Why the definition cannot be applied; the members are those of before.
    pub broken: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        assert_eq!(SegmentName::typed(" Paying ").map(|name| name.as_str().to_owned()), Ok("Paying".to_owned()));
        let long = "x".repeat(SegmentName::LONGEST + 1);
        for wrong in ["", "  ", "a\nb", "\u{200B}", &long] {
            assert!(SegmentName::typed(wrong).is_err(), "{wrong:?}");
        }
    }
}
