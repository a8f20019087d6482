//! Calls that carry a name of their own, with their answers, for repeats. Table: `idempotent_calls`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};

use crate::db::{
    ids::{EnvironmentId, KeyId, ProfileId},
    schema::idempotent_calls,
    sql_query,
};

/// How long a call is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(2);

/// What is known of a call under its name.
#[derive(Queryable)]
pub struct Remembered {
    /// SHA-256 of what tells the call from others: method, path, query, body and `If-Match`.
    pub digest: Vec<u8>,
    /// First arrival of the call.
    pub received_at: DateTime<Utc>,
    /// Status of the answer; none until there is one.
    pub status: Option<i16>,
    /// Text of the answer.
    pub body: Option<String>,
}

/// An answer to keep.
pub struct Answer {
    /// Its HTTP status.
    pub status: i16,
    /// Its text.
    pub body: String,
    /// Profile that the text shows.
    pub profile: Option<ProfileId>,
}

/// Writes a call down when it arrives for the first time; returns what is known of it.
pub fn remember(
    conn: &mut PgConnection,
    (key, name): (KeyId, &str),
    digest: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Remembered> {
    diesel::insert_into(idempotent_calls::table)
        .values((
            idempotent_calls::key_id.eq(key.0),
            idempotent_calls::name.eq(name),
            idempotent_calls::digest.eq(digest),
            idempotent_calls::received_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    idempotent_calls::table
        .find((key.0, name))
        .select((
            idempotent_calls::digest,
            idempotent_calls::received_at,
            idempotent_calls::status,
            idempotent_calls::body,
        ))
        .first(conn)
}

/// Keeps the answer to a call for its repeats.
pub fn keep(conn: &mut PgConnection, (key, name): (KeyId, &str), answer: &Answer) -> QueryResult<usize> {
    diesel::update(idempotent_calls::table.find((key.0, name)))
        .set((
            idempotent_calls::status.eq(answer.status),
            idempotent_calls::body.eq(&answer.body),
            idempotent_calls::profile_id.eq(answer.profile.map(|profile| profile.0)),
        ))
        .execute(conn)
}

/// Removes the answers that show these profiles, and those that repeat one of these JSON texts while saying what was wrong. The calls
/// stay: a repeat counts as made when the call came first, which is before the erasure.
pub fn forget(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    texts: &[String],
) -> QueryResult<usize> {
    sql_query(
        "UPDATE idempotent_calls c SET status = NULL, body = NULL, profile_id = NULL \
         WHERE c.profile_id = ANY($2) OR (c.status >= 400 AND c.key_id IN (SELECT id FROM api_keys WHERE environment_id = $1) \
             AND EXISTS (SELECT FROM unnest($3) AS t (text) WHERE position(t.text IN lower(c.body)) > 0))",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(profiles.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(texts)
    .execute(conn)
}

/// Forgets calls that nobody will repeat.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let old = idempotent_calls::received_at.lt(now - REMEMBERED);
    diesel::delete(idempotent_calls::table.filter(old)).execute(conn)
}
