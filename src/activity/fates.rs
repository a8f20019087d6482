//! What became of the messages to somebody.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    json::Json,
};

/// An event about a message.
#[derive(QueryableByName)]
pub struct Told {
    #[diesel(sql_type = SqlUuid, column_name = profile_id)]
    pub profile: ProfileId,
    #[diesel(sql_type = Timestamptz)]
    pub occurred_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Those that were asked for.
    #[diesel(sql_type = Jsonb)]
    pub properties: Json,
}

/// Events of people between two times whose names tell of a bounce or of a message that arrived, with these properties: of each person the
/// newest 200, in one SQL statement.
pub fn messages_within(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    spans: &[(ProfileId, DateTime<Utc>, DateTime<Utc>)],
    properties: &[&str],
) -> QueryResult<Vec<Told>> {
    sql_query(
        "SELECT u.profile AS profile_id, e.occurred_at, e.id, e.name, \
             (SELECT coalesce(jsonb_object_agg(k.name, e.properties->k.name), '{}') FROM unnest($5) AS k (name) \
                 WHERE e.properties->k.name IS NOT NULL) AS properties \
         FROM unnest($2, $3, $4) AS u (profile, since, until) \
         CROSS JOIN LATERAL (SELECT e.occurred_at, e.id, e.properties, d.name FROM events e \
             JOIN event_definitions d ON d.environment_id = e.environment_id AND d.id = e.definition_id \
             WHERE e.environment_id = $1 AND e.profile_id = u.profile AND e.occurred_at BETWEEN u.since AND u.until \
                 AND d.kind = 'event' AND d.name ~* '(bounce|deliver|open|click)' \
             ORDER BY e.occurred_at DESC, e.id DESC LIMIT 200) e",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(spans.iter().map(|(profile, ..)| profile.0).collect::<Vec<Uuid>>())
    .bind::<Array<Timestamptz>, _>(spans.iter().map(|(_, since, _)| *since).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(spans.iter().map(|(.., until)| *until).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(properties.to_vec())
    .load(conn)
}
