//! Rows of synchronisations. Table: `membership_syncs`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;
use uuid::Uuid;

use super::membership_attribute::{MembershipAttribute, Sync, SyncState};
use crate::db::{
    ids::{EnvironmentId, JobId},
    schema::membership_syncs,
    sql_query,
};

/// How long synchronisations are listed; their jobs are kept as long.
const LISTED_FOR: TimeDelta = TimeDelta::days(30);

/// A synchronisation with its job, as it is stored.
#[derive(QueryableByName, Deserialize)]
pub struct SyncRow {
    #[diesel(sql_type = SqlUuid)]
    job: JobId,
    #[diesel(sql_type = Timestamptz)]
    began_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    is_by_hand: bool,
    #[diesel(sql_type = BigInt)]
    members: i64,
    #[diesel(sql_type = BigInt)]
    entered: i64,
    #[diesel(sql_type = BigInt)]
    left_it: i64,
    #[diesel(sql_type = BigInt)]
    looked_at: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    failure: Option<String>,
}

impl From<SyncRow> for Sync {
    fn from(row: SyncRow) -> Self {
        let state = match (row.failure, row.finished_at) {
            (Some(why), _) => SyncState::Failed(why),
            (None, Some(at)) => SyncState::Finished(at),
            (None, None) => SyncState::Running(row.looked_at),
        };
        let SyncRow { job, began_at, is_by_hand, members, entered, left_it: left, .. } = row;
        Self { job, began_at, is_by_hand, members, entered, left, state }
    }
}

/// Synchronisations of an attribute within the last month, the newest first, at most a hundred.
pub fn of(conn: &mut PgConnection, of: &MembershipAttribute) -> QueryResult<Vec<Sync>> {
    let rows: Vec<SyncRow> = sql_query(
        "SELECT y.id AS job, y.began_at, y.is_by_hand, y.members, y.entered, y.left_it, j.looked_at, j.finished_at, j.failure \
         FROM membership_syncs y JOIN jobs j ON j.environment_id = y.environment_id AND j.id = y.id \
         WHERE y.environment_id = $1 AND y.membership_id = $2 ORDER BY y.began_at DESC LIMIT 100",
    )
    .bind::<SmallInt, _>(of.environment)
    .bind::<SqlUuid, _>(of.id)
    .load(conn)?;
    Ok(rows.into_iter().map(Sync::from).collect())
}

/// Holds the attributes of an environment until the transaction ends: synchronisations begin one after the other. False if one is under way.
pub fn hold(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        is_running: bool,
    }
    sql_query("UPDATE membership_attributes SET id = id WHERE environment_id = $1")
        .bind::<SmallInt, _>(environment)
        .execute(conn)?;
    let found: Found = sql_query(
        "SELECT EXISTS (SELECT FROM membership_syncs y JOIN jobs j ON j.environment_id = y.environment_id AND j.id = y.id \
         WHERE y.environment_id = $1 AND j.finished_at IS NULL) AS is_running",
    )
    .bind::<SmallInt, _>(environment)
    .get_result(conn)?;
    Ok(!found.is_running)
}

/// Writes down that attributes are synchronised by a job; and when they are next.
pub fn begin(
    conn: &mut PgConnection,
    (environment, job): (EnvironmentId, JobId),
    which: &[&MembershipAttribute],
    is_by_hand: bool,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    use membership_syncs as y;
    let row = |of: &&MembershipAttribute| {
        (
            (y::environment_id.eq(environment.0), y::id.eq(job), y::membership_id.eq(of.id), y::began_at.eq(now)),
            (y::is_by_hand.eq(is_by_hand), y::members.eq(0), y::entered.eq(0), y::left_it.eq(0)),
        )
    };
    diesel::insert_into(y::table).values(which.iter().map(row).collect::<Vec<_>>()).execute(conn)?;
    let due = which.iter().map(|of| of.rhythm.after(now));
    set_due(conn, environment, which, due)
}

/// Writes down when attributes are synchronised next.
pub fn set_due(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    which: &[&MembershipAttribute],
    due: impl Iterator<Item = Option<DateTime<Utc>>>,
) -> QueryResult<()> {
    sql_query(
        "UPDATE membership_attributes m SET due_at = u.due_at FROM unnest($2, $3) AS u (id, due_at) \
         WHERE m.environment_id = $1 AND m.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(which.iter().map(|of| of.id.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(due.collect::<Vec<_>>())
    .execute(conn)
    .map(drop)
}

/// What a part of a synchronisation came to for one attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub members: i64,
    pub entered: i64,
    pub left: i64,
}

/// Adds what a part of a synchronisation came to.
pub fn add(
    conn: &mut PgConnection,
    (environment, job): (EnvironmentId, JobId),
    tallies: &[(Uuid, Tally)],
) -> QueryResult<usize> {
    let numbers = |number: fn(&Tally) -> i64| tallies.iter().map(|(_, it)| number(it)).collect::<Vec<i64>>();
    sql_query(
        "UPDATE membership_syncs y SET members = y.members + u.members, entered = y.entered + u.entered, \
             left_it = y.left_it + u.left_it FROM unnest($3, $4, $5, $6) AS u (id, members, entered, left_it) \
         WHERE y.environment_id = $1 AND y.id = $2 AND y.membership_id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(job)
    .bind::<Array<SqlUuid>, _>(tallies.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|it| it.members))
    .bind::<Array<BigInt>, _>(numbers(|it| it.entered))
    .bind::<Array<BigInt>, _>(numbers(|it| it.left))
    .execute(conn)
}

/// Deletes synchronisations that are listed no more.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(membership_syncs::table.filter(membership_syncs::began_at.lt(now - LISTED_FOR))).execute(conn)
}
