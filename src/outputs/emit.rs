//! Makes messages of what happens. Table: `webhook_deliveries`.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::Happening;
use crate::db::{
    ids::{EnvironmentId, new_ids},
    sql_query,
};

const EMIT: &str = "INSERT INTO webhook_deliveries \
    (environment_id, profile_id, webhook_id, id, kind, segment_id, segment_name, happened_at, state, due_at, attempts) \
    SELECT $1, h.profile_id, w.id, h.id, h.kind, h.segment_id, h.segment_name, h.happened_at, 'waiting', $2, 0 \
    FROM webhooks w JOIN unnest($3, $4, $5, $6, $7, $8) h (id, kind, profile_id, segment_id, segment_name, happened_at) \
        ON h.kind = ANY(w.happenings) AND (w.segment_ids IS NULL OR h.segment_id = ANY(w.segment_ids)) \
    WHERE w.environment_id = $1 AND w.is_on";

/// Tells the webhooks of an environment what happened: one message for each that listens to it, sent after the transaction of `conn` was
/// committed. One statement, whatever the number of happenings. Returns the number of messages.
pub fn emit(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    happenings: &[Happening<'_>],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if happenings.is_empty() {
        return Ok(0);
    }
    let ids = |id: fn(&Happening<'_>) -> Uuid| happenings.iter().map(id).collect::<Vec<Uuid>>();
    sql_query(EMIT)
        .bind::<SmallInt, _>(environment)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<SqlUuid>, _>(new_ids(now, 0, happenings.len()))
        .bind::<Array<Text>, _>(happenings.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(ids(|it| it.profile.0))
        .bind::<Array<SqlUuid>, _>(ids(|it| it.segment.0))
        .bind::<Array<Text>, _>(happenings.iter().map(|it| it.segment_name).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(happenings.iter().map(|it| it.at).collect::<Vec<_>>())
        .execute(conn)
}
