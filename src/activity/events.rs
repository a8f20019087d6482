//! Reads events for the timeline and the API.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::{entry_id::EntryId, period::Period};
use crate::{
    db::{
        ids::ProfileKey,
        keyset::{Cursor, Page, Seek, seek},
        schema::{event_definitions, events, sources},
    },
    json::Json,
};

/// An event, for the timeline.
#[derive(Clone, Debug, Queryable)]
pub struct EventRow {
    /// Id of the event.
    pub id: Uuid,
    /// `event`, `page` or `screen`.
    pub kind: String,
    /// Name of the event, as senders say it.
    pub name: String,
    /// Time of the event.
    pub occurred_at: DateTime<Utc>,
    /// Time of arrival.
    pub received_at: DateTime<Utc>,
    /// Name of the source.
    pub source: String,
    /// Properties of the event, a JSON object.
    #[diesel(deserialize_as = Json)]
    pub properties: Value,
    /// Context such as page, device and campaign; `None` if there is none.
    pub context: Option<Json>,
    /// How the event's definition wants it shown.
    pub look: Look,
}

/// How an event's definition wants it shown.
#[derive(Clone, Debug, Queryable)]
pub struct Look {
    /// Name for people; empty if the event has only its own name.
    pub display_name: String,
    /// Sign, as `events::sign` reads it.
    pub icon: String,
    /// Properties shown in an open entry; empty: all.
    pub shown: Vec<String>,
    /// Properties in the one-line summary; empty: the most telling one.
    pub summary: Vec<String>,
    /// Whether the event is about a message.
    pub is_message: bool,
}

impl EventRow {
    /// Id of the event's entry.
    pub fn entry_id(&self) -> EntryId {
        EntryId::event(self.occurred_at, self.id)
    }
}

/// Which events to read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `true`: only events about messages; `false`: only others; `None`: all.
    pub is_message: Option<bool>,
    /// Names of the events to read; empty: all.
    pub names: Vec<String>,
    /// Names of events to leave out.
    pub not: Vec<String>,
}

/// At most `limit` events of a profile within `period`: the newest first, or the oldest first if `way` seeks backwards.
pub fn read(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    period: &Period,
    wanted: &Wanted,
    way: Seek<EntryId>,
    limit: usize,
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
    seek!(query, way.map(EntryId::among_events).columns(), true, (events::occurred_at, events::id)).load(conn)
}

/// One page of a profile's events, at most `size`, newest first.
pub fn timeline(
    conn: &mut PgConnection,
    at: ProfileKey,
    period: &Period,
    way: Seek<Cursor>,
    size: usize,
) -> QueryResult<Page<EventRow>> {
    let asked = way.map(|it| EntryId::event(it.at, it.id));
    Ok(Page::from_read(read(conn, at, period, &Wanted::default(), asked, size + 1)?, size, &way))
}
