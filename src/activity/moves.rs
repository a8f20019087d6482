//! Moves events to the survivor of a merge, and back when the merge is undone.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, SmallInt, Uuid as SqlUuid},
};

use crate::db::{
    ids::{EnvironmentId, Pair, ProfileId},
    sql_query,
};

/// Moves the newest events, at most `most` of each profile, from the first profile of each pair to the second. Returns their number. Each
/// event remembers the profile that it was stored under. An event that the second profile has already is the same event. Look-up keys go with their events.
pub fn move_events(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    pairs: &[Pair],
    most: i64,
) -> QueryResult<usize> {
    let [from, to] = Pair::columns(pairs);
    sql_query(
        "WITH moved AS (DELETE FROM events e USING unnest($2, $3) AS u (loser, survivor) \
             CROSS JOIN LATERAL (SELECT occurred_at, id FROM events \
                 WHERE environment_id = $1 AND profile_id = u.loser ORDER BY occurred_at DESC, id DESC LIMIT $4) AS x \
             WHERE e.environment_id = $1 AND e.profile_id = u.loser AND e.occurred_at = x.occurred_at AND e.id = x.id \
             RETURNING u.survivor, e.*), \
         stored AS (INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, \
                 properties, context, via) \
             SELECT environment_id, survivor, occurred_at, id, definition_id, received_at, source_id, properties, context, \
                 coalesce(via, profile_id) FROM moved ON CONFLICT DO NOTHING), \
         keys AS (DELETE FROM event_keys k USING moved m WHERE k.environment_id = $1 AND k.profile_id = ANY($2) \
             AND k.profile_id = m.profile_id AND k.occurred_at = m.occurred_at AND k.event_id = m.id RETURNING m.survivor, k.*), \
         kept AS (INSERT INTO event_keys (environment_id, profile_id, occurred_at, event_id, property, value, definition_id) \
             SELECT environment_id, survivor, occurred_at, event_id, property, value, definition_id FROM keys \
             ON CONFLICT DO NOTHING) \
         SELECT count(*) AS n FROM moved",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .bind::<BigInt, _>(most)
    .get_result::<Count>(conn)
    .map(|count| usize::try_from(count.n).unwrap_or(0))
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Widens the survivors' spans by those of the others, whose own rows go.
pub fn join_activity(conn: &mut PgConnection, environment: EnvironmentId, pairs: &[Pair]) -> QueryResult<usize> {
    let [from, to] = Pair::columns(pairs);
    sql_query(
        "WITH gone AS (DELETE FROM profile_activity a USING unnest($2, $3) AS u (loser, survivor) \
             WHERE a.environment_id = $1 AND a.profile_id = u.loser \
             RETURNING u.survivor, a.first_seen_at, a.last_seen_at) \
         INSERT INTO profile_activity AS a (environment_id, profile_id, first_seen_at, last_seen_at) \
         SELECT $1, survivor, min(first_seen_at), max(last_seen_at) FROM gone GROUP BY survivor \
         ON CONFLICT (environment_id, profile_id) DO UPDATE SET \
             first_seen_at = least(a.first_seen_at, excluded.first_seen_at), \
             last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)
}

/// Gives a restored profile its own events and those from `aliases` back, and computes both profiles' times of activity anew.
pub fn take_back(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    Pair { from: survivor, to: restored }: Pair,
    aliases: &[ProfileId],
) -> QueryResult<()> {
    let via: Vec<_> = aliases.iter().chain([&restored]).map(|profile| profile.0).collect();
    sql_query(
        "WITH moved AS (DELETE FROM events e WHERE e.environment_id = $1 AND e.profile_id = $2 AND e.via = ANY($4) RETURNING e.*), \
         keys AS (DELETE FROM event_keys k USING moved m WHERE k.environment_id = $1 AND k.profile_id = $2 \
             AND k.occurred_at = m.occurred_at AND k.event_id = m.id RETURNING k.*), \
         kept AS (INSERT INTO event_keys (environment_id, profile_id, occurred_at, event_id, property, value, definition_id) \
             SELECT environment_id, $3, occurred_at, event_id, property, value, definition_id FROM keys ON CONFLICT DO NOTHING) \
         INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties, \
             context, via) \
         SELECT environment_id, $3, occurred_at, id, definition_id, received_at, source_id, properties, context, \
             nullif(via, $3) FROM moved ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(survivor.0)
    .bind::<SqlUuid, _>(restored.0)
    .bind::<Array<SqlUuid>, _>(via)
    .execute(conn)?;
    sql_query(
        "INSERT INTO profile_activity AS a (environment_id, profile_id, first_seen_at, last_seen_at) \
         SELECT $1, p.id, least(p.created_at, e.first), coalesce(e.last, 'epoch') FROM profiles p \
         CROSS JOIN LATERAL (SELECT min(e.occurred_at) AS first, max(e.occurred_at) FILTER (WHERE d.is_activity) AS last \
             FROM events e JOIN event_definitions d ON d.id = e.definition_id \
             WHERE e.environment_id = $1 AND e.profile_id = p.id) e \
         WHERE p.environment_id = $1 AND p.id = ANY($2) \
         ON CONFLICT (environment_id, profile_id) DO UPDATE SET \
             first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>([survivor.0, restored.0].as_slice())
    .execute(conn)?;
    Ok(())
}
