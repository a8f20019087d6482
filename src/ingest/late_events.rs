//! Late events: events that a writer added to a profile just after it was merged or erased follow it to the survivor or are deleted, as is
//! all else that somebody who did not know yet wrote of who was erased.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::join::EVENTS_AT_ONCE;
use crate::{
    activity,
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, Pair, ProfileId, ProfileKey},
        sql_query,
    },
    error::AppError,
    filter::Aspect,
    merges::store::{self as merges, Settling},
    profiles::store as rows,
    segments::{self, Said},
};

/// How long a merged or erased profile is watched for late events: longer than any transaction lasts.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// Moves the late events of merged profiles, deletes those of erased profiles, and returns the number of rows. Run every few seconds; each
/// profile is looked at until no late event can come any more.
pub fn settle_now(db: &Db, clock: &Clock) -> Result<usize, AppError> {
    let now = clock.now();
    let (mut moved, mut after) = (0, None);
    loop {
        let open = db.read_now(|conn| merges::settling(conn, after))?;
        let Some(last) = open.last() else { return Ok(moved) };
        after = Some(ProfileKey { environment: last.environment, profile: last.profile });
        let mut by_environment: BTreeMap<EnvironmentId, Vec<Settling>> = BTreeMap::new();
        for row in open {
            by_environment.entry(row.environment).or_default().push(row);
        }
        for (environment, open) in by_environment {
            moved += db.tx_now(|conn| settle(conn, environment, &open, now))?;
        }
    }
}

fn settle(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    open: &[Settling],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let profiles: Vec<ProfileId> = open.iter().map(|row| row.profile).collect();
    let held = merges::hold(conn, environment, &profiles)?;
    let open: Vec<Settling> = open.iter().copied().filter(|row| held.contains(&row.profile)).collect();
    // A survivor may have been merged itself meanwhile, or a merge may have been undone.
    let merged = open.iter().filter(|row| row.survivor.is_some()).map(|row| row.profile).collect();
    let survivors = rows::merged_into(conn, environment, &merged)?.into_iter();
    let pairs: Vec<Pair> = survivors.map(|(from, to)| Pair { from, to }).collect();
    let gone: Vec<Uuid> = open.iter().filter(|row| row.survivor.is_none()).map(|row| row.profile.0).collect();
    let mut moved = 0;
    if !pairs.is_empty() {
        let late = activity::move_events(conn, environment, &pairs, EVENTS_AT_ONCE)?;
        activity::join_activity(conn, environment, &pairs)?;
        if late > 0 {
            let touched = pairs.iter().map(|pair| (pair.to, [Aspect::Profile].into())).collect();
            segments::touch(conn, Said { environment, group: None, at: now, before: 0 }, &touched)?;
        }
        moved += late;
    }
    if !gone.is_empty() {
        moved += forget(conn, environment, gone)?;
    }
    let quiet: Vec<ProfileId> = open.iter().filter(|row| now - row.since > PATIENCE).map(|row| row.profile).collect();
    if !quiet.is_empty() {
        merges::settled(conn, environment, &quiet)?;
    }
    Ok(moved)
}

fn forget(conn: &mut PgConnection, environment: EnvironmentId, gone: Vec<Uuid>) -> QueryResult<usize> {
    let mut removed = 0;
    for statement in [
        "DELETE FROM profile_activity WHERE environment_id = $1 AND profile_id = ANY($2)",
        "DELETE FROM events WHERE environment_id = $1 AND profile_id = ANY($2)",
        // After the events, so that no key stays of an event that is stored between the two.
        "DELETE FROM event_keys WHERE environment_id = $1 AND profile_id = ANY($2)",
        // What others, who merged them or wrote to them at the same moment, still noted. That they were erased stays.
        "DELETE FROM changes WHERE environment_id = $1 AND profile_id = ANY($2) AND kind <> 'erased'",
        "DELETE FROM message_steps WHERE environment_id = $1 AND profile_id = ANY($2)",
        "DELETE FROM messages WHERE environment_id = $1 AND profile_id = ANY($2)",
        "DELETE FROM webhook_deliveries WHERE environment_id = $1 AND profile_id = ANY($2)",
    ] {
        removed +=
            sql_query(statement).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(&gone).execute(conn)?;
    }
    segments::forget(conn, environment, &gone)?;
    Ok(removed)
}
