//! The vocabulary of the write path: items, each a statement about a person.

use chrono::{DateTime, Utc};

use serde_json::Value;

use crate::{
    attributes::{AttributeName, AttributeValue},
    db::ids::ProfileId,
    events::Event,
    identities::{Address, Addresses, Channel, Identifier, Kind},
    ledger::Invalid,
    notes::NoteChange,
    registers::{Correction, Fact},
    restrictions::{Contact, Held, Restrictions, Stop},
    subscriptions::{Line, Subscription, Subscriptions},
    tags::{Tag, Tags},
};

/// One statement about one person.
#[derive(Clone, Debug)]
pub struct Item {
    /// The person that the statement is about.
    pub person: Person,
    /// Time at which the statement was true; an event has its own time.
    pub as_of: DateTime<Utc>,
    /// What is said of the person.
    pub statement: Statement,
}

/// How an item names the person that it is about.
#[derive(Clone, Debug)]
pub enum Person {
    /// Id of a profile; the item has no effect if that profile does not exist.
    Profile(ProfileId),
    /// Identifiers, at least one: they find the profile that has a claim to them or make a new one, which then claims all of them.
    Identifiers(Vec<Identifier>),
    /// An address alone: the only profile that has it, else the one that the identifiers find or make, of which the address is one.
    Addressed(Vec<Identifier>, Channel, Address),
    /// An address: every profile that has it. Only for [`Statement::Subscription`] and [`Statement::Restriction`], which are also kept for
    /// profiles that get the address later.
    Reached(Channel, Address),
}

/// What can be said of a person.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Attributes, addresses, devices and other facts of the person.
    Identify(Identify),
    /// An event that the person caused or received.
    Event(Event),
    /// Tags to add and to remove.
    Tags {
        /// Tags to add.
        add: Vec<Tag>,
        /// Tags to remove.
        remove: Vec<Tag>,
    },
    /// Subscription of the person to a line: a channel or a topic.
    Subscription(Line, Subscription),
    /// What keeps messages from an address whatever somebody wants, of the one by which people are reached, or of the one that the person
    /// has by now; `None` lifts it. What names its address, or is of the person, is a fact of [`Self::Identify`].
    Restriction(Stop, Option<Held>),
    /// The person is the same as another one, whose identifiers find the survivor from now on.
    Merge(Merge),
    /// An operator compared two profiles and found that both are one person. Only about [`Person::Profile`].
    MergeProfile(MergeProfile),
    /// Erases the person for good. Statements from before the erasure that arrive later are refused.
    Delete {
        /// Drops newer statements about the person too, so that they never come back.
        block: bool,
    },
    /// A note to write, change or delete.
    Note(NoteChange),
    /// Corrections by somebody who saw the former values. If one value differs from what was seen, none of the corrections is applied.
    Correct(Vec<Correction>),
    /// Identifiers that the profile loses. Only about [`Person::Profile`].
    Release(Vec<Identifier>),
}

impl From<Fact> for Statement {
    /// The statement of one fact.
    fn from(fact: Fact) -> Self {
        Self::Identify(Identify { facts: vec![fact], ..Identify::default() })
    }
}

impl Item {
    /// Time of the statement: `as_of`, or the event's own time.
    pub fn said_at(&self) -> DateTime<Utc> {
        self.statement.said_at(self.as_of)
    }

    /// All identifiers that the item names, those of its statement included.
    pub fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        let from = match &self.statement {
            Statement::Merge(merge) => merge.from.as_slice(),
            Statement::Release(identifiers) => identifiers,
            _ => &[],
        };
        self.person.identifiers().iter().chain(from)
    }

    /// The fact that the item states of an address, whoever has it; `None`: it is about people.
    pub(super) fn of_address(&self) -> Option<(Channel, &Address, Fact)> {
        let (channel, address) = self.person.reached()?;
        let fact = match &self.statement {
            Statement::Subscription(line, said) => Fact::new::<Subscriptions>(line.clone(), *said),
            Statement::Restriction(stop, held) => {
                Fact::new::<Restrictions>(stop.of(Contact::new(channel, address)), held.clone())
            }
            _ => return None,
        };
        Some((channel, address, fact))
    }

    /// The two profiles of a [`Statement::MergeProfile`]: survivor first. `None` for other statements.
    pub(super) fn compared(&self) -> Option<[ProfileId; 2]> {
        match &self.statement {
            Statement::MergeProfile(said) => Some([self.person.profile()?, said.other]),
            _ => None,
        }
    }
}

