//! Orders of the list, and positions in them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    db::keyset::{Cursor, Seek},
    words::words,
};

/// Creation, last change and last activity.
pub type Times = (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>);

words! {
    /// What the list is ordered by: each has an index.
    #[derive(Default)]
    pub enum Sort {
        /// The name.
        Name = "name", "Name";
        /// The time of creation.
        Created = "created", "Created";
        /// The time of the last change.
        Updated = "updated", "Changed";
        /// The time of the last activity.
        #[default]
        Seen = "seen", "Last seen";
    }
}

/// An order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What the list is ordered by.
    pub sort: Sort,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { sort: Sort::Seen, descending: true }
    }
}

impl std::str::FromStr for Order {
    type Err = ();

    /// Reads `name` or, for descending order, `-name`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == name).ok_or(())?;
        Ok(Self { sort, descending })
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.sort.as_str())
    }
}

/// Position of a row: in an order by time the time itself, which may move while somebody reads; in the order by name only the id, because a
/// name must not stand in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListCursor {
    /// Position in an order by time.
    Time(Cursor),
    /// Id of the row, in the order by name.
    Row(Uuid),
}

impl ListCursor {
    /// Position of the row with that id and those times.
    pub fn of(id: Uuid, order: Order, (created, updated, seen): Times) -> Self {
        match order.sort {
            Sort::Name => Self::Row(id),
            Sort::Created => Self::Time(Cursor { at: created, id }),
            Sort::Updated => Self::Time(Cursor { at: updated, id }),
            Sort::Seen => Self::Time(Cursor { at: seen, id }),
        }
    }
}

impl std::fmt::Display for ListCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(place) => place.fmt(f),
            Self::Row(id) => id.simple().fmt(f),
        }
    }
}

impl std::str::FromStr for ListCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self::Time).or_else(|()| text.parse().map(Self::Row).map_err(|_| ()))
    }
}

impl Seek<ListCursor> {
    /// The same in an order by time; the start where the position is of another order.
    pub fn at_time(self) -> Seek<(DateTime<Utc>, Uuid)> {
        match self {
            Self::After(ListCursor::Time(place)) => Seek::After((place.at, place.id)),
            Self::Before(ListCursor::Time(place)) => Seek::Before((place.at, place.id)),
            _ => Seek::Start,
        }
    }
}
