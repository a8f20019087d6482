//! Events as the timeline and the API read them.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::{
    entry_id::{EntryId, EntryKind},
    period::Period,
};
use crate::{
    db::{
        ids::ProfileKey,
        keyset::{Cursor, Page, Seek, seek},
        schema::{event_definitions, events, sources},
    },
    json::Json,
};

/// An event as the timeline shows it.
#[derive(Clone, Debug, Queryable)]
pub struct EventRow {
    /// Its id.
    pub id: Uuid,
    /// `event`, `page` or `screen`.
    pub kind: String,
    /// What happened.
    pub name: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// When we learnt of it.
    pub received_at: DateTime<Utc>,
    /// Who said so.
    pub source: String,
    /// The particulars.
    #[diesel(deserialize_as = Json)]
    pub properties: Value,
    /// What surrounded it.
    pub context: Option<Json>,
    /// How the catalogue wants it shown.
    pub look: Look,
}

/// How the catalogue wants an event shown.
#[derive(Clone, Debug, Queryable)]
pub struct Look {
    /// As people call it; empty: by its name.
    pub display_name: String,
    /// A sign or two; empty: none of its own.
    pub icon: String,
    /// The properties shown when it is opened; none: all.
    pub shown: Vec<String>,
    /// The properties that sum it up; none: whatever says most.
    pub summary: Vec<String>,
    /// Whether it tells the fate of a message.
    pub is_message: bool,
}

impl EventRow {
    /// Its place among all entries.
    pub fn entry_id(&self) -> EntryId {
        EntryId::event(self.occurred_at, self.id)
    }
}

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only messages, or none; all unless it is said.
    pub is_message: Option<bool>,
    /// Only these names; none: all.
    pub names: Vec<String>,
    /// None of these names.
    pub not: Vec<String>,
}

/// At most `limit` of a profile's events, in the order of reading: the newest first, or, looking back, the oldest first.
pub fn read(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    period: &Period,
    wanted: &Wanted,
    (way, limit): (Seek<EntryId>, usize),
) -> QueryResult<Vec<EventRow>> {
    let mut query = events::table
        .inner_join(event_definitions::table.on(event_definitions::id.eq(events::definition_id)))
        .inner_join(sources::table.on(sources::id.eq(events::source_id)))
        .filter(events::environment_id.eq(environment.0).and(events::profile_id.eq(profile.0)))
        .filter(events::occurred_at.ge(period.from).and(events::occurred_at.lt(period.until)))
        .select((
            events::id,
            event_definitions::kind,
            event_definitions::name,
            events::occurred_at,
            events::received_at,
            sources::name,
            events::properties,
            events::context,
            (
                event_definitions::display_name,
                event_definitions::icon,
                event_definitions::shown,
                event_definitions::summary,
                event_definitions::is_message,
            ),
        ))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(is_message) = wanted.is_message {
        query = query.filter(event_definitions::is_message.eq(is_message));
    }
    if !wanted.names.is_empty() {
        query = query.filter(event_definitions::name.eq_any(wanted.names.clone()));
    }
    if !wanted.not.is_empty() {
        query = query.filter(event_definitions::name.ne_all(wanted.not.clone()));
    }
    // Of one moment, events come after everything else; so an entry of another kind has the place before all of their ids.
    let place = |entry: EntryId| (entry.at, if entry.kind == EntryKind::Event { entry.id } else { Uuid::nil() });
    seek!(query, way.map(place), true, (events::occurred_at, events::id)).load(conn)
}

/// A page of at most `size` of a profile's events, newest first.
pub fn timeline(
    conn: &mut PgConnection,
    at: ProfileKey,
    period: &Period,
    (way, size): (Seek<Cursor>, usize),
) -> QueryResult<Page<EventRow>> {
    let asked = way.map(|it| EntryId::event(it.at, it.id));
    Ok(Page::from_read(read(conn, at, period, &Wanted::default(), (asked, size + 1))?, size, &way))
}
