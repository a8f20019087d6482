//! Places in the timeline, which is made of two tables: what happened, and what was changed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::web::pairs::Pairs;

/// What an entry is. Of those of one moment a later one comes later, so that a profile is made before anything is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The profile came into being.
    Created,
    /// It was erased.
    Erased,
    /// It became one with another, or two again.
    Merge,
    /// Identifiers.
    Identifier,
    /// Channel addresses.
    Address,
    /// Devices.
    Device,
    /// Attributes.
    Attribute,
    /// Tags.
    Tag,
    /// Subscriptions.
    Subscription,
    /// Consents.
    Consent,
    /// A note.
    Note,
    /// Something happened.
    Event,
}

impl What {
    /// All, in order.
    pub const ALL: [Self; 12] = [
        Self::Created,
        Self::Erased,
        Self::Merge,
        Self::Identifier,
        Self::Address,
        Self::Device,
        Self::Attribute,
        Self::Tag,
        Self::Subscription,
        Self::Consent,
        Self::Note,
        Self::Event,
    ];

    /// As the ledger calls it.
    pub fn stored(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Erased => "erased",
            Self::Merge => "merge",
            Self::Identifier => "identifier",
            Self::Address => "address",
            Self::Device => "device",
            Self::Attribute => "attribute",
            Self::Tag => "tag",
            Self::Subscription => "subscription",
            Self::Consent => "consent",
            Self::Note => "note",
            Self::Event => "event",
        }
    }

    /// What the ledger calls so.
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.stored() == name)
    }

    /// Its place among all, from one, as Postgres counts.
    pub fn rank(self) -> i32 {
        Self::ALL.into_iter().zip(1..).find(|(what, _)| *what == self).map_or(0, |(_, rank)| rank)
    }

    fn letter(self) -> char {
        match self {
            Self::Created => 'c',
            Self::Erased => 'x',
            Self::Merge => 'm',
            Self::Identifier => 'i',
            Self::Address => 'w',
            Self::Device => 'd',
            Self::Attribute => 'a',
            Self::Tag => 't',
            Self::Subscription => 's',
            Self::Consent => 'k',
            Self::Note => 'n',
            Self::Event => 'e',
        }
    }
}

/// An entry's place: a letter for what it is, microseconds, and the id of the event or of the call. No personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened, or was written down.
    pub at: DateTime<Utc>,
    /// What it is.
    pub what: What,
    /// The event's id, or the group of the change.
    pub id: Uuid,
}

impl Place {
    /// A place that no entry before `at` reaches.
    pub fn end(at: DateTime<Utc>) -> Self {
        Self { at, what: What::Event, id: Uuid::max() }
    }

    /// The place right above, so that what follows it begins with this one.
    pub fn just_above(self) -> Self {
        Self { id: Uuid::from_u128(self.id.as_u128().saturating_add(1)), ..self }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}-{}", self.what.letter(), self.at.timestamp_micros(), self.id.simple())
    }
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let what = What::ALL.into_iter().find(|what| text.starts_with(what.letter())).ok_or(())?;
        let (micros, id) = text[1..].rsplit_once('-').ok_or(())?;
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(())?;
        // Beyond these years Postgres keeps nothing, and could not be asked.
        let is_known = (-4000..100_000).contains(&chrono::Datelike::year(&at));
        let id = Uuid::try_parse(id).map_err(|_| ())?;
        if is_known { Ok(Self { at, what, id }) } else { Err(()) }
    }
}

/// Sorts of entries that people choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// What they did, and what was done for them.
    Events,
    /// The fates of messages.
    Messages,
    /// What colleagues wrote.
    Notes,
    /// Values.
    Attributes,
    /// Tags.
    Tags,
    /// Identifiers, addresses, devices, merges.
    Identity,
    /// Subscriptions and consents.
    Subscriptions,
}

impl Facet {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Events, Self::Messages, Self::Notes, Self::Attributes, Self::Tags, Self::Identity, Self::Subscriptions];

    /// As in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Messages => "messages",
            Self::Notes => "notes",
            Self::Attributes => "attributes",
            Self::Tags => "tags",
            Self::Identity => "identity",
            Self::Subscriptions => "subscriptions",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Events => "Events",
            Self::Messages => "Messages",
            Self::Notes => "Notes",
            Self::Attributes => "Attributes",
            Self::Tags => "Tags",
            Self::Identity => "Identity",
            Self::Subscriptions => "Subscriptions",
        }
    }

    /// The kinds of changes that it is made of.
    pub fn changes(self) -> &'static [What] {
        match self {
            Self::Events | Self::Messages => &[],
            Self::Notes => &[What::Note],
            Self::Attributes => &[What::Attribute],
            Self::Tags => &[What::Tag],
            Self::Identity => {
                &[What::Created, What::Erased, What::Merge, What::Identifier, What::Address, What::Device]
            }
            Self::Subscriptions => &[What::Subscription, What::Consent],
        }
    }
}

/// The sorts that somebody asked for; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets(Vec<Facet>);

impl Facets {
    /// Reads each `kind`; what is none is left out.
    pub fn parse(query: &Pairs) -> Self {
        Self(Facet::ALL.into_iter().filter(|facet| query.all("kind").any(|slug| slug == facet.slug())).collect())
    }

    /// Whether nobody chose.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody chose this one.
    pub fn is_chosen(&self, facet: Facet) -> bool {
        self.0.contains(&facet)
    }

    /// Whether entries of this sort are shown.
    pub fn shows(&self, facet: Facet) -> bool {
        self.is_all() || self.is_chosen(facet)
    }

    /// The kinds of changes that are shown.
    pub fn changes(&self) -> Vec<What> {
        Facet::ALL.into_iter().filter(|facet| self.shows(*facet)).flat_map(Facet::changes).copied().collect()
    }

    /// The same with one more, or one less.
    pub fn toggled(&self, facet: Facet) -> impl Iterator<Item = Facet> {
        Facet::ALL.into_iter().filter(move |other| self.is_chosen(*other) != (*other == facet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for what in What::ALL {
            let place = Place { at: DateTime::UNIX_EPOCH, what, id: Uuid::from_u128(7) };
            assert_eq!(place.to_string().parse(), Ok(place));
            assert_eq!(What::from_stored(what.stored()), Some(what));
        }
        for text in [
            "",
            "e",
            "é1-2",
            "1-2",
            "e1-2",
            "e99999999999999999999-0",
            "e9000000000000000000-00000000000000000000000000000007",
        ] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text}");
        }
        assert_eq!((What::Created.rank(), What::Event.rank()), (1, 12));
    }

    #[test]
    fn a_sort_is_put_on_and_taken_off() {
        let read = |text: &str| Facets::parse(&Pairs::parse(text.as_bytes()));
        assert!(read("kind=nonsense").is_all() && read("").shows(Facet::Tags));
        let two = read("kind=tags&kind=events");
        assert_eq!(two.changes(), [What::Tag]);
        assert_eq!(two.toggled(Facet::Tags).collect::<Vec<_>>(), [Facet::Events]);
        assert_eq!(two.toggled(Facet::Notes).count(), 3);
    }
}
