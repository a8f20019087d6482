//! Attributes that follow a segment, and what is known of their synchronisation.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    attributes::AttributeName,
    db::ids::{EnvironmentId, JobId, MembershipAttributeId, SegmentId},
    words::words,
    workspaces::groups::MatchedBy,
};

words! {
    /// How often an attribute is brought into step with its segment (S6.11).
    #[derive(Default)]
    pub enum Rhythm {
        /// Only when somebody asks for it.
        Hand = "hand", "By hand";
        SixHours = "six hours", "Every 6 hours";
        #[default]
        Day = "day", "Daily";
    }
}

impl Rhythm {
    /// Time of the synchronisation after one at `now`; `None`: when somebody asks for it.
    pub fn after(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Hand => None,
            Self::SixHours => Some(now + TimeDelta::hours(6)),
            Self::Day => Some(now + TimeDelta::days(1)),
        }
    }
}

/// How the members of the segment are found among the profiles that have the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matching {
    /// They are the same profiles.
    Same,
    /// They are profiles of another workspace, with the same identifier.
    By(MatchedBy),
}

/// Whether an attribute can be synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Ready(Matching),
    /// The segment is archived: who belongs to it is not known any more.
    Archived,
    /// The members of the segment were never counted.
    NotCounted,
    /// The two workspaces are not in one group any more.
    Apart,
}

impl Standing {
    /// Why it waits; `None`: it does not.
    pub fn why_waiting(self) -> Option<&'static str> {
        match self {
            Self::Ready(_) => None,
            Self::Archived => Some("The segment is archived."),
            Self::NotCounted => Some("The members of the segment are not counted yet."),
            Self::Apart => Some("The two workspaces are not in one group any more."),
        }
    }
}

/// A workspace, as links and sentences name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub slug: String,
    pub name: String,
}

/// One synchronisation of an attribute (S6.8).
#[derive(Clone, Debug)]
pub struct Sync {
    /// Its job.
    pub job: JobId,
    pub began_at: DateTime<Utc>,
    pub is_by_hand: bool,
    /// Profiles that belong to the segment.
    pub members: i64,
    /// Profiles that do since, and those that do not any more.
    pub entered: i64,
    pub left: i64,
    pub state: SyncState,
}

/// How far a synchronisation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncState {
    /// It has looked at so many profiles.
    Running(i64),
    Finished(DateTime<Utc>),
    /// It was given up, for this reason.
    Failed(String),
}

impl SyncState {
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }
}

/// An attribute that says whether a profile belongs to a segment (S6.2).
#[derive(Clone, Debug)]
pub struct MembershipAttribute {
    pub id: MembershipAttributeId,
    /// Environment of the profiles that have it.
    pub environment: EnvironmentId,
    /// Workspace of these profiles.
    pub workspace: Place,
    /// Source name of the attribute.
    pub attribute: AttributeName,
    /// Name for people.
    pub label: String,
    /// Environment of the segment.
    pub from: EnvironmentId,
    /// Workspace of the segment.
    pub from_workspace: Place,
    pub segment: SegmentId,
    pub segment_name: String,
    /// Number of members of the segment; `None`: not counted yet.
    pub segment_size: Option<i64>,
    pub rhythm: Rhythm,
    pub created_at: DateTime<Utc>,
    /// When it is synchronised next; `None`: when somebody asks for it.
    pub due_at: Option<DateTime<Utc>>,
    pub standing: Standing,
    /// The newest synchronisation; `None`: there was none within a month.
    pub last: Option<Sync>,
}

/// Display name that is proposed for the attribute of a segment (S6.3).
pub fn display_name(workspace: &str, segment: &str) -> String {
    let whole = format!("{workspace}: mbr {segment}");
    match whole.char_indices().nth(LONGEST_LABEL) {
        Some(_) => whole.chars().take(LONGEST_LABEL - 1).chain(['…']).collect(),
        None => whole,
    }
}

/// Longest display name, in characters.
pub const LONGEST_LABEL: usize = 60;

/// Source name of the attribute of a segment, which never changes (S6.4).
pub fn source_name(workspace: &str, segment: SegmentId) -> String {
    format!("{workspace}:_mbr_{segment}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn names_have_the_stated_formats() {
        assert_eq!(display_name("Acme", "High value"), "Acme: mbr High value");
        assert_eq!(display_name("Acme", &"x".repeat(100)).chars().count(), LONGEST_LABEL);
        let name = source_name("Acme", SegmentId(Uuid::from_u128(7)));
        assert_eq!(name, "Acme:_mbr_00000000-0000-0000-0000-000000000007");
        assert!(AttributeName::new(&name).is_ok());
    }

    #[test]
    fn the_next_time_follows_from_the_rhythm() {
        let now: DateTime<Utc> = "2026-11-30T22:00:00Z".parse().unwrap();
        let after = |rhythm: Rhythm| rhythm.after(now).map(|at| at.to_rfc3339());
        assert_eq!(after(Rhythm::SixHours).as_deref(), Some("2026-12-01T04:00:00+00:00"));
        assert_eq!(after(Rhythm::Day).as_deref(), Some("2026-12-01T22:00:00+00:00"));
        assert_eq!(after(Rhythm::Hand), None);
    }
}
