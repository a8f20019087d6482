//! Deletes events after the time for which they are kept (S7.10).

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{BigInt, Integer, SmallInt, Timestamptz, Uuid as SqlUuid},
};

use uuid::Uuid;

use crate::{
    clock::Clock,
    db::{
        Db,
        ids::{DefinitionId, EnvironmentId},
        schema::event_definitions,
        sql_query,
    },
    error::AppError,
};

/// Events deleted in one transaction; more only if they happened at the very same time.
const AT_ONCE: i64 = 5_000;
/// Longest run of one sweep.
const AT_A_TIME: Duration = Duration::from_secs(3);

/// Whether there is something to delete before the next hourly sweep.
#[derive(Default)]
struct Unfinished(AtomicBool);

/// Makes the next sweep delete events, even if it is not hourly.
pub fn sweep_soon(db: &Db) {
    db.memory::<Unfinished>().0.store(true, Ordering::Relaxed);
}

/// What else is to happen in a transaction that deletes events of a definition.
pub type Then<'a> = &'a dyn Fn(&mut PgConnection, EnvironmentId, DefinitionId) -> QueryResult<()>;

/// Deletes events that are older than they are kept, for a few seconds at most; the rest is left for the next sweep. Returns the number of
/// events.
pub fn sweep_events(db: &Db, clock: &Clock, is_hourly: bool, then: Then<'_>) -> Result<usize, AppError> {
    let unfinished = db.memory::<Unfinished>();
    if !unfinished.0.swap(false, Ordering::Relaxed) && !is_hourly {
        return Ok(0);
    }
    let (until, mut removed) = (Instant::now() + AT_A_TIME, 0);
    for (environment, definition, days) in db.read_now(bounded)? {
        let oldest = clock.now() - TimeDelta::days(days.into());
        loop {
            let removed_now = match db.tx_now(|conn| {
                let removed_now = remove(conn, environment, definition, days, oldest)?;
                if removed_now > 0 {
                    then(conn, environment, definition)?;
                }
                Ok(removed_now)
            }) {
                Ok(removed_now) => removed_now,
                // Other definitions are swept all the same.
                Err(error) => {
                    error.log();
                    break;
                }
            };
            removed += removed_now;
            if removed_now == 0 {
                break;
            }
            if Instant::now() >= until {
                sweep_soon(db);
                return Ok(removed);
            }
        }
    }
    Ok(removed)
}

/// Definitions with a retention, at most 10,000.
fn bounded(conn: &mut PgConnection) -> QueryResult<Vec<(EnvironmentId, DefinitionId, i32)>> {
    event_definitions::table
        .filter(event_definitions::keep_days.is_not_null())
        .order(event_definitions::id)
        .select((
            event_definitions::environment_id,
            event_definitions::id,
            event_definitions::keep_days.assume_not_null(),
        ))
        .limit(10_000)
        .load(conn)
}

/// Deletes the oldest chunk of a definition's events from before `oldest`.
fn remove(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    definition: DefinitionId,
    days: i32,
    oldest: DateTime<Utc>,
) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = Timestamptz)]
        occurred_at: DateTime<Utc>,
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
    }
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    // A span of times is found by the index, and by its partitions. A list of ids would be joined with all partitions.
    let last: Option<Last> = sql_query(
        "SELECT occurred_at, profile_id FROM (SELECT occurred_at, profile_id FROM events \
             WHERE environment_id = $1 AND definition_id = $2 AND occurred_at < $3 ORDER BY occurred_at, profile_id LIMIT $4) e \
         ORDER BY occurred_at DESC, profile_id DESC LIMIT 1",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Integer, _>(definition)
    .bind::<Timestamptz, _>(oldest)
    .bind::<BigInt, _>(AT_ONCE)
    .get_result(conn)
    .optional()?;
    let Some(Last { occurred_at, profile_id }) = last else { return Ok(0) };
    // An operator may have changed the retention since the sweep began.
    let gone: Gone = sql_query(
        "WITH gone AS (DELETE FROM events WHERE environment_id = $1 AND definition_id = $2 AND occurred_at <= $3 \
             AND (occurred_at < $3 OR profile_id <= $4) \
             AND EXISTS (SELECT FROM event_definitions d WHERE d.id = $2 AND d.keep_days = $5) \
             RETURNING profile_id, occurred_at, id), \
         keys AS (DELETE FROM event_keys k USING gone WHERE k.environment_id = $1 AND k.profile_id = gone.profile_id \
             AND k.occurred_at = gone.occurred_at AND k.event_id = gone.id) \
         SELECT count(*) AS n FROM gone",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Integer, _>(definition)
    .bind::<Timestamptz, _>(occurred_at)
    .bind::<SqlUuid, _>(profile_id)
    .bind::<Integer, _>(days)
    .get_result(conn)?;
    Ok(usize::try_from(gone.n).unwrap_or(0))
}
