//! Profiles of which something was said since they were last looked at. Table: `segment_queue`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::json;
use uuid::Uuid;

use super::follow::Reason;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, SegmentId, new_ids},
        sql_query,
    },
    filter::Aspect,
    json::Json,
    ledger::Batch,
};

/// What a batch said of each profile.
pub type Touched = BTreeMap<ProfileId, BTreeSet<Aspect>>;

/// When something was said, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub environment: EnvironmentId,
    /// Group of its changes; `None`: events were moved, and nothing was said.
    pub group: Option<Uuid>,
    pub at: DateTime<Utc>,
    /// Number of items of the same import or call before.
    pub before: usize,
}

impl From<&Batch> for Said {
    fn from(batch: &Batch) -> Self {
        let Batch { environment, received_at, group, before, .. } = *batch;
        Self { environment, group: Some(group), at: received_at, before }
    }
}

/// Remembers of whom something was said that a segment reads, in the transaction that says it. One SQL statement.
pub fn touch(conn: &mut PgConnection, said: impl Into<Said>, touched: &Touched) -> QueryResult<usize> {
    let Said { environment, group, at, before } = said.into();
    if touched.is_empty() {
        return Ok(0);
    }
    let ids = new_ids(at, before, touched.len());
    let rows = touched.iter().zip(ids).map(|((profile, aspects), id)| {
        let keys: Vec<String> = aspects.iter().map(ToString::to_string).collect();
        json!({ "profile_id": profile, "id": id, "keys": keys })
    });
    sql_query(
        "INSERT INTO segment_queue (environment_id, profile_id, id, keys, group_id, said_at) \
         SELECT $1, u.profile_id, u.id, u.keys, $3, $4 \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, keys text[]) \
         WHERE EXISTS (SELECT FROM segment_keys k WHERE k.environment_id = $1 AND k.key = ANY(u.keys))",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(rows.collect()))
    .bind::<Nullable<SqlUuid>, _>(group)
    .bind::<Timestamptz, _>(at)
    .execute(conn)
}

/// A profile of which something was said.
#[derive(Clone, Debug, QueryableByName)]
pub struct Waiting {
    #[diesel(sql_type = SqlUuid)]
    pub profile_id: Uuid,
    /// Keys of what was said.
    #[diesel(sql_type = Array<Text>)]
    pub keys: Vec<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub group_id: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    pub said_at: DateTime<Utc>,
    /// The segment for which it waits; `None`: all.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub segment_id: Option<Uuid>,
}

/// Takes the first ones, but for those that wait for one of the segments `held`.
pub fn take(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    held: &[SegmentId],
    most: i64,
) -> QueryResult<Vec<Waiting>> {
    let held: Vec<Uuid> = held.iter().map(|id| id.0).collect();
    sql_query(
        "DELETE FROM segment_queue q USING (SELECT profile_id, id FROM segment_queue WHERE environment_id = $1 \
             AND (segment_id IS NULL OR segment_id <> ALL($2)) ORDER BY id LIMIT $3) t \
         WHERE q.environment_id = $1 AND q.profile_id = t.profile_id AND q.id = t.id \
         RETURNING q.profile_id, q.keys, q.group_id, q.said_at, q.segment_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(held)
    .bind::<BigInt, _>(most)
    .load(conn)
}

/// Has them wait for one segment, until it is counted.
pub fn hold(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    waiting: &BTreeMap<Uuid, Reason>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if waiting.is_empty() {
        return Ok(0);
    }
    let rows = waiting.iter().zip(new_ids(now, 0, waiting.len())).map(|((profile, reason), id)| {
        json!({
            "profile_id": profile, "id": id, "keys": reason.keys, "group_id": reason.group,
            "said_at": reason.said_at.unwrap_or(now), "segment_id": segment,
        })
    });
    sql_query(
        "INSERT INTO segment_queue (environment_id, profile_id, id, keys, group_id, said_at, segment_id) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, keys text[], group_id uuid, \
             said_at timestamptz, segment_id uuid)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(rows.collect()))
    .execute(conn)
}

/// Number of profiles that wait, at most `most`.
pub fn length(conn: &mut PgConnection, environment: EnvironmentId, most: i64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Length {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let counted: Length =
        sql_query("SELECT count(*) AS n FROM (SELECT FROM segment_queue WHERE environment_id = $1 LIMIT $2) q")
            .bind::<SmallInt, _>(environment)
            .bind::<BigInt, _>(most)
            .get_result(conn)?;
    Ok(counted.n)
}

/// Forgets who waits, because everybody will be counted.
pub fn clear(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<usize> {
    sql_query("DELETE FROM segment_queue WHERE environment_id = $1").bind::<SmallInt, _>(environment).execute(conn)
}
