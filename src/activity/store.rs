//! Stores events, and the times of first and last activity.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::{
        ids::{DefinitionId, EnvironmentId, ProfileId, ProfileKey},
        schema::{event_receipts, events, profile_activity},
        sql_query,
    },
    events::EventKey,
    json::{Json, JsonRef},
    ledger::Batch,
};

/// An event to store.
pub struct NewEvent {
    /// Profile that the event is about.
    pub profile: ProfileId,
    /// Id of the event.
    pub id: Uuid,
    /// Definition of the event.
    pub definition: DefinitionId,
    /// Time of the event.
    pub occurred_at: DateTime<Utc>,
    /// Properties of the event, a JSON object.
    pub properties: Value,
    /// Context of the event; `None` if there is none.
    pub context: Option<Value>,
    /// Properties that are look-up keys, with their values as such.
    pub lookup_keys: Vec<(String, String)>,
}

impl NewEvent {
    /// Rows of its look-up keys.
    pub fn keys(&self) -> impl Iterator<Item = EventKey> {
        let Self { profile, id, definition, occurred_at, .. } = *self;
        let row = move |(property, value): &(String, String)| {
            let (property, value) = (property.clone(), value.clone());
            EventKey { profile, occurred_at, event: id, definition, property, value }
        };
        self.lookup_keys.iter().map(row)
    }
}

