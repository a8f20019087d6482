//! A filter that was checked against the catalogue: what is asked of the rows of the database. `sql.rs` writes it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    ast::{Compare, Figure},
    search::Pattern,
};
use crate::{
    db::ids::{EnvironmentId, SegmentId},
    identities::Channel,
    subscriptions::{Medium, Purpose},
};

/// What is asked of each profile.
#[derive(Clone, Debug)]
pub struct Predicate {
    pub(super) environment: EnvironmentId,
    pub(super) root: Node,
}

impl Predicate {
    /// Everybody in an environment.
    pub fn everybody(environment: EnvironmentId) -> Self {
        Self { environment, root: Node::All(Vec::new()) }
    }

    /// Everybody who was chosen for a segment.
    pub fn chosen(environment: EnvironmentId, segment: SegmentId) -> Self {
        Self { environment, root: Node::Leaf(Box::new(Leaf::Chosen(segment.0))) }
    }

    /// Whose profiles it is about.
    pub fn environment(&self) -> EnvironmentId {
        self.environment
    }

    /// Whether it asks for events, which are looked up for each profile.
    pub fn has_events(&self) -> bool {
        self.root.has_events()
    }

    /// Whether it is true of everybody.
    pub fn is_everybody(&self) -> bool {
        matches!(&self.root, Node::All(nodes) if nodes.is_empty())
    }

    /// Each part of which all must be true, as a predicate of its own.
    pub fn parts(&self) -> Vec<Self> {
        let part = |root: &Node| Self { environment: self.environment, root: root.clone() };
        match &self.root {
            Node::All(nodes) => nodes.iter().map(part).collect(),
            one => vec![part(one)],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Leaf(Box<Leaf>),
}

impl Node {
    fn has_events(&self) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(Self::has_events),
            Self::Not(inside) => inside.has_events(),
            Self::Leaf(leaf) => matches!(**leaf, Leaf::Events(_)),
        }
    }
}

/// One condition on rows.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    /// Patterns for each word.
    Search(Vec<Pattern>),
    HasAttribute(String),
    /// An attribute has one of these terms.
    Terms(String, Vec<i64>),
    /// An entry of a list, or a single value.
    Entry(String, ValueTest),
    /// A value that is no list.
    Single(String, ValueTest),
    /// One of these tags; `None`: any.
    Tags(Option<Vec<String>>),
    /// Member of one of these segments.
    Segments(Vec<Uuid>),
    /// Chosen for a segment, or kept in it by a system.
    Chosen(Uuid),
    Created(Moments),
    Seen(Moments),
    Disabled,
    Recognised,
    Answer {
        channel: &'static str,
        topics: Vec<String>,
        states: Vec<&'static str>,
        or_nothing: bool,
    },
    Address {
        channel: Channel,
        test: AddressRows,
    },
    Can(Reachable),
    Events(EventRows),
    Source(Vec<i32>),
    Note(Option<String>),
    Device(Option<Vec<String>>),
    Identifier {
        kind: Option<String>,
        values: Option<Vec<String>>,
    },
}

/// What is asked of the row of an address.
#[derive(Clone, Debug)]
pub(super) enum AddressRows {
    Blocked,
    Present,
    OneOf(Vec<String>),
    Like(String),
}

/// From a time on, and until before another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// What is asked of one value.
#[derive(Clone, Debug)]
pub(super) enum ValueTest {
    Present,
    Equal(Vec<Equal>),
    /// A pattern for `LIKE`.
    Like(String),
    Number(Bounds),
    Day(Bounds),
}

/// A value as it may be stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Equal {
    pub texts: Vec<String>,
    pub number: Option<String>,
    pub day: Option<String>,
}

/// Ends of a range, each with whether it is included.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub from: Option<(String, bool)>,
    pub to: Option<(String, bool)>,
}

/// Events that are looked for.
#[derive(Clone, Debug)]
pub(super) struct EventRows {
    pub definitions: Vec<i32>,
    pub with: Vec<(String, ValueTest)>,
    pub within: Moments,
    pub having: Having,
}

/// What is asked of a person's events together.
#[derive(Clone, Debug)]
pub(super) enum Having {
    Any,
    Count(Compare, i64),
    Distinct(String, Vec<(Compare, i64)>),
    /// A sum, an average, the smallest or the greatest value.
    Number(Figure, String, Bounds),
    /// The first or last value.
    End {
        is_last: bool,
        property: String,
        test: ValueTest,
    },
}

/// What lets a campaign on a channel through.
#[derive(Clone, Debug)]
pub(super) struct Reachable {
    pub channel: Medium,
    /// Channels of addresses that it can use, the best first.
    pub addresses: Vec<String>,
    /// Kind of device that it reaches; `None`: it has an address.
    pub device: Option<&'static str>,
    pub now: DateTime<Utc>,
    /// Whether the channel needs a yes.
    pub asks_first: bool,
    /// Since when, in microseconds, a new subscription waits for the confirmation of the address; `None`: it does not.
    pub confirms_since: Option<i64>,
    /// Purposes that must have been agreed to.
    pub purposes: Vec<Purpose>,
}
