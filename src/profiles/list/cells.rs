//! What stands in the cells of a row.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{heads::Head, reach::Reach};
use crate::{
    console::Request,
    db::ids::{ProfileId, SourceId},
    error::AppError,
    filter::Filter,
    ledger::{self, Shown, shown},
    profiles::{
        Column, Columns, Fact, ListRow,
        details::{Details, Wanted, details},
    },
    verdict::Agreement,
    web::{Now, Timestamp},
};

/// What stands in one cell.
pub enum Cell {
    /// Email and phone of the row.
    Contact,
    /// Tags of the row.
    Tags,
    /// A value of an attribute, and what selects all who have it.
    Value(Shown, Option<Filter>),
    Time(Timestamp),
    /// Whether a campaign can reach the person, and by what, or why not.
    Reach(bool, String),
    /// A text, and what belongs to it.
    Text(String, Option<Timestamp>),
    /// Nothing, and why.
    Nothing(&'static str),
}

impl Cell {
    /// The cell as text, for a line of all that a narrow screen has no room for; empty if it says nothing.
    pub fn plain(&self) -> String {
        match self {
            Self::Contact | Self::Tags | Self::Nothing(_) => String::new(),
            Self::Value(shown, _) if shown.is_hidden() => "hidden".to_owned(),
            Self::Value(shown, _) => shown.cut().unwrap_or_else(|| shown.text().to_owned()),
            Self::Time(at) => at.date(),
            Self::Reach(is_open, sentence) => if *is_open { sentence } else { "no" }.to_owned(),
            Self::Text(text, at) => at.map_or_else(|| text.clone(), |at| format!("{text}, {}", at.date())),
        }
    }

    /// What may be longer than its cell.
    pub fn whole(&self) -> Option<&str> {
        match self {
            Self::Value(shown, _) if !shown.is_hidden() => Some(shown.text()),
            Self::Text(text, _) => Some(text),
            _ => None,
        }
    }
}

/// A row of the page with its cells.
pub struct Line {
    pub row: ListRow,
    pub cells: Vec<Cell>,
    /// Why no campaign can reach the person, who has an email, a phone or a device; `None`: one can, or they have none.
    pub obstacle: Option<String>,
}

/// What the cells of a page are made of.
pub struct Known {
    reach: HashMap<ProfileId, Reach>,
    details: HashMap<ProfileId, Details>,
    sources: HashMap<SourceId, String>,
    now: Now,
}

impl Known {
    /// Reads it for these rows: one SQL statement, one more if a column needs it, and one for names of sources that are not remembered.
    pub fn read(
        request: &Request,
        conn: &mut PgConnection,
        rows: &[ListRow],
        columns: &Columns,
    ) -> Result<Self, AppError> {
        let people: Vec<ProfileId> = rows.iter().map(|row| ProfileId(row.id)).collect();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut reach = Reach::of_many(request, conn, &people)?;
        let details = details(conn, request.scope().environment, &ids, Wanted::by(columns))?;
        let creators = details.values().map(|details| details.source);
        let named = reach.values().filter_map(Reach::source).chain(creators).collect();
        let sources = ledger::source_names(&request.state.db, conn, &named, request.now.at)?;
        Reach::tell(request, conn, &mut reach, &sources)?;
        Ok(Self { reach, details, sources, now: request.now })
    }

    /// The row with its cells; its values are those of the attributes among the columns.
    pub fn line(&self, row: ListRow, heads: &[Head]) -> Line {
        let mut values = row.values.iter();
        let cells = heads.iter().map(|head| match &head.column {
            Column::Attribute(_) => match values.next() {
                Some(Some(value)) => Cell::Value(shown(head.known.as_ref(), value), head.having(value)),
                _ => Cell::Nothing("No value"),
            },
            other => self.cell(&row, other),
        });
        let cells = cells.collect();
        let obstacle = self.reach.get(&ProfileId(row.id)).and_then(Reach::obstacle).map(str::to_owned);
        Line { row, cells, obstacle }
    }

    fn cell(&self, row: &ListRow, column: &Column) -> Cell {
        let id = ProfileId(row.id);
        let (reach, details) = (self.reach.get(&id), self.details.get(&id));
        match column {
            Column::Fact(fact) => self.fact(row, *fact),
            Column::Address(channel) => {
                text(details.and_then(|details| details.address(*channel)).unwrap_or_default(), "None")
            }
            Column::Agreement(channel) => match reach.and_then(|reach| reach.agreement(*channel)) {
                Some(Agreement::Yes) => Cell::Text("Yes".to_owned(), None),
                Some(Agreement::Awaiting) => Cell::Text("Not confirmed".to_owned(), None),
                Some(Agreement::No(_)) => Cell::Text("No".to_owned(), None),
                None => Cell::Nothing("They said nothing about it"),
            },
            Column::Attribute(_) => Cell::Nothing("No value"),
        }
    }

    fn fact(&self, row: &ListRow, fact: Fact) -> Cell {
        let id = ProfileId(row.id);
        let details = self.details.get(&id);
        match fact {
            Fact::Contact => Cell::Contact,
            Fact::Tags => Cell::Tags,
            Fact::Created => self.time(row.created_at),
            Fact::Updated => self.time(row.updated_at),
            Fact::Seen => self.time(row.last_seen_at),
            Fact::FirstSeen => self.time(details.map_or(DateTime::UNIX_EPOCH, |details| details.first_seen)),
            Fact::Identifiers => {
                text(&details.map(|details| details.identifiers.join(", ")).unwrap_or_default(), "No identifiers")
            }
            Fact::Source => {
                let name = details.and_then(|details| self.sources.get(&details.source));
                text(name.map(String::as_str).unwrap_or_default(), "Unknown")
            }
            Fact::LastEvent => match details.and_then(|details| details.last_event.as_ref()) {
                Some((name, at)) => Cell::Text(name.clone(), Some(Timestamp::new(*at, self.now))),
                None => Cell::Nothing("No events"),
            },
            Fact::Reachable => match self.reach.get(&id) {
                Some(reach) => Cell::Reach(reach.is_open(), reach.sentence()),
                None => Cell::Nothing("Unknown"),
            },
        }
    }

    /// A time of activity may be none, which is 1970.
    fn time(&self, at: DateTime<Utc>) -> Cell {
        if at > DateTime::UNIX_EPOCH {
            Cell::Time(Timestamp::new(at, self.now))
        } else {
            Cell::Nothing("No activity yet")
        }
    }
}

fn text(text: &str, if_empty: &'static str) -> Cell {
    if text.is_empty() { Cell::Nothing(if_empty) } else { Cell::Text(text.to_owned(), None) }
}