/// Stores events in one SQL statement, and returns the ids of those that were not stored before: with the same time, or with any if the id
/// was kept ([`receive`]). `received` are ids that were kept just now.
pub fn insert(
    conn: &mut PgConnection,
    batch: &Batch,
    new: &[NewEvent],
    received: &BTreeSet<Uuid>,
) -> QueryResult<HashSet<Uuid>> {
    #[derive(QueryableByName)]
    struct Stored {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let stored: Vec<Stored> = sql_query(
        "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties, context) \
         SELECT $1, u.profile_id, u.occurred_at, u.id, u.definition_id, $2, $3, u.properties, u.context \
         FROM unnest($4, $5, $6, $7, $8, $9, $10) AS u (profile_id, occurred_at, id, definition_id, properties, context, is_received) \
         WHERE u.is_received OR (SELECT count(*) FROM event_receipts r WHERE r.environment_id = $1 AND r.id = u.id) = 0 \
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Integer, _>(batch.source)
    .bind::<Array<SqlUuid>, _>(new.iter().map(|event| event.profile.0).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(new.iter().map(|event| event.occurred_at).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|event| event.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(new.iter().map(|event| event.definition.0).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(new.iter().map(|event| JsonRef(&event.properties)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(new.iter().map(|event| event.context.as_ref().map(JsonRef)).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(new.iter().map(|event| received.contains(&event.id)).collect::<Vec<_>>())
    .load(conn)?;
    Ok(stored.into_iter().map(|row| row.id).collect())
}

/// Messages that repeat none within their given time before, in one SQL statement. Of two that arrive at the same time the second waits for
/// the first and is a repeat: no given time is shorter than five minutes.
pub fn receive(
    conn: &mut PgConnection,
    batch: &Batch,
    messages: &BTreeMap<Uuid, TimeDelta>,
) -> QueryResult<HashSet<Uuid>> {
    #[derive(QueryableByName)]
    struct Stored {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let since = |within: &TimeDelta| batch.received_at - *within;
    let stored: Vec<Stored> = sql_query(
        "INSERT INTO event_receipts AS r (environment_id, id, received_at) \
         SELECT $1, u.id, $2 FROM unnest($3, $4) AS u (id, since) \
         WHERE NOT EXISTS (SELECT FROM event_receipts k WHERE k.environment_id = $1 AND k.id = u.id AND k.received_at >= u.since) \
         ON CONFLICT (environment_id, id) DO UPDATE SET received_at = excluded.received_at \
         WHERE r.received_at < excluded.received_at - interval '5 minutes' RETURNING id",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Array<SqlUuid>, _>(messages.keys().copied().collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(messages.values().map(since).collect::<Vec<_>>())
    .load(conn)?;
    Ok(stored.into_iter().map(|row| row.id).collect())
}

/// An event that arrives so long after its time is late: its message id is kept, too.
pub const LATE: TimeDelta = TimeDelta::days(1);

/// How long the message id of an event that is late or without a time of its own is kept, for finding repeats.
pub const REMEMBERED: TimeDelta = TimeDelta::days(60);

/// Deletes message ids that are kept for longer than `REMEMBERED`.
pub fn sweep_receipts(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let old = event_receipts::received_at.lt(now - REMEMBERED);
    diesel::delete(event_receipts::table.filter(old)).execute(conn)
}

/// Time of the last activity of each profile, in one SQL statement.
pub fn last_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<HashMap<ProfileId, DateTime<Utc>>> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, DateTime<Utc>)> = profile_activity::table
        .filter(profile_activity::environment_id.eq(environment.0))
        .filter(profile_activity::profile_id.eq_any(asked.iter().map(|profile| profile.0)))
        .select((profile_activity::profile_id, profile_activity::last_seen_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(profile, at)| (ProfileId(profile), at)).collect())
}

/// First and last time at which a batch saw a profile.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Time of the first event or of the creation.
    pub first: DateTime<Utc>,
    /// Time of the last event that counts as activity; 1970 if there is none.
    pub last: DateTime<Utc>,
}

/// Widens the stored times of activity, in one SQL statement. The order of batches does not matter, so no version is needed.
pub fn mark_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    seen: &BTreeMap<ProfileId, Seen>,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO profile_activity AS a (environment_id, profile_id, first_seen_at, last_seen_at) \
         SELECT $1, u.profile_id, u.first, u.last FROM unnest($2, $3, $4) AS u (profile_id, first, last) \
         ON CONFLICT (environment_id, profile_id) DO UPDATE SET \
             first_seen_at = least(a.first_seen_at, excluded.first_seen_at), \
             last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at) \
         WHERE a.last_seen_at < excluded.last_seen_at OR a.first_seen_at > excluded.first_seen_at",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(seen.keys().map(|profile| profile.0).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(seen.values().map(|seen| seen.first).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(seen.values().map(|seen| seen.last).collect::<Vec<_>>())
    .execute(conn)
}

/// Stores events through `COPY`; none of them may be stored already.
pub fn copy_events(conn: &mut PgConnection, batch: &Batch, new: Vec<NewEvent>) -> QueryResult<usize> {
    let row = |event: NewEvent| {
        (
            events::environment_id.eq(batch.environment),
            events::profile_id.eq(event.profile),
            events::occurred_at.eq(event.occurred_at),
            events::id.eq(event.id),
            events::definition_id.eq(event.definition),
            events::received_at.eq(batch.received_at),
            events::source_id.eq(batch.source),
            events::properties.eq(Json(event.properties)),
            events::context.eq(event.context.map(Json)),
        )
    };
    diesel::copy_from(events::table).from_insertable(new.into_iter().map(row).collect::<Vec<_>>()).execute(conn)
}

/// [`mark_seen`] through `COPY`, for new profiles.
pub fn copy_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    seen: &BTreeMap<ProfileId, Seen>,
) -> QueryResult<usize> {
    let row = |(profile, seen): (&ProfileId, &Seen)| {
        (
            profile_activity::environment_id.eq(environment),
            profile_activity::profile_id.eq(*profile),
            profile_activity::first_seen_at.eq(seen.first),
            profile_activity::last_seen_at.eq(seen.last),
        )
    };
    diesel::copy_from(profile_activity::table).from_insertable(seen.iter().map(row).collect::<Vec<_>>()).execute(conn)
}

/// How many events a profile has; `most` where it has more.
pub fn count(conn: &mut PgConnection, ProfileKey { environment, profile }: ProfileKey, most: i64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let counted: Count = sql_query(
        "SELECT count(*) AS count FROM (SELECT FROM events WHERE environment_id = $1 AND profile_id = $2 LIMIT $3) e",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<BigInt, _>(most)
    .get_result(conn)?;
    Ok(counted.count)
}
