//! The vocabulary: what can be said about a person.

use chrono::{DateTime, Utc};

use serde_json::Value;

use crate::{
    attributes::{AttributeName, AttributeValue},
    db::ids::ProfileId,
    events::Event,
    identities::{Address, Addresses, Channel, Identifier, Kind},
    notes::NoteChange,
    registers::{Correction, Fact},
    subscriptions::{Line, Subscription},
    tags::{Tag, Tags},
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
    /// By an address alone: everybody who is reached there. Only for [`Statement::Subscription`], which is also kept for whoever
    /// gets that address later.
    Reached(Channel, Address),
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
    /// What they want to receive.
    Subscription(Line, Subscription),
    /// They are the same person as somebody else, whose identifiers find them from now on.
    Merge(Merge),
    /// An operator compared them with another profile and found that both are one person. Only about [`Person::Profile`].
    MergeProfile(MergeProfile),
    /// Everything about them is removed for good. What was said before that and arrives later is dropped.
    Delete {
        /// They must not come back with anything newer either.
        block: bool,
    },
    /// A note written, changed or removed.
    Note(NoteChange),
    /// Values put right by somebody who saw what they were. If one of them is something else by now, nothing of this happens.
    Correct(Vec<Correction>),
    /// These identifiers are not theirs after all. Only about [`Person::Profile`].
    Release(Vec<Identifier>),
}

impl Item {
    /// When it was said: an event's own time.
    pub fn said_at(&self) -> DateTime<Utc> {
        self.statement.said_at(self.as_of)
    }

    /// All identifiers that it names.
    pub fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        let from = match &self.statement {
            Statement::Merge(merge) => merge.from.as_slice(),
            Statement::Release(identifiers) => identifiers,
            _ => &[],
        };
        self.person.identifiers().iter().chain(from)
    }

    /// The two profiles that it says are one.
    pub(super) fn compared(&self) -> Option<[ProfileId; 2]> {
        match &self.statement {
            Statement::MergeProfile(said) => Some([self.person.profile()?, said.other]),
            _ => None,
        }
    }

    /// The email that it gives somebody, as if it were an id.
    pub fn email_as_id(&self) -> Option<Identifier> {
        let (_, address) = self.statement.new_addresses().find(|(channel, _)| *channel == Channel::Email)?;
        Identifier::new(Kind::Id, &address.shown).ok()
    }
}

impl Person {
    /// The identifiers that it names.
    pub fn identifiers(&self) -> &[Identifier] {
        match self {
            Self::Profile(_) | Self::Reached(..) => &[],
            Self::Identifiers(identifiers) => identifiers,
        }
    }

    /// The profile that it names itself.
    pub fn profile(&self) -> Option<ProfileId> {
        if let Self::Profile(profile) = self { Some(*profile) } else { None }
    }

    /// Whether it is whoever has an address.
    pub fn is_reached(&self) -> bool {
        self.reached().is_some()
    }

    /// The address that it names instead of somebody.
    pub fn reached(&self) -> Option<(Channel, &Address)> {
        if let Self::Reached(channel, address) = self { Some((*channel, address)) } else { None }
    }
}

impl Statement {
    /// When it was said, where that is `as_of` for all but events, which have a time of their own.
    pub fn said_at(&self, as_of: DateTime<Utc>) -> DateTime<Utc> {
        self.event().map_or(as_of, |event| event.occurred_at)
    }

    /// What it says of the keys of registers, but for attributes, tags and subscriptions that are said by themselves.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        let said = if let Self::Identify(said) = self { said.facts.as_slice() } else { &[] };
        let corrections = if let Self::Correct(corrections) = self { corrections.as_slice() } else { &[] };
        said.iter().chain(corrections.iter().map(|correction| &correction.fact))
    }

    /// The addresses that it gives somebody.
    pub fn new_addresses(&self) -> impl Iterator<Item = (Channel, &Address)> {
        let addresses = self.facts().filter_map(Fact::of::<Addresses>);
        addresses.filter_map(|(channel, address)| Some((*channel, address.as_ref()?)))
    }

    /// The tags that it puts on somebody.
    pub fn new_tags(&self) -> impl Iterator<Item = &Tag> {
        let said = if let Self::Tags { add, .. } = self { add.as_slice() } else { &[] };
        let corrected = self.facts().filter_map(Fact::of::<Tags>).filter_map(|(tag, is_on)| is_on.then_some(tag));
        said.iter().chain(corrected)
    }

    /// The event, if it is one.
    pub fn event(&self) -> Option<&Event> {
        if let Self::Event(event) = self { Some(event) } else { None }
    }
}

/// Who is the same person as the one that an item is about, who survives.
#[derive(Clone, Debug)]
pub struct Merge {
    /// By what the other one is known, where senders leave the kind open: all that exist are merged, all others
    /// become identifiers of the survivor.
    pub from: Vec<Identifier>,
    /// Two people who both have an id may be joined. Without this they are only suggested for merging.
    pub joins_known: bool,
}

/// Another profile of the same person, which becomes part of theirs.
#[derive(Clone, Copy, Debug)]
pub struct MergeProfile {
    /// Which.
    pub other: ProfileId,
    /// The versions that were compared: theirs, and that of the other one. If either changed since, nothing happens.
    pub versions: (i64, i64),
}

/// Who somebody is.
#[derive(Clone, Debug, Default)]
pub struct Identify {
    /// Values by name; none deletes.
    pub attributes: Vec<(AttributeName, Option<AttributeValue>)>,
    /// Values for names about which nothing was ever said; of several the earliest stays.
    pub defaults: Vec<(AttributeName, AttributeValue)>,
    /// Entries put into lists, which they are in at most once.
    pub list_entries: Vec<(AttributeName, Value)>,
    /// Where they are reached, which devices they have, what they agreed to: anything that a register keeps.
    pub facts: Vec<Fact>,
    /// When the sender first knew them; the earliest wins.
    pub created_at: Option<DateTime<Utc>>,
}
