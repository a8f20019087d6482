//! Events that a writer added to a profile just after it was merged or erased follow it.

use chrono::TimeDelta;
use diesel::{
    PgConnection, QueryResult, RunQueryDsl, sql_query,
    sql_types::{SmallInt, Uuid as SqlUuid},
};

use super::join::EVENTS_AT_ONCE;
use crate::{activity, clock::Clock, db::Db, error::AppError, merges::store as merges};

/// Longer than any transaction lasts.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// Moves or removes what is left under profiles that became part of others or were erased. Run every few seconds; each profile is
/// looked at until nothing can come any more.
pub fn settle_now(db: &Db, clock: &Clock) -> Result<usize, AppError> {
    let now = clock.now();
    let open = db.read_now(merges::settling)?;
    let mut moved = 0;
    for merges::Settling { environment, profile, survivor, since } in open {
        moved += db.tx_now(|conn| {
            let moved = match survivor {
                Some(survivor) => {
                    // The survivor may have become part of somebody else meanwhile.
                    let asked = [survivor].into();
                    let last = crate::profiles::store::merged_into(conn, environment, &asked)?;
                    let pair = [(profile, *last.get(&survivor).unwrap_or(&survivor))];
                    let moved = activity::move_events(conn, environment, &pair, EVENTS_AT_ONCE)?;
                    activity::join_activity(conn, environment, &pair)?;
                    moved
                }
                None => forget(conn, environment.0, profile.0)?,
            };
            if moved == 0 && now - since > PATIENCE {
                merges::settled(conn, environment, profile)?;
            }
            Ok(moved)
        })?;
    }
    Ok(moved)
}

fn forget(conn: &mut PgConnection, environment: i16, profile: uuid::Uuid) -> QueryResult<usize> {
    let mut gone = 0;
    for statement in [
        "DELETE FROM profile_activity WHERE environment_id = $1 AND profile_id = $2",
        "DELETE FROM events WHERE environment_id = $1 AND profile_id = $2",
    ] {
        gone += sql_query(statement).bind::<SmallInt, _>(environment).bind::<SqlUuid, _>(profile).execute(conn)?;
    }
    Ok(gone)
}
