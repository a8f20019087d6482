//! Which sorts of entries of the timeline somebody asked for.

use crate::{ledger::ChangeKind, web::pairs::Pairs};

/// Sorts of entries that people choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryFilter {
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

impl EntryFilter {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Events, Self::Messages, Self::Notes, Self::Attributes, Self::Tags, Self::Identity, Self::Subscriptions];

    /// Its name in addresses, as people read it, and the kinds of changes that it is made of.
    fn parts(self) -> (&'static str, &'static str, &'static [ChangeKind]) {
        use ChangeKind::{
            Address, Attribute, Consent, Created, Device, Erased, Identifier, Merge, Note, Subscription, Tag,
        };
        match self {
            Self::Events => ("events", "Events", &[]),
            Self::Messages => ("messages", "Messages", &[]),
            Self::Notes => ("notes", "Notes", &[Note]),
            Self::Attributes => ("attributes", "Attributes", &[Attribute]),
            Self::Tags => ("tags", "Tags", &[Tag]),
            Self::Identity => ("identity", "Identity", &[Created, Erased, Merge, Identifier, Address, Device]),
            Self::Subscriptions => ("subscriptions", "Subscriptions", &[Subscription, Consent]),
        }
    }

    /// As in addresses.
    pub fn as_str(self) -> &'static str {
        self.parts().0
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        self.parts().1
    }

    /// The kinds of changes that it is made of.
    pub fn changes(self) -> &'static [ChangeKind] {
        self.parts().2
    }
}

/// The sorts that somebody asked for; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilters(Vec<EntryFilter>);

impl EntryFilters {
    /// Reads each `kind`; what is none is left out.
    pub fn parse(query: &Pairs) -> Self {
        Self(
            EntryFilter::ALL
                .into_iter()
                .filter(|filter| query.all("kind").any(|slug| slug == filter.as_str()))
                .collect(),
        )
    }

    /// Whether nobody chose.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody chose this one.
    pub fn is_chosen(&self, filter: EntryFilter) -> bool {
        self.0.contains(&filter)
    }

    /// Whether entries of this sort are shown.
    pub fn shows(&self, filter: EntryFilter) -> bool {
        self.is_all() || self.is_chosen(filter)
    }

    /// The kinds of changes that are shown.
    pub fn changes(&self) -> Vec<ChangeKind> {
        EntryFilter::ALL
            .into_iter()
            .filter(|filter| self.shows(*filter))
            .flat_map(EntryFilter::changes)
            .copied()
            .collect()
    }

    /// The same with one more, or one less.
    pub fn toggled(&self, filter: EntryFilter) -> impl Iterator<Item = EntryFilter> {
        EntryFilter::ALL.into_iter().filter(move |other| self.is_chosen(*other) != (*other == filter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_put_on_and_taken_off() {
        let read = |text: &str| EntryFilters::parse(&Pairs::parse(text.as_bytes()));
        assert!(read("kind=nonsense").is_all() && read("").shows(EntryFilter::Tags));
        let two = read("kind=tags&kind=events");
        assert_eq!(two.changes(), [ChangeKind::Tag]);
        assert_eq!(two.toggled(EntryFilter::Tags).collect::<Vec<_>>(), [EntryFilter::Events]);
        assert_eq!(two.toggled(EntryFilter::Notes).count(), 3);
    }
}
