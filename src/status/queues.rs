//! What waits, and since when.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use crate::{db::sql_query, words::words};

words! {
    /// What waits to be done by itself.
    pub enum QueueKind {
        Jobs = "jobs", "Changes of many people";
        Imports = "imports", "Imports";
        Webhooks = "webhooks", "Messages to webhooks";
        /// What became of messages, to be told on timelines.
        Steps = "message_steps", "News of messages";
        /// Events that may still come to people who were merged.
        Late = "late_events", "Late events of merged people";
        /// The same of people who were erased.
        Erased = "erasures", "Late events of erased people";
        Counts = "segment_counts", "Segments to count";
        Follows = "segment_follows", "People to look at for segments";
        /// Older events that are gone through for their look-up keys.
        Keys = "event_keys", "Events to look up";
    }
}

/// What is counted of a queue at most.
pub const MOST: i64 = 10_000;

/// What waits in one queue although it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    pub kind: QueueKind,
    /// At most [`MOST`] + 1, which means more than that.
    pub count: i64,
    /// Since when the oldest waits, of those that were counted; `None`: nothing does, or nobody knows.
    pub oldest: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<DateTime<Utc>>,
}

/// All queues of all environments, in one SQL statement.
pub fn read(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Queue>> {
    let found: Vec<Found> = sql_query(
        "SELECT 'jobs' AS kind, count(*) AS count, min(at) AS oldest FROM \
             (SELECT created_at AS at FROM jobs WHERE finished_at IS NULL ORDER BY created_at LIMIT $2) q \
         UNION ALL SELECT 'imports', count(*), min(at) FROM \
             (SELECT began_at AS at FROM imports WHERE stage IN ('trying', 'importing') ORDER BY created_at LIMIT $2) q \
         UNION ALL SELECT 'webhooks', least(coalesce(sum(d.count), 0), $2)::bigint, min(d.oldest) FROM webhooks w CROSS JOIN LATERAL \
             (SELECT count(*), min(due_at) AS oldest FROM (SELECT due_at FROM webhook_deliveries d \
                 WHERE d.environment_id = w.environment_id AND d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= $1 \
                 ORDER BY due_at LIMIT $2) q) d WHERE w.is_on \
         UNION ALL SELECT 'message_steps', count(*), min(at) FROM (SELECT at FROM message_steps WHERE NOT is_told LIMIT $2) q \
         UNION ALL SELECT 'late_events', count(*), min(since) FROM \
             (SELECT since FROM settling WHERE survivor_id IS NOT NULL LIMIT $2) q \
         UNION ALL SELECT 'erasures', count(*), min(since) FROM (SELECT since FROM settling WHERE survivor_id IS NULL LIMIT $2) q \
         UNION ALL SELECT 'segment_counts', count(*), min(at) FROM \
             (SELECT counting_since AS at FROM segments \
                 WHERE (wants_count OR counting_since IS NOT NULL) AND archived_at IS NULL LIMIT $2) q \
         UNION ALL SELECT 'segment_follows', (SELECT count(*) FROM (SELECT 1 FROM segment_queue LIMIT $2) q), \
             (SELECT min(q.said_at) FROM environments e CROSS JOIN LATERAL (SELECT said_at FROM segment_queue s \
                 WHERE s.environment_id = e.id AND s.segment_id IS NULL ORDER BY s.id LIMIT 1) q) \
         UNION ALL SELECT 'event_keys', count(*), min(due_at) FROM (SELECT due_at FROM event_key_fills WHERE due_at <= $1 LIMIT $2) q",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(MOST + 1)
    .load(conn)?;
    let queue = |it: Found| Some(Queue { kind: it.kind.parse().ok()?, count: it.count, oldest: it.oldest });
    Ok(found.into_iter().filter_map(queue).collect())
}
