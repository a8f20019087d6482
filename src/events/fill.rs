//! Brings the look-up keys of older events in line with what is marked, after that was changed. Table: `event_key_fills`.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::keys::{EventKey, keys_of, write_keys};
use crate::{
    clock::Clock,
    db::{
        Db,
        ids::{DefinitionId, EnvironmentId, ProfileId},
        sql_query,
    },
    error::AppError,
    json::Json,
};

/// Events looked at in one transaction; more only if they happened at the very same time to the same person.
const AT_ONCE: i64 = 2_000;
/// Longest run of one look.
const AT_A_TIME: Duration = Duration::from_secs(3);
/// Time after which everything is stored that was on its way when the marks were changed, by whoever remembered the old ones: longer than
/// any transaction and any such memory lasts.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// Notes that the marks of an event were changed at `now`: its events are gone through at once, and again when none can come any more that
/// did not see the change.
pub fn begin(conn: &mut PgConnection, definition: DefinitionId, now: DateTime<Utc>) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO event_key_fills (definition_id, due_at, again_at) VALUES ($1, $2, $3) \
         ON CONFLICT (definition_id) DO UPDATE SET due_at = $2, again_at = $3, reached_at = NULL, reached_profile = NULL",
    )
    .bind::<Integer, _>(definition)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now + PATIENCE)
    .execute(conn)
}

/// Whether older events of a definition are still being gone through for the first time.
pub fn is_under_way(conn: &mut PgConnection, definition: DefinitionId) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let count: Count =
        sql_query("SELECT count(*) AS n FROM event_key_fills WHERE definition_id = $1 AND again_at IS NOT NULL")
            .bind::<Integer, _>(definition)
            .get_result(conn)?;
    Ok(count.n > 0)
}

/// Goes through events whose marks were changed, for three seconds at most; the rest is left for the next look.
pub fn fill_keys(db: &Db, clock: &Clock) -> Result<(), AppError> {
    let until = Instant::now() + AT_A_TIME;
    while Instant::now() < until && db.tx_now(|conn| chunk(conn, clock.now()))? {}
    Ok(())
}

#[derive(QueryableByName)]
struct Fill {
    #[diesel(sql_type = Integer)]
    definition_id: DefinitionId,
    #[diesel(sql_type = SmallInt)]
    environment_id: EnvironmentId,
    #[diesel(sql_type = Array<Text>)]
    lookup_keys: Vec<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    again_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    reached_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    reached_profile: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Jsonb>)]
    marked: Option<Json>,
}

