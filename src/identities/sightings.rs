//! Notes the last day on which each identifier was used, once a day, so that a batch seldom needs a SQL statement for it.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};

use super::{
    Identifier,
    claims::{kinds, values},
};
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    error::AppError,
};

/// Most identifiers that are remembered as noted today, by their hashes: 8 MB.
const MOST: usize = 1 << 19;

#[derive(Default)]
struct Today(Mutex<(NaiveDate, HashSet<u64>)>, RandomState);

/// Notes the use of identifiers that were not noted on this day before. No statement depends on it, so it is not part of the transaction
/// that writes the batch.
pub fn note_now<'a>(
    db: &Db,
    (environment, now): (EnvironmentId, DateTime<Utc>),
    used: impl Iterator<Item = (ProfileId, &'a Identifier)>,
) -> Result<(), AppError> {
    let memory = db.memory::<Today>();
    let mark = |(profile, identifier): &(ProfileId, &Identifier)| memory.1.hash_one((environment, profile, identifier));
    let new: Vec<(ProfileId, &Identifier)> = {
        let mut known = memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != now.date_naive() || known.1.len() >= MOST {
            *known = (now.date_naive(), HashSet::new());
        }
        used.filter(|used| known.1.insert(mark(used))).collect()
    };
    if new.is_empty() {
        return Ok(());
    }
    db.tx_now(|conn| mark_seen(conn, environment, now, &new)).map(drop)
}

fn mark_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    used: &[(ProfileId, &Identifier)],
) -> QueryResult<usize> {
    sql_query(
        "UPDATE profile_identifiers i SET last_seen_at = $5 FROM unnest($2, $3, $4) AS u (kind, value, profile_id) \
         WHERE i.environment_id = $1 AND i.profile_id = u.profile_id AND i.kind = u.kind AND i.value = u.value \
             AND i.last_seen_at < $5",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(used.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<Text>, _>(values(used.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<SqlUuid>, _>(used.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .execute(conn)
}
