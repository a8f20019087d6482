//! Rows of who is to be asked to confirm their email.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    db::{
        Turn,
        ids::{EnvironmentId, ProfileId, SourceId, WorkspaceId, new_id, new_ids},
        sql_query,
    },
    json::Json,
    subscriptions::awaits,
};

/// Notes who of these people is to be asked, now that something was said of their email: who has to confirm it and was not asked to since
/// their last opt-out, as this profile or as a part of it. `since`: when the workspace began to ask. One SQL statement.
pub fn want(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    since: DateTime<Utc>,
    people: &[ProfileId],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if people.is_empty() {
        return Ok(0);
    }
    sql_query(concat!(
        "INSERT INTO confirmation_requests (environment_id, profile_id, id, address, said_at, wanted_at, due_at, status) \
         SELECT p.environment_id, p.id, u.request, e.normalised, \
             'epoch'::timestamptz + (n.stamp->0)::bigint * interval '1 microsecond', $4, $4, 'waiting' \
         FROM unnest($2, $3) AS u (profile, request) \
         JOIN profiles p ON p.environment_id = $1 AND p.id = u.profile AND p.merged_into IS NULL \
         JOIN addresses e ON e.environment_id = $1 AND e.profile_id = p.id AND e.channel = 'email' AND e.address IS NOT NULL \
         JOIN subscriptions n ON n.environment_id = $1 AND n.profile_id = p.id AND n.channel = 'email' AND n.topic = '' \
         WHERE (n.state = 'pending' AND (n.stamp->0)::bigint >= $5 OR ",
        awaits!(before "p"),
        "$5",
        awaits!(after "p"),
        ") AND NOT EXISTS (SELECT FROM confirmation_requests q WHERE q.environment_id = $1 AND q.profile_id = ANY(ARRAY( \
                 SELECT p.id UNION ALL SELECT l.alias_id FROM profile_aliases l WHERE l.environment_id = $1 AND l.profile_id = p.id)) \
             AND q.address = e.normalised AND q.status <> 'ended' AND q.said_at >= 'epoch'::timestamptz + coalesce((SELECT (b.value->'no')::bigint FROM confirmations b \
                 WHERE b.environment_id = $1 AND b.profile_id = p.id AND b.subject = 'email'), 0) * interval '1 microsecond')"
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(people.iter().map(|profile| profile.0).collect::<Vec<Uuid>>())
    .bind::<Array<SqlUuid>, _>(new_ids(now, 0, people.len()))
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(since.timestamp_micros())
    .execute(conn)
}

/// Somebody who is to be asked again.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub environment: EnvironmentId,
    pub profile: ProfileId,
    /// Normalised.
    pub address: &'a str,
    /// When the subscription was said that waits.
    pub said_at: DateTime<Utc>,
}

/// Result of [`again`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Wanted,
    /// The address was asked as often as it may be in a day.
    TooMany,
}

/// Notes that somebody is to be asked again; who is to be asked anyway is asked at once.
pub fn again(
    conn: &mut PgConnection,
    wanted: &Wanted<'_>,
    by: SourceId,
    most_a_day: u8,
    now: DateTime<Utc>,
) -> QueryResult<Again> {
    let Wanted { environment, profile, address, said_at } = *wanted;
    // Two clicks at once are one wish.
    Turn::Confirmations.wait(conn, environment)?;
    let asked = asked_within_a_day(conn, environment, &[address.to_owned()], now)?;
    if asked.get(address).is_some_and(|times| times.len() >= usize::from(most_a_day)) {
        return Ok(Again::TooMany);
    }
    let hurried = sql_query(
        "UPDATE confirmation_requests SET wanted_at = $4, due_at = $4 \
         WHERE environment_id = $1 AND profile_id = $2 AND address = $3 AND status = 'waiting'",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile)
    .bind::<Text, _>(address)
    .bind::<Timestamptz, _>(now)
    .execute(conn)?;
    if hurried == 0 {
        sql_query(
            "INSERT INTO confirmation_requests (environment_id, profile_id, id, address, said_at, wanted_at, due_at, status, source_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $6, 'waiting', $7)",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(profile)
        .bind::<SqlUuid, _>(new_id(now))
        .bind::<Text, _>(address)
        .bind::<Timestamptz, _>(said_at)
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(by)
        .execute(conn)?;
    }
    Ok(Again::Wanted)
}

/// An environment in which somebody is to be asked.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Place {
    #[diesel(sql_type = SmallInt)]
    pub environment_id: EnvironmentId,
    #[diesel(sql_type = SmallInt)]
    pub workspace_id: WorkspaceId,
}