/// Goes through the next events, newest first. Returns whether anything was due.
fn chunk(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<bool> {
    // An update that changes nothing locks the row: only one process at a time goes on with it.
    let due: Option<Fill> = sql_query(
        "UPDATE event_key_fills f SET due_at = f.due_at FROM event_definitions d WHERE d.id = f.definition_id AND f.due_at <= $1 \
             AND f.definition_id = (SELECT definition_id FROM event_key_fills WHERE due_at <= $1 ORDER BY due_at, definition_id LIMIT 1) \
         RETURNING f.definition_id, d.environment_id, d.lookup_keys, f.again_at, f.reached_at, f.reached_profile",
    )
    .bind::<Timestamptz, _>(now)
    .get_result(conn)
    .optional()?;
    let Some(fill) = due else { return Ok(false) };
    match last(conn, &fill)? {
        Some(place) => {
            go_through(conn, &fill, &place)?;
            sql_query("UPDATE event_key_fills SET reached_at = $2, reached_profile = $3 WHERE definition_id = $1")
                .bind::<Integer, _>(fill.definition_id)
                .bind::<Timestamptz, _>(place.occurred_at)
                .bind::<SqlUuid, _>(place.profile_id)
                .execute(conn)?;
        }
        None if fill.again_at.is_some() => {
            sql_query(
                "UPDATE event_key_fills SET due_at = again_at, again_at = NULL, reached_at = NULL, reached_profile = NULL \
                 WHERE definition_id = $1",
            )
            .bind::<Integer, _>(fill.definition_id)
            .execute(conn)?;
        }
        None => {
            sql_query("DELETE FROM event_key_fills WHERE definition_id = $1")
                .bind::<Integer, _>(fill.definition_id)
                .execute(conn)?;
        }
    }
    Ok(true)
}

/// The last event of the next chunk; `None` if there are no more events.
fn last(conn: &mut PgConnection, fill: &Fill) -> QueryResult<Option<Place>> {
    sql_query(
        "SELECT occurred_at, profile_id FROM (SELECT occurred_at, profile_id FROM events WHERE environment_id = $1 AND definition_id = $2 \
             AND ($3 IS NULL OR (occurred_at, profile_id) < ($3, $4)) ORDER BY occurred_at DESC, profile_id DESC LIMIT $5) e \
         ORDER BY occurred_at, profile_id LIMIT 1",
    )
    .bind::<SmallInt, _>(fill.environment_id)
    .bind::<Integer, _>(fill.definition_id)
    .bind::<Nullable<Timestamptz>, _>(fill.reached_at)
    .bind::<Nullable<SqlUuid>, _>(fill.reached_profile)
    .bind::<BigInt, _>(AT_ONCE)
    .get_result(conn)
    .optional()
}

/// Writes the keys of the events down to `last`, and deletes those of properties that are not marked any more. Of somebody who is erased or
/// merged meanwhile they are late, like events, and are deleted or followed like those.
fn go_through(conn: &mut PgConnection, fill: &Fill, last: &Place) -> QueryResult<()> {
    let events: Vec<Found> = sql_query(
        "SELECT profile_id, occurred_at, id, \
             (SELECT jsonb_object_agg(k, properties -> k) FROM unnest($7) AS k WHERE properties ? k) AS marked \
         FROM events WHERE environment_id = $1 AND definition_id = $2 AND ($3 IS NULL OR (occurred_at, profile_id) < ($3, $4)) \
             AND (occurred_at, profile_id) >= ($5, $6)",
    )
    .bind::<SmallInt, _>(fill.environment_id)
    .bind::<Integer, _>(fill.definition_id)
    .bind::<Nullable<Timestamptz>, _>(fill.reached_at)
    .bind::<Nullable<SqlUuid>, _>(fill.reached_profile)
    .bind::<Timestamptz, _>(last.occurred_at)
    .bind::<SqlUuid, _>(last.profile_id)
    .bind::<Array<Text>, _>(&fill.lookup_keys)
    .load(conn)?;
    sql_query(
        "DELETE FROM event_keys k USING unnest($2, $3, $4) AS u (profile_id, occurred_at, id) \
         WHERE k.environment_id = $1 AND k.profile_id = u.profile_id AND k.occurred_at = u.occurred_at AND k.event_id = u.id \
             AND k.property <> ALL($5)",
    )
    .bind::<SmallInt, _>(fill.environment_id)
    .bind::<Array<SqlUuid>, _>(events.iter().map(|event| event.profile_id).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(events.iter().map(|event| event.occurred_at).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(events.iter().map(|event| event.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(&fill.lookup_keys)
    .execute(conn)?;
    let keys = |event: &Found| {
        let marked = event.marked.as_ref().and_then(|marked| marked.0.as_object());
        let keys = marked.map(|marked| keys_of(marked, &fill.lookup_keys)).unwrap_or_default();
        let (profile, occurred_at, event) = (ProfileId(event.profile_id), event.occurred_at, event.id);
        let definition = fill.definition_id;
        keys.into_iter().map(move |(property, value)| EventKey {
            profile,
            occurred_at,
            event,
            definition,
            property,
            value,
        })
    };
    write_keys(conn, fill.environment_id, &events.iter().flat_map(keys).collect::<Vec<_>>()).map(drop)
}