impl Person {
    /// The identifiers that name the person; empty if a profile or an address does.
    pub fn identifiers(&self) -> &[Identifier] {
        match self {
            Self::Profile(_) | Self::Reached(..) => &[],
            Self::Identifiers(identifiers) | Self::Addressed(identifiers, ..) => identifiers,
        }
    }

    /// The identifier that says the most; `None` if a profile or an address names the person.
    pub fn strongest(&self) -> Option<&Identifier> {
        self.identifiers().iter().min_by_key(|identifier| identifier.kind.rank())
    }

    /// The profile that names the person; `None` if identifiers or an address do.
    pub fn profile(&self) -> Option<ProfileId> {
        if let Self::Profile(profile) = self { Some(*profile) } else { None }
    }

    /// Whoever an email address names that an item gives instead of an id: the email is their id, if nobody has it.
    ///
    /// # Errors
    /// It cannot be an id.
    pub fn of_email(email: Address) -> Result<Self, Invalid> {
        Ok(Self::Addressed(vec![Identifier::new(Kind::Id, &email.shown)?], Channel::Email, email))
    }

    /// The address whose holders the person may be; `None` if a profile or identifiers name the person.
    pub fn address(&self) -> Option<(Channel, &Address)> {
        if let Self::Addressed(_, channel, address) = self { Some((*channel, address)) } else { self.reached() }
    }

    /// Whether an address names every profile that has it.
    pub fn is_reached(&self) -> bool {
        self.reached().is_some()
    }

    /// The address that names the person; `None` if a profile or identifiers do.
    pub fn reached(&self) -> Option<(Channel, &Address)> {
        if let Self::Reached(channel, address) = self { Some((*channel, address)) } else { None }
    }
}

impl Statement {
    /// Time of the statement: the event's own time, `as_of` for every other statement.
    pub fn said_at(&self, as_of: DateTime<Utc>) -> DateTime<Utc> {
        self.event().map_or(as_of, |event| event.occurred_at)
    }

    /// Facts of [`Self::Identify`] and [`Self::Correct`], without attributes, tags and subscriptions that are stated by themselves.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        let said = if let Self::Identify(said) = self { said.facts.as_slice() } else { &[] };
        let corrections = if let Self::Correct(corrections) = self { corrections.as_slice() } else { &[] };
        said.iter().chain(corrections.iter().map(|correction| &correction.fact))
    }

    /// The addresses that the statement gives the person.
    pub fn new_addresses(&self) -> impl Iterator<Item = (Channel, &Address)> {
        let addresses = self.facts().filter_map(Fact::of::<Addresses>);
        addresses.filter_map(|(channel, address)| Some((*channel, address.as_ref()?)))
    }

    /// The tags that the statement adds to the person.
    pub fn new_tags(&self) -> impl Iterator<Item = &Tag> {
        let said = if let Self::Tags { add, .. } = self { add.as_slice() } else { &[] };
        let corrected = self.facts().filter_map(Fact::of::<Tags>).filter_map(|(tag, is_on)| is_on.then_some(tag));
        said.iter().chain(corrected)
    }

    /// The event; `None` for other statements.
    pub fn event(&self) -> Option<&Event> {
        if let Self::Event(event) = self { Some(event) } else { None }
    }
}

/// Another person who is the same as the person of the item; the item's person survives.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Identifiers of the other person, in every kind that a sender may have meant: all profiles that they find are merged, all other
    /// identifiers become the survivor's.
    pub from: Vec<Identifier>,
    /// Whether two people who both have an id are merged. If not, the merge is only suggested to operators.
    pub joins_known: bool,
}

/// Another profile of the same person, to be merged into the item's profile.
#[derive(Clone, Copy, Debug)]
pub struct MergeProfile {
    /// The profile to merge.
    pub other: ProfileId,
    /// Versions that were compared, of the item's profile and of `other`. If one of them changed since, nothing happens.
    pub versions: (i64, i64),
}

/// Facts of a person, as one statement.
#[derive(Clone, Debug, Default)]
pub struct Identify {
    /// Attributes by name; `None` deletes the value.
    pub attributes: Vec<(AttributeName, Option<AttributeValue>)>,
    /// Values of attributes about which nothing was ever said; of several defaults the earliest stays.
    pub defaults: Vec<(AttributeName, AttributeValue)>,
    /// Entries to add to lists by name; a list holds an entry at most once.
    pub list_entries: Vec<(AttributeName, Value)>,
    /// Facts of any register: addresses, devices, consents and others.
    pub facts: Vec<Fact>,
    /// Time at which the sender first knew the person; the earliest of all senders stays.
    pub created_at: Option<DateTime<Utc>>,
}
