//! What of a ledger somebody asks for.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::ChangeKind;
use crate::{
    db::ids::{ProfileId, SourceId},
    web::{Now, pairs::Pairs},
    words::words,
};

words! {
    /// What sort of source changes something.
    pub enum Actor {
        /// Somebody at the console.
        Operator = "operator", "People";
        /// A file.
        Import = "import", "Imports";
        /// A sender.
        Key = "key", "API keys";
        /// kith itself.
        Job = "job", "Jobs";
    }
}

impl Actor {
    /// What ties several of its changes together.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Operator => "form",
            Self::Import => "import",
            Self::Key => "call",
            Self::Job => "job",
        }
    }
}

impl From<String> for Actor {
    /// A kind that a later version of kith wrote counts as a job.
    fn from(stored: String) -> Self {
        Self::from_stored(&stored).unwrap_or(Self::Job)
    }
}

/// A question to a ledger; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of which kind.
    pub kind: Option<ChangeKind>,
    /// About what: an attribute, a tag, a channel.
    pub subject: Option<String>,
    /// By whom.
    pub source: Option<SourceId>,
    /// By what sort of source.
    pub actor: Option<Actor>,
    /// Of one form, import, call or job.
    pub group: Option<Uuid>,
    /// Since when.
    pub from: Option<DateTime<Utc>>,
    /// Of somebody who became part of this profile, until then.
    pub part: Option<ProfileId>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
}

impl Filter {
    /// Reads it from an address; days are those of the reader's zone.
    pub fn parse(query: &Pairs, now: Now) -> Self {
        let day = |name| query.parsed::<NaiveDate>(name).filter(|day| (1970..2200).contains(&day.year()));
        Self {
            kind: ChangeKind::from_stored(query.get("kind")),
            subject: Some(query.get("subject").to_owned()).filter(|subject| !subject.is_empty()),
            source: query.parsed("source"),
            actor: Actor::from_stored(query.get("actor")),
            group: query.parsed("group"),
            part: query.parsed("part"),
            from: day("from").map(|day| now.start_of(day)),
            until: day("to").and_then(|day| day.succ_opt()).map(|day| now.start_of(day)),
        }
    }

    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        let words = self.kind.is_some() || self.subject.is_some() || self.source.is_some() || self.actor.is_some();
        words || self.group.is_some() || self.from.is_some() || self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::filter::*;

    #[test]
    fn what_cannot_be_read_leaves_nothing_out() {
        let now = Now::new("2026-11-22T03:24:05Z".parse().unwrap(), chrono_tz::Asia::Kolkata);
        let parse = |text: &str| Filter::parse(&Pairs::parse(text.as_bytes()), now);
        assert!(!parse("kind=nonsense&source=x&actor=&from=soon&group=1").is_narrow());
        let asked = parse("kind=attribute&subject=plan&to=2026-11-22");
        assert_eq!((asked.kind, asked.subject.as_deref()), (Some(ChangeKind::Attribute), Some("plan")));
        assert_eq!(asked.until.map(|at| at.to_string()).as_deref(), Some("2026-11-22 18:30:00 UTC"));
    }
}
