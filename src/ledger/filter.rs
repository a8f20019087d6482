//! Filters of a ledger, read from an address.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::ChangeKind;
use crate::{
    db::ids::{ProfileId, SourceId},
    web::{Now, pairs::Pairs},
    words::words,
};

words! {
    /// Sort of a source.
    #[derive(serde::Deserialize)]
    #[serde(from = "String")]
    pub enum Actor {
        /// An operator at the console.
        Operator = "operator", "People";
        /// An imported file.
        Import = "import", "Imports";
        /// A sender's key.
        Key = "key", "API keys";
        /// A job of kith.
        Job = "job", "Jobs";
        /// The person themselves.
        Person = "person", "The person";
    }
}

impl Actor {
    /// What one group of this source's changes is called.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Operator => "form",
            Self::Import => "import",
            Self::Key => "call",
            Self::Job => "job",
            Self::Person => "form",
        }
    }
}

impl From<String> for Actor {
    /// Reads the stored word. A word that a later version of kith wrote counts as a job.
    fn from(stored: String) -> Self {
        Self::from_stored(&stored).unwrap_or(Self::Job)
    }
}

/// Which rows of a ledger are asked for; a `None` restricts nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Kind of the change.
    pub kind: Option<ChangeKind>,
    /// Subject of the change: an attribute, a tag, a channel.
    pub subject: Option<String>,
    /// Source of the change.
    pub source: Option<SourceId>,
    /// Sort of the source.
    pub actor: Option<Actor>,
    /// Group of the change.
    pub group: Option<Uuid>,
    /// First time of writing.
    pub from: Option<DateTime<Utc>>,
    /// A profile merged into this one, whose changes until the merge are asked for.
    pub part: Option<ProfileId>,
    /// End of the times of writing; not included.
    pub until: Option<DateTime<Utc>>,
}

impl Filter {
    /// Reads a filter from an address; days are those of the reader's time zone. Values that cannot be read restrict nothing.
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

    /// Whether the filter restricts anything within a profile's ledger.
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
