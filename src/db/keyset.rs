//! Places in a list: a page begins right after a row, not after a number of rows, so it stays right while rows
//! are added.

use chrono::{DateTime, Datelike, Utc};
use uuid::Uuid;

/// A row's place in an order by time. Written in addresses as `microseconds-id`: no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The value that the list is ordered by.
    pub at: DateTime<Utc>,
    /// Which of the rows with that value.
    pub id: Uuid,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at.timestamp_micros(), self.id.simple())
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (micros, id) = text.rsplit_once('-').ok_or(())?;
        let at: DateTime<Utc> = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(())?;
        // Postgres knows no other years.
        if !(-4000..100_000).contains(&at.year()) {
            return Err(());
        }
        Ok(Self { at, id: id.parse().map_err(|_| ())? })
    }
}

/// Which way from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek<P> {
    /// From the start of the list.
    Start,
    /// The rows that follow this one.
    After(P),
    /// The rows that come before this one.
    Before(P),
}

impl<P> Seek<P> {
    /// Whether the rows are read in the opposite order and turned round afterwards.
    pub fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

/// One page of rows, and whether there are more on either side.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the list's order.
    pub rows: Vec<T>,
    /// Rows follow the last one.
    pub has_next: bool,
    /// Rows precede the first one.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// Makes a page of at most `size` rows out of a read that asked for `size + 1`, going `way`.
    pub fn from_read<P>(mut rows: Vec<T>, size: usize, way: &Seek<P>) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        match way {
            Seek::Start => Self { rows, has_next: more, has_previous: false },
            Seek::After(_) => Self { rows, has_next: more, has_previous: true },
            Seek::Before(_) => {
                rows.reverse();
                Self { rows, has_next: true, has_previous: more }
            }
        }
    }
}
