//! A webhook: whom it tells, of what, and how it fares.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{HappeningKind, Secrets, State};
use crate::{
    db::ids::{SegmentId, WebhookId},
    web::{outbound::Endpoint, words::counted},
    words::words,
};

/// Webhooks of an environment at most.
pub const MOST: usize = 50;
/// Segments that one webhook can name.
pub const MOST_SEGMENTS: usize = 100;

/// Name of a webhook for people: 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookName(String);

impl WebhookName {
    /// Characters at most.
    pub const LONGEST: usize = 100;

    /// Checks a name. The error is text for people.
    pub fn new(given: &str) -> Result<Self, String> {
        let name = given.trim();
        match name.chars().count() {
            0 => Err("Enter a name, such as the system that is told.".to_owned()),
            n if n > Self::LONGEST => {
                Err(format!("A name can have at most {} characters. This one has {n}.", Self::LONGEST))
            }
            _ if name.chars().any(char::is_control) => Err("A name must be one line of text.".to_owned()),
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Kinds of happenings: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(BTreeSet<HappeningKind>);

impl Kinds {
    /// These kinds; `None` if there are none.
    pub fn new(given: impl IntoIterator<Item = HappeningKind>) -> Option<Self> {
        let all: BTreeSet<_> = given.into_iter().collect();
        (!all.is_empty()).then_some(Self(all))
    }

    /// All of them.
    pub fn all() -> Self {
        Self(HappeningKind::ALL.into())
    }

    pub fn has(&self, kind: HappeningKind) -> bool {
        self.0.contains(&kind)
    }

    /// Words of the kinds.
    pub fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|kind| kind.as_str()).collect()
    }

    /// "entering and leaving".
    pub fn label(&self) -> String {
        self.0.iter().map(|kind| kind.label()).collect::<Vec<_>>().join(" and ")
    }
}

/// Which segments a webhook is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segments {
    /// All, those to come too.
    All,
    /// These. Of a segment that is deleted nothing comes any more.
    Only(BTreeSet<SegmentId>),
}

impl Segments {
    /// The ids; `None`: all.
    pub fn ids(&self) -> Option<Vec<uuid::Uuid>> {
        match self {
            Self::All => None,
            Self::Only(ids) => Some(ids.iter().map(|id| id.0).collect()),
        }
    }

    /// "any segment", "2 chosen segments".
    pub fn label(&self) -> String {
        match self {
            Self::All => "any segment".to_owned(),
            Self::Only(ids) => counted(ids.len() as i64, "chosen segment", "chosen segments"),
        }
    }
}

/// What people decide about a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: WebhookName,
    pub endpoint: Endpoint,
    pub kinds: Kinds,
    pub segments: Segments,
}

words! {
    /// Why kith turned a webhook off by itself.
    pub enum OffCause {
        Gone = "gone", "The receiver answered 410 Gone: it wants no messages any more.";
        Failing = "failing", "No message arrived for five days.";
    }
}

/// Whether a webhook sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    On {
        /// First failure since the last success.
        failing_since: Option<DateTime<Utc>>,
    },
    /// By somebody, or by kith for a cause.
    Off(Option<OffCause>),
}

/// A webhook as it is stored.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub id: WebhookId,
    pub draft: Draft,
    pub switch: Switch,
    pub secrets: Secrets,
    pub created_at: DateTime<Utc>,
}

impl Webhook {
    pub fn name(&self) -> &str {
        self.draft.name.as_str()
    }

    pub fn is_on(&self) -> bool {
        matches!(self.switch, Switch::On { .. })
    }
}

/// A webhook for the list, with its newest message.
#[derive(Clone, Debug)]
pub struct Listed {
    pub webhook: Webhook,
    pub last: Option<(State, DateTime<Utc>)>,
}
