//! The vocabulary: what can be said about a person.

use chrono::{DateTime, Utc};

use crate::{
    activity::Event,
    attributes::{AttributeName, AttributeValue},
    db::ids::ProfileId,
    identities::{Address, Channel, Identifier},
    notes::NoteChange,
    tags::Tag,
};

/// One thing said about one person.
#[derive(Clone, Debug)]
pub struct Item {
    /// About whom.
    pub person: Person,
    /// When it was true; an event's own time is in the event.
    pub as_of: DateTime<Utc>,
    /// What.
    pub statement: Statement,
}

/// How a person is named.
#[derive(Clone, Debug)]
pub enum Person {
    /// By our own id; nothing happens if there is no such profile.
    Profile(ProfileId),
    /// By identifiers, at least one: whoever holds them, or a new profile. All of them are theirs from then on.
    Identifiers(Vec<Identifier>),
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Who they are.
    Identify(Identify),
    /// What they did, or what was done for them.
    Event(Event),
    /// Tags put on and taken off.
    Tags {
        /// Put on.
        add: Vec<Tag>,
        /// Taken off.
        remove: Vec<Tag>,
    },
    /// A note written, changed or removed.
    Note(NoteChange),
}

/// Who somebody is.
#[derive(Clone, Debug, Default)]
pub struct Identify {
    /// Values by name; none deletes.
    pub attributes: Vec<(AttributeName, Option<AttributeValue>)>,
    /// Where they are reached; none deletes.
    pub addresses: Vec<(Channel, Option<Address>)>,
    /// When the sender first knew them; the earliest wins.
    pub created_at: Option<DateTime<Utc>>,
}
