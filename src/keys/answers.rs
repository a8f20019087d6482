//! Calls that carry a name of their own, with their answers, for repeats. Table: `idempotent_calls`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::db::{
    ids::{EnvironmentId, KeyId, ProfileId},
    schema::idempotent_calls,
    sql_query,
};

/// How long a call is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(2);

/// What is known of a call under its name.
pub struct Remembered {
    /// SHA-256 of what tells the call from others: method, path, query, body and `If-Match`.
    pub digest: Vec<u8>,
    /// First arrival of the call.
    pub received_at: DateTime<Utc>,
    /// Whether it arrived before.
    pub is_repeat: bool,
    /// The answer; none until there is one.
    pub answer: Option<Answer>,
}

/// An answer to keep.
pub struct Answer {
    /// Its HTTP status.
    pub status: i16,
    /// Its text.
    pub body: String,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Profile that the text shows.
    pub profile: Option<ProfileId>,
}

/// Writes a call down when it arrives for the first time; returns what is known of it.
pub fn remember(
    conn: &mut PgConnection,
    key: KeyId,
    name: &str,
    digest: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Remembered> {
    let added = diesel::insert_into(idempotent_calls::table)
        .values((
            idempotent_calls::key_id.eq(key.0),
            idempotent_calls::name.eq(name),
            idempotent_calls::digest.eq(digest),
            idempotent_calls::received_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    use idempotent_calls as calls;
    type Row = (Vec<u8>, DateTime<Utc>, Option<i16>, Option<String>, Option<String>, Option<Uuid>);
    let (digest, received_at, status, body, etag, profile): Row = calls::table
        .find((key.0, name))
        .select((calls::digest, calls::received_at, calls::status, calls::body, calls::etag, calls::profile_id))
        .first(conn)?;
    let answer = status.zip(body).map(|(status, body)| Answer { status, body, etag, profile: profile.map(ProfileId) });
    Ok(Remembered { digest, received_at, is_repeat: added == 0, answer })
}

/// Keeps the answer to a call for its repeats, unless it shows a profile that was erased since it was read.
pub fn keep(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    key: KeyId,
    name: &str,
    answer: &Answer,
) -> QueryResult<usize> {
    sql_query(
        "UPDATE idempotent_calls SET status = $3, body = $4, etag = $5, profile_id = $6 WHERE key_id = $1 AND name = $2 \
             AND ($6 IS NULL OR EXISTS (SELECT FROM profiles WHERE environment_id = $7 AND id = $6))",
    )
    .bind::<SqlUuid, _>(key.0)
    .bind::<Text, _>(name)
    .bind::<SmallInt, _>(answer.status)
    .bind::<Text, _>(&answer.body)
    .bind::<Nullable<Text>, _>(answer.etag.as_deref())
    .bind::<Nullable<SqlUuid>, _>(answer.profile.map(|profile| profile.0))
    .bind::<SmallInt, _>(environment)
    .execute(conn)
}

/// Removes the answers that show these profiles, and those that repeat one of these values while saying what was wrong; `texts` are values
/// as they are written in JSON, where it escapes them. The calls stay: a repeat counts as made when the call came first, which is before
/// the erasure.
pub fn forget(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    values: &[String],
    texts: &[String],
) -> QueryResult<usize> {
    let shown = sql_query(
        "UPDATE idempotent_calls SET status = NULL, body = NULL, etag = NULL, profile_id = NULL WHERE profile_id = ANY($1)",
    )
    .bind::<Array<SqlUuid>, _>(profiles.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .execute(conn)?;
    // Taken apart at its quotation marks, so that the work does not grow with the number of values.
    let said = sql_query(
        "WITH told AS MATERIALIZED (SELECT c.key_id, c.name, lower(c.body) AS body FROM idempotent_calls c \
             WHERE c.status >= 400 AND c.key_id IN (SELECT id FROM api_keys WHERE environment_id = $1)), \
         naming AS ( \
             SELECT t.key_id, t.name FROM told t CROSS JOIN LATERAL string_to_table(t.body, '\"') AS p (part) \
                 JOIN unnest($2) AS u (value) ON u.value = rtrim(p.part, '\\') \
             UNION ALL SELECT t.key_id, t.name FROM told t JOIN unnest($3) AS u (text) ON position(u.text IN t.body) > 0) \
         UPDATE idempotent_calls c SET status = NULL, body = NULL, etag = NULL, profile_id = NULL FROM naming n \
         WHERE c.key_id = n.key_id AND c.name = n.name",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(values)
    .bind::<Array<Text>, _>(texts)
    .execute(conn)?;
    Ok(shown + said)
}

/// Forgets calls that nobody will repeat.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let old = idempotent_calls::received_at.lt(now - REMEMBERED);
    diesel::delete(idempotent_calls::table.filter(old)).execute(conn)
}
