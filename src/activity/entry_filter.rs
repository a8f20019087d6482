//! Filters of the timeline: the sorts of entries that the reader chose.

use crate::{ledger::ChangeKind, web::pairs::Pairs};

/// Sorts of entries that a reader can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryFilter {
    /// Events but those about messages.
    Events,
    /// Events about messages.
    Messages,
    Notes,
    Attributes,
    Tags,
    /// Who entered and left segments, and choices for them.
    Segments,
    /// Changes of identifiers, addresses and devices, merges, creation and erasure.
    Identity,
    /// Changes of subscriptions and consents.
    Subscriptions,
}

impl EntryFilter {
    /// All sorts, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Events,
        Self::Messages,
        Self::Notes,
        Self::Attributes,
        Self::Tags,
        Self::Segments,
        Self::Identity,
        Self::Subscriptions,
    ];

    /// Name in addresses, label for people, and kinds of changes.
    fn parts(self) -> (&'static str, &'static str, &'static [ChangeKind]) {
        use ChangeKind::{
            Address, Attribute, Consent, Created, Device, Erased, Identifier, Merge, Note, Restriction, Segment,
            Subscription, Tag,
        };
        match self {
            Self::Events => ("events", "Events", &[]),
            Self::Messages => ("messages", "Messages", &[]),
            Self::Notes => ("notes", "Notes", &[Note]),
            Self::Attributes => ("attributes", "Attributes", &[Attribute]),
            Self::Tags => ("tags", "Tags", &[Tag]),
            Self::Segments => ("segments", "Segments", &[Segment]),
            Self::Identity => ("identity", "Identity", &[Created, Erased, Merge, Identifier, Address, Device]),
            Self::Subscriptions => ("subscriptions", "Subscriptions", &[Subscription, Consent, Restriction]),
        }
    }

    /// Name in addresses.
    pub fn as_str(self) -> &'static str {
        self.parts().0
    }

    /// Label for people.
    pub fn label(self) -> &'static str {
        self.parts().1
    }

    /// Kinds of changes of this sort; empty for events.
    pub fn changes(self) -> &'static [ChangeKind] {
        self.parts().2
    }
}

/// The chosen sorts; no choice means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilters(Vec<EntryFilter>);

impl EntryFilters {
    /// Reads each `kind` of a query; unknown ones are left out.
    pub fn parse(query: &Pairs) -> Self {
        Self(
            EntryFilter::ALL
                .into_iter()
                .filter(|filter| query.all("kind").any(|slug| slug == filter.as_str()))
                .collect(),
        )
    }

    /// Whether no sort is chosen.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_chosen(&self, filter: EntryFilter) -> bool {
        self.0.contains(&filter)
    }

    /// Whether entries of this sort are shown.
    pub fn shows(&self, filter: EntryFilter) -> bool {
        self.is_all() || self.is_chosen(filter)
    }

    /// Kinds of changes that are shown.
    pub fn changes(&self) -> Vec<ChangeKind> {
        EntryFilter::ALL
            .into_iter()
            .filter(|filter| self.shows(*filter))
            .flat_map(EntryFilter::changes)
            .copied()
            .collect()
    }

    /// The choice with this sort added, or removed if it is chosen.
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
