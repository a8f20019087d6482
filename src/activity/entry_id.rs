//! Ids of timeline entries in addresses. The timeline is made of three tables: events, changes, and moves in and out of segments.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    db::keyset::Cursor,
    ledger::{ChangeKind, GroupPlace},
};

/// Kind of an entry. Entries of one time are ordered by kind: changes, events, and moves, which follow from both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A group of changes of this kind.
    Change(ChangeKind),
    Event,
    /// Somebody entered or left a segment.
    Move,
}

impl EntryKind {
    /// First letter of an entry's id.
    fn letter(self) -> char {
        match self {
            Self::Event => 'e',
            Self::Move => 'v',
            Self::Change(kind) => match kind {
                ChangeKind::Created => 'c',
                ChangeKind::Erased => 'x',
                ChangeKind::Merge => 'm',
                ChangeKind::Identifier => 'i',
                ChangeKind::Address => 'w',
                ChangeKind::Device => 'd',
                ChangeKind::Attribute => 'a',
                ChangeKind::Tag => 't',
                ChangeKind::Subscription => 's',
                ChangeKind::Consent => 'k',
                ChangeKind::Confirmation => 'f',
                ChangeKind::Restriction => 'r',
                ChangeKind::Segment => 'g',
                ChangeKind::Note => 'n',
                ChangeKind::Other(_) => 'o',
            },
        }
    }

    fn from_letter(letter: char) -> Option<Self> {
        let mut all = ChangeKind::ALL.into_iter().map(Self::Change).chain([Self::Event, Self::Move]);
        all.find(|kind| kind.letter() == letter)
    }
}

/// Id of an entry, and its position among all entries: a letter for the kind, microseconds, and the id of the event or of the group of
/// changes. It contains no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    /// Time of the event, or of writing the changes.
    pub at: DateTime<Utc>,
    pub kind: EntryKind,
    /// Id of the event or of the move, or of the group of changes.
    pub id: Uuid,
}

impl EntryId {
    pub fn event(at: DateTime<Utc>, id: Uuid) -> Self {
        Self { at, kind: EntryKind::Event, id }
    }

    /// The position right above this entry, so that what follows it begins with the entry.
    pub fn just_above(self) -> Self {
        Self { id: Uuid::from_u128(self.id.as_u128().saturating_add(1)), ..self }
    }

    /// Position among the rows of one kind by time and id. Of those at the same time, an entry of an earlier kind is before all, one of a
    /// later kind after all.
    fn among(self, kind: EntryKind) -> Cursor {
        let id = match self.kind.cmp(&kind) {
            Ordering::Less => Uuid::nil(),
            Ordering::Equal => self.id,
            Ordering::Greater => Uuid::max(),
        };
        Cursor { at: self.at, id }
    }

    /// Position among events.
    pub fn among_events(self) -> Cursor {
        self.among(EntryKind::Event)
    }

    /// Position among moves.
    pub fn among_moves(self) -> Cursor {
        self.among(EntryKind::Move)
    }

    /// Position among the groups of the ledger. Events and moves come after all changes of their time.
    pub fn in_ledger(self) -> GroupPlace {
        let kind = if let EntryKind::Change(kind) = self.kind { Some(kind) } else { None };
        GroupPlace { at: self.at, kind, group: self.id }
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}-{}", self.kind.letter(), self.at.timestamp_micros(), self.id.simple())
    }
}

impl std::str::FromStr for EntryId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let kind = text.chars().next().and_then(EntryKind::from_letter).ok_or(())?;
        let (micros, id) = text[1..].rsplit_once('-').ok_or(())?;
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(())?;
        // Postgres stores no times beyond these years and refuses them in queries.
        let is_known = (-4000..100_000).contains(&chrono::Datelike::year(&at));
        let id = Uuid::try_parse(id).map_err(|_| ())?;
        if is_known { Ok(Self { at, kind, id }) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_moves_of_one_time_follow_its_changes() {
        let entry = |kind| EntryId { at: DateTime::UNIX_EPOCH, kind, id: Uuid::from_u128(7) };
        let [change, event, moved] =
            [EntryKind::Change(ChangeKind::Note), EntryKind::Event, EntryKind::Move].map(entry);
        assert!(change < event && event < moved);
        assert_eq!([change, event, moved].map(|it| it.among_events().id), [Uuid::nil(), event.id, Uuid::max()]);
        assert_eq!([change, event, moved].map(|it| it.among_moves().id), [Uuid::nil(), Uuid::nil(), moved.id]);
        assert_eq!([event, moved].map(|it| it.in_ledger().kind), [None, None]);
    }

    #[test]
    fn an_id_is_read_as_it_was_written() {
        for kind in ChangeKind::ALL.into_iter().map(EntryKind::Change).chain([EntryKind::Event, EntryKind::Move]) {
            let entry = EntryId { at: DateTime::UNIX_EPOCH, kind, id: Uuid::from_u128(7) };
            assert_eq!(entry.to_string().parse(), Ok(entry));
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
            assert_eq!(text.parse::<EntryId>(), Err(()), "{text}");
        }
    }
}
