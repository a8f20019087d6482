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

impl Today {
    /// Those that were not noted on the latest day before. A repeat may be of an earlier day: its uses do not count as noted on the latest.
    fn new_ones<'a>(
        &self,
        environment: EnvironmentId,
        now: DateTime<Utc>,
        used: impl Iterator<Item = (ProfileId, &'a Identifier)>,
    ) -> Vec<(ProfileId, &'a Identifier)> {
        let mark =
            |(profile, identifier): &(ProfileId, &Identifier)| self.1.hash_one((environment, profile, identifier));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (latest, noted) = &mut *known;
        let day = now.date_naive();
        if *latest < day || noted.len() >= MOST {
            (*latest, *noted) = (day.max(*latest), HashSet::new());
        }
        let is_new = |used: &(ProfileId, &Identifier)| match *latest == day {
            true => noted.insert(mark(used)),
            false => !noted.contains(&mark(used)),
        };
        used.filter(is_new).collect()
    }
}

/// Notes the use of identifiers that were not noted on this day before. No statement depends on it, so it is not part of the transaction
/// that writes the batch.
pub fn note_now<'a>(
    db: &Db,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    used: impl Iterator<Item = (ProfileId, &'a Identifier)>,
) -> Result<(), AppError> {
    let new = db.memory::<Today>().new_ones(environment, now, used);
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

#[cfg(test)]
mod tests {
    use chrono::Days;
    use uuid::Uuid;

    use super::*;
    use crate::identities::Kind;

    #[test]
    fn a_repeat_of_yesterdays_call_leaves_what_was_noted_today() {
        let (today, now) = (Today::default(), DateTime::UNIX_EPOCH + Days::new(20_000));
        let one = Identifier::new(Kind::Id, "1").unwrap();
        let other = Identifier::new(Kind::Id, "2").unwrap();
        let new = |now, used: &Identifier| {
            today.new_ones(EnvironmentId(1), now, std::iter::once((ProfileId(Uuid::nil()), used))).len()
        };
        assert_eq!([new(now, &one), new(now, &one)], [1, 0]);
        let yesterday = now - Days::new(1);
        assert_eq!([new(yesterday, &other), new(yesterday, &one)], [1, 0]);
        assert_eq!([new(now, &one), new(now, &other)], [0, 1], "the other one was not noted today");
        assert_eq!(new(now + Days::new(1), &one), 1);
    }
}
