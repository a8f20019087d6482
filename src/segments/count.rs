//! Counts everybody for a segment that is new, was changed, or means something else because a catalogue has changed.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Text},
};

use super::{
    follow,
    members::{self, CountEverybody},
    state::{self, Done, Next},
};
use crate::{
    clock::Clock,
    db::{Db, sql_query},
    error::AppError,
    filter::{Aspect, Catalogue, Matches, Scale},
};

/// Longest time for one segment, in milliseconds: less than erased people are watched for what comes late.
const LONGEST: i64 = 100_000;
/// Time that it works before it lets its connection go.
const AT_A_TIME: Duration = Duration::from_secs(60);

/// Counts everybody for the segments for which that is wanted. One process at a time does.
pub fn count_now(db: &Db, clock: &Clock) -> Result<(), AppError> {
    db.read_now(|conn| {
        if !try_lock(conn)? {
            return Ok(Ok(()));
        }
        let counted = count_all(conn, clock);
        sql_query("SELECT pg_advisory_unlock($1)").bind::<BigInt, _>(LOCK).execute(conn)?;
        Ok(counted)
    })?
}

/// Number of the advisory lock of the process that counts, "segcount" in ASCII.
const LOCK: i64 = 0x7365_6763_6F75_6E74;

fn try_lock(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Lock {
        #[diesel(sql_type = Bool)]
        is_ours: bool,
    }
    let lock: Lock =
        sql_query("SELECT pg_try_advisory_lock($1) AS is_ours").bind::<BigInt, _>(LOCK).get_result(conn)?;
    Ok(lock.is_ours)
}

fn count_all(conn: &mut PgConnection, clock: &Clock) -> Result<(), AppError> {
    // Whoever held the lock before has ended.
    state::take_back(conn)?;
    let until = Instant::now() + AT_A_TIME;
    while let Some(next) = state::next_to_count(conn)? {
        conn.transaction(|conn| state::begin(conn, next, clock.now()))?;
        count_one(conn, next, clock.now())?;
        if Instant::now() > until {
            break;
        }
    }
    Ok(())
}

fn count_one(conn: &mut PgConnection, next: Next, now: DateTime<Utc>) -> Result<(), AppError> {
    let (environment, since) = (next.environment_id, Instant::now());
    let Some(kept) = state::read(conn, environment)?.into_iter().find(|kept| kept.id == next.id) else { return Ok(()) };
    let catalogue = Catalogue::read(conn, environment, kept.definition.filter().into_iter())?;
    let is_first = !kept.is_counted;
    let failed = |meaning, why| Done { counted: None, meaning, broken: Some(why), took_ms: 0, is_timed: false, now };
    let (ready, meaning) = match follow::ready(&kept, &catalogue, environment, now) {
        Ok(it) => it,
        Err(why) => return Ok(conn.transaction(|conn| state::end(conn, next, &failed(None, &why)))?),
    };
    if state::keys(conn, next)? != ready.reads.iter().map(ToString::to_string).collect() {
        // A catalogue has changed since. Who writes must know what is read before everybody is looked at.
        return Ok(conn.transaction(|conn| {
            state::want_count(conn, environment, next.id, &ready.reads)?;
            state::take_back(conn).map(drop)
        })?);
    }
    // What it asks a day later shows whether the passing of time changes anything.
    let later = ready.kept.definition.check(&catalogue, environment, next.id, now + TimeDelta::days(1));
    let is_timed = later.is_ok_and(|later| !ready.predicate.crossings(&later).is_empty());
    let count = CountEverybody {
        segment: next.id,
        is_first,
        matches: Matches { predicate: ready.predicate.clone(), scale: Scale::All },
        now,
    };
    let counted: QueryResult<()> = conn.transaction(|conn| {
        sql_query("SELECT set_config('statement_timeout', $1, true)")
            .bind::<Text, _>(LONGEST.to_string())
            .execute(conn)?;
        let counted = count.get(conn)?;
        members::write_size(conn, environment, next.id, is_first, counted, now)?;
        if counted.entered + counted.left_it > 0 {
            members::emit_counted(conn, environment, (next.id, &ready.kept.name), now)?;
            state::want_counts_of_readers(conn, environment, &[Aspect::Segment(next.id.0)])?;
        }
        let took_ms = i32::try_from(since.elapsed().as_millis()).unwrap_or(i32::MAX);
        let meaning = Some(meaning.clone());
        state::end(conn, next, &Done { counted: Some(counted), meaning, broken: None, took_ms, is_timed, now })
    });
    let Err(error) = counted else { return Ok(()) };
    let why = match AppError::from(error) {
        AppError::TooSlow(_) => {
            "Counting took longer than 100 seconds. Make the definition narrower, or its times shorter."
        }
        // A lost race, or Postgres went away: it is counted again.
        error @ (AppError::Busy(_) | AppError::Unavailable(_)) => return Err(error),
        error => {
            error.log();
            "The database refused to count it. The log of the server says why."
        }
    };
    // Its members stay as they are, and its page says so.
    Ok(conn.transaction(|conn| state::end(conn, next, &failed(Some(meaning), why)))?)
}