/// Environments in which somebody is to be asked now.
pub fn due(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Place>> {
    sql_query(
        "SELECT e.id AS environment_id, e.workspace_id FROM environments e WHERE EXISTS ( \
             SELECT FROM confirmation_requests r WHERE r.environment_id = e.id AND r.status = 'waiting' AND r.due_at <= $1) LIMIT 1000",
    )
    .bind::<Timestamptz, _>(now)
    .load(conn)
}

/// Somebody who is to be asked.
#[derive(Clone, Debug, QueryableByName)]
pub struct Request {
    #[diesel(sql_type = SqlUuid)]
    pub profile_id: ProfileId,
    /// The profile that they are part of now, if they became part of another.
    #[diesel(sql_type = SqlUuid)]
    pub current: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The normalised email.
    #[diesel(sql_type = Text)]
    pub address: String,
    #[diesel(sql_type = Timestamptz)]
    pub wanted_at: DateTime<Utc>,
    /// The operator who asked for it again.
    #[diesel(sql_type = Nullable<Integer>)]
    pub source_id: Option<SourceId>,
}

/// Who is to be asked now, the longest waiting first.
pub fn waiting(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    most: i64,
) -> QueryResult<Vec<Request>> {
    sql_query(
        "SELECT r.profile_id, coalesce(p.merged_into, p.id) AS current, r.id, r.address, r.wanted_at, r.source_id \
         FROM confirmation_requests r JOIN profiles p ON p.environment_id = r.environment_id AND p.id = r.profile_id \
         WHERE r.environment_id = $1 AND r.status = 'waiting' AND r.due_at <= $2 ORDER BY r.due_at, r.id LIMIT $3",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(most)
    .load(conn)
}

/// When each of these addresses was asked within the last day, whoever has it; the first time first.
pub fn asked_within_a_day(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    addresses: &[String],
    now: DateTime<Utc>,
) -> QueryResult<HashMap<String, Vec<DateTime<Utc>>>> {
    #[derive(QueryableByName)]
    struct Asked {
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = Timestamptz)]
        asked_at: DateTime<Utc>,
    }
    let found: Vec<Asked> = sql_query(
        "SELECT address, asked_at FROM confirmation_requests \
         WHERE environment_id = $1 AND address = ANY($2) AND asked_at > $3 ORDER BY asked_at LIMIT 10000",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(addresses)
    .bind::<Timestamptz, _>(now - TimeDelta::days(1))
    .load(conn)?;
    let mut all: HashMap<String, Vec<DateTime<Utc>>> = HashMap::new();
    for Asked { address, asked_at } in found {
        all.entry(address).or_default().push(asked_at);
    }
    Ok(all)
}

/// What became of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    pub profile_id: ProfileId,
    pub id: Uuid,
    /// `waiting`, `asked` or `ended`.
    pub status: &'static str,
    pub due_at: DateTime<Utc>,
    pub message_id: Option<Uuid>,
    pub why: Option<String>,
}

/// Stores what became of requests, in one SQL statement.
pub fn settle(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    settled: &[Settled],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(
        "UPDATE confirmation_requests r SET status = u.status, due_at = u.due_at, message_id = u.message_id, why = u.why, \
             asked_at = CASE u.status WHEN 'asked' THEN $3 END \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, status text, due_at timestamptz, message_id uuid, why text) \
         WHERE r.environment_id = $1 AND r.profile_id = u.profile_id AND r.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(json!(settled)))
    .bind::<Timestamptz, _>(now)
    .execute(conn)
}
