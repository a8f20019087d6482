//! The timeline: events, changes, and moves in and out of segments, read from three tables page by page and shown as one list.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{
    bots,
    entry::{Entry, Renderer},
    entry_id::{EntryId, EntryKind},
    events::{self, EventRow},
    messages::{self, Grouped},
    period::Period,
    query::Asked,
};
use crate::{
    db::{
        ids::ProfileKey,
        keyset::{Page, Seek},
    },
    ledger::{self, ChangeGroup, Teller},
    segments::{self, MoveRow},
    web::Now,
};

pub const PAGE: usize = 50;

/// Entries shown above the one that a link leads to.
const ABOVE: usize = 3;

/// Content of an entry.
#[derive(Clone, Debug)]
pub enum Row {
    Event(Box<EventRow>),
    Change(Box<ChangeGroup>),
    Move(Box<MoveRow>),
}

impl Row {
    pub fn entry_id(&self) -> EntryId {
        match self {
            Self::Event(row) => row.entry_id(),
            Self::Change(group) => EntryId {
                at: group.first.recorded_at,
                kind: EntryKind::Change(group.first.kind),
                id: group.first.group,
            },
            Self::Move(row) => EntryId { at: row.at, kind: EntryKind::Move, id: row.id },
        }
    }

    /// Time of arrival of an event, or of writing changes and moves.
    pub fn received_at(&self) -> DateTime<Utc> {
        match self {
            Self::Event(row) => row.received_at,
            Self::Change(group) => group.first.recorded_at,
            Self::Move(row) => row.at,
        }
    }

    fn event(&self) -> Option<&EventRow> {
        match self {
            Self::Event(row) => Some(row),
            Self::Change(_) | Self::Move(_) => None,
        }
    }
}

/// A page of the timeline, with what shows its entries.
pub struct Loaded {
    pub page: Page<Row>,
    /// The teller that puts changes into words.
    pub teller: Teller,
}

/// The page that is asked for.
pub fn load(conn: &mut PgConnection, at: ProfileKey, asked: &Asked, way: Seek<EntryId>) -> QueryResult<Loaded> {
    let page = match asked.entry {
        Some(entry) => around(conn, at, asked, entry)?,
        None => read(conn, at, asked, &asked.period, way, PAGE)?,
    };
    let groups = page.rows.iter().filter_map(|row| if let Row::Change(group) = row { Some(&**group) } else { None });
    let changes = || groups.clone().flat_map(ChangeGroup::rows);
    let teller = Teller::load_with_notes(conn, at.environment, changes())?;
    Ok(Loaded { page, teller })
}

/// One page of at most `size` entries: that many are read from each table, and the first of all together are kept.
fn read(
    conn: &mut PgConnection,
    at: ProfileKey,
    asked: &Asked,
    period: &Period,
    way: Seek<EntryId>,
    size: usize,
) -> QueryResult<Page<Row>> {
    let mut rows = Vec::new();
    if let Some(wanted) = asked.events() {
        let events = events::read(conn, at, period, &wanted, way, size + 1)?;
        rows.extend(events.into_iter().map(|row| Row::Event(Box::new(row))));
    }
    let kinds = asked.changes();
    if !kinds.is_empty() {
        let groups =
            ledger::groups(conn, at, period.from..period.until, &kinds, (way.map(EntryId::in_ledger), size + 1))?;
        rows.extend(groups.into_iter().map(|group| Row::Change(Box::new(group))));
    }
    if asked.moves() {
        let way = (way.map(EntryId::among_moves), size + 1);
        let moves = segments::moves_of_profile(conn, at, period.from..period.until, way)?;
        rows.extend(moves.into_iter().map(|row| Row::Move(Box::new(row))));
    }
    rows.sort_by_key(Row::entry_id);
    if !way.is_backwards() {
        rows.reverse();
    }
    Ok(Page::from_read(rows, size, &way))
}

/// The page on which an entry is, with a few above it, whenever that was.
fn around(conn: &mut PgConnection, at: ProfileKey, asked: &Asked, entry: EntryId) -> QueryResult<Page<Row>> {
    let until = asked.period.until.max(entry.at + TimeDelta::days(1));
    let period = Period { until, from: asked.period.from.min(entry.at), ..asked.period.clone() };
    let above = read(conn, at, asked, &period, Seek::Before(entry), ABOVE)?;
    let below = read(conn, at, asked, &period, Seek::After(entry.just_above()), PAGE - ABOVE)?;
    let rows = above.rows.into_iter().chain(below.rows).collect();
    Ok(Page { rows, has_next: below.has_next, has_previous: above.has_previous })
}

pub struct Day {
    /// Date of the day, for people.
    pub label: String,
    /// The entries, newest first.
    pub entries: Vec<Entry>,
}

/// Groups entries by the days of the reader's clock.
pub fn by_day(rows: Vec<Row>, renderer: &Renderer<'_>) -> Vec<Day> {
    let delays: BTreeMap<EntryId, TimeDelta> =
        rows.iter().filter_map(|row| Some((row.entry_id(), since_delivery(row, &rows)?))).collect();
    let mut days: Vec<(NaiveDate, Day)> = Vec::new();
    for Grouped { row, steps } in messages::grouped(rows, &delays, renderer.asked) {
        let date = renderer.now.day_of(row.entry_id().at);
        let after = delays.get(&row.entry_id()).copied();
        let entry = renderer.entry(row, &steps, after);
        match days.last_mut() {
            Some((last, day)) if *last == date => day.entries.push(entry),
            _ => days.push((date, Day { label: label(date, renderer.now), entries: vec![entry] })),
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

/// Time from the delivery of a message to its opening; `None` unless both are on this page.
fn since_delivery(row: &Row, all: &[Row]) -> Option<TimeDelta> {
    let opened = row.event().filter(|row| bots::is_opening(&row.name, &row.properties))?;
    let message: (&str, &Value) = bots::message(&opened.properties)?;
    let deliveries = all.iter().filter_map(Row::event).filter(|other| bots::is_delivery(&other.name));
    let same = deliveries.filter(|other| other.properties.get(message.0) == Some(message.1));
    same.map(|other| opened.occurred_at - other.occurred_at).filter(|after| *after >= TimeDelta::zero()).min()
}

fn label(date: NaiveDate, now: Now) -> String {
    let written = date.format("%A %-d %B %Y");
    match (now.day() - date).num_days() {
        0 => format!("Today, {written}"),
        1 => format!("Yesterday, {written}"),
        _ => written.to_string(),
    }
}
