//! Keyset pagination: a page begins after a row, not after a number of rows, so it stays right while rows are added.

use chrono::{DateTime, Datelike, Utc};
use uuid::Uuid;

/// A row's place in an order by time and id. Written in addresses as `microseconds-id`: no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Time that the list is ordered by.
    pub at: DateTime<Utc>,
    /// Id of the row, for rows of the same time.
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
        // Postgres stores no other years.
        if !(-4000..100_000).contains(&at.year()) {
            return Err(());
        }
        Ok(Self { at, id: id.parse().map_err(|_| ())? })
    }
}

/// Where a page begins, and in which direction it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek<P> {
    /// The start of the list.
    Start,
    /// The rows after this one.
    After(P),
    /// The rows before this one.
    Before(P),
}

impl<P> Seek<P> {
    /// The same, with cursors of another type.
    pub fn map<Q>(self, place: impl FnOnce(P) -> Q) -> Seek<Q> {
        match self {
            Self::Start => Seek::Start,
            Self::After(from) => Seek::After(place(from)),
            Self::Before(from) => Seek::Before(place(from)),
        }
    }

    /// The cursor, unless it is the start.
    pub fn place(self) -> Option<P> {
        match self {
            Self::Start => None,
            Self::After(place) | Self::Before(place) => Some(place),
        }
    }

    /// Whether the rows are read in reverse order and turned round afterwards.
    pub fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

impl Seek<Cursor> {
    /// The same, with the values of the two columns of the order.
    pub fn columns(self) -> Seek<(DateTime<Utc>, Uuid)> {
        self.map(|cursor| (cursor.at, cursor.id))
    }
}

/// The condition for rows beyond a cursor, which has a value for each of the two or three columns of the order: `lt le` for rows that are
/// less, `gt ge` for those that are greater. Its first part serves the index, the others decide ties.
macro_rules! beyond {
    ($place:expr, $less:ident $at_most:ident, ($first:expr, $second:expr $(, $third:expr)?)) => {{
        let (bound, place) = (Clone::clone(&$place), $place);
        $first.$at_most(bound.0).and(
            $first.$less(place.0).or($second.$less(place.1)) $(.or($second.eq(bound.1).and($third.$less(place.2))))?,
        )
    }};
}

/// Orders a boxed query by two or three columns, the greatest first where `$descending`, and filters it to rows beyond the cursor of a
/// [`Seek`]. Backwards it is read in the reverse order.
macro_rules! seek {
    ($query:expr, $way:expr, $descending:expr, ($first:expr, $second:expr $(, $third:expr)?)) => {{
        let (query, way) = ($query, $way);
        let is_descending = $descending != way.is_backwards();
        let query = match way.place() {
            None => query,
            Some(place) if is_descending => {
                query.filter($crate::db::keyset::beyond!(place, lt le, ($first, $second $(, $third)?)))
            }
            Some(place) => query.filter($crate::db::keyset::beyond!(place, gt ge, ($first, $second $(, $third)?))),
        };
        if is_descending {
            query.order(($first.desc(), $second.desc() $(, $third.desc())?))
        } else {
            query.order(($first.asc(), $second.asc() $(, $third.asc())?))
        }
    }};
}

pub(crate) use {beyond, seek};

/// One page of rows, and whether there are more on either side.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Rows in the list's order.
    pub rows: Vec<T>,
    /// Whether rows follow the last one.
    pub has_next: bool,
    /// Whether rows precede the first one.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// A page of at most `size` rows from a read that asked for `size + 1` in the direction of `way`.
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
