//! Rows of segments as they are followed and counted. Table: `segments`, `segment_keys`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    members::Counted,
    segment::{Definition, SegmentKind},
    store::definition,
};
use crate::{
    db::{
        Turn,
        ids::{EnvironmentId, SegmentId},
        schema::{segment_keys, segments},
        sql_query,
    },
    filter::Aspect,
    json::Json,
};

/// A segment, as far as following and counting it asks for.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: SegmentId,
    pub name: String,
    pub definition: Definition,
    /// Whether everybody was counted.
    pub is_counted: bool,
    /// What the definition meant when it was counted.
    pub meaning: Option<String>,
    /// Until when the lengths of time in it were followed.
    pub followed_until: Option<DateTime<Utc>>,
    pub broken: Option<String>,
    /// Whether everybody is to be counted, and it has not begun.
    pub is_wanted: bool,
    pub is_being_counted: bool,
}

type Row = (
    SegmentId,
    (String, String),
    Option<Json>,
    Option<i64>,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<String>,
    bool,
    bool,
);

/// The segments of an environment that are not archived, one SQL statement.
pub fn read(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Kept>> {
    use segments as s;
    let rows: Vec<Row> = s::table
        .filter(s::environment_id.eq(environment.0).and(s::archived_at.is_null()))
        .order(s::id)
        .limit(super::MOST)
        .select((
            s::id,
            (s::name, s::kind),
            s::definition,
            s::size,
            s::meaning,
            s::followed_until,
            s::broken,
            s::wants_count,
            s::counting_since.is_not_null(),
        ))
        .load(conn)?;
    let kept =
        |(id, (name, kind), stored, size, meaning, followed_until, broken, is_wanted, is_being_counted): Row| Kept {
            id,
            name,
            definition: definition(kind.parse().unwrap_or(SegmentKind::Live), stored),
            is_counted: size.is_some(),
            meaning,
            followed_until,
            broken,
            is_wanted: is_wanted && !is_being_counted,
            is_being_counted,
        };
    Ok(rows.into_iter().map(kept).collect())
}

/// Environments in which profiles wait, lengths of time were not followed since `before`, or the clock went back behind `now`.
pub fn environments_to_follow(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<EnvironmentId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SmallInt)]
        environment_id: EnvironmentId,
    }
    let found: Vec<Found> = sql_query(
        "SELECT e.id AS environment_id FROM environments e WHERE EXISTS (SELECT FROM segment_queue q WHERE q.environment_id = e.id) \
         OR EXISTS (SELECT FROM segments s WHERE s.environment_id = e.id AND s.archived_at IS NULL \
             AND (s.followed_until <= $1 OR s.followed_until > $2)) LIMIT 1000",
    )
    .bind::<Timestamptz, _>(before)
    .bind::<Timestamptz, _>(now)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.environment_id).collect())
}

/// Environments with segments.
pub fn environments(conn: &mut PgConnection) -> QueryResult<Vec<EnvironmentId>> {
    use segments as s;
    s::table
        .filter(s::archived_at.is_null())
        .select(s::environment_id)
        .distinct()
        .limit(1000)
        .load::<i16>(conn)
        .map(|ids| ids.into_iter().map(EnvironmentId).collect())
}

/// Notes what a segment reads, and that everybody is to be counted.
pub fn want_count(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    aspects: &BTreeSet<Aspect>,
) -> QueryResult<()> {
    use segment_keys as k;
    forget_keys(conn, environment, segment)?;
    let row = |aspect: &Aspect| {
        (k::environment_id.eq(environment.0), k::key.eq(aspect.to_string()), k::segment_id.eq(segment))
    };
    diesel::insert_into(k::table).values(aspects.iter().map(row).collect::<Vec<_>>()).execute(conn)?;
    want_counts(conn, environment, &[segment]).map(drop)
}

/// Forgets what a segment reads, so that nobody is looked at for it.
pub fn forget_keys(conn: &mut PgConnection, environment: EnvironmentId, segment: SegmentId) -> QueryResult<usize> {
    use segment_keys as k;
    diesel::delete(k::table.filter(k::environment_id.eq(environment.0).and(k::segment_id.eq(segment)))).execute(conn)
}

/// Notes that everybody is to be counted for these segments.
pub fn want_counts(conn: &mut PgConnection, environment: EnvironmentId, of: &[SegmentId]) -> QueryResult<usize> {
    use segments as s;
    diesel::update(s::table.filter(s::environment_id.eq(environment.0).and(s::id.eq_any(of.to_vec()))))
        .set((s::wants_count.eq(true), s::count_after.eq(None::<i64>)))
        .execute(conn)
}

/// Notes it for all segments that read one of these aspects.
pub fn want_counts_of_readers(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    aspects: &[Aspect],
) -> QueryResult<usize> {
    let keys: Vec<String> = aspects.iter().map(ToString::to_string).collect();
    sql_query(
        "UPDATE segments SET wants_count = TRUE, count_after = NULL WHERE environment_id = $1 AND archived_at IS NULL \
             AND id IN (SELECT segment_id FROM segment_keys WHERE environment_id = $1 AND key = ANY($2))",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(keys)
    .execute(conn)
}

/// Notes why a segment cannot be applied. It is counted anew as soon as it can.
pub fn set_broken(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    why: &str,
) -> QueryResult<()> {
    diesel::update(segments::table.find((environment.0, segment)))
        .set((segments::broken.eq(why), segments::meaning.eq(None::<String>)))
        .execute(conn)
        .map(drop)
}

/// Notes until when lengths of time were followed.
pub fn set_followed(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    of: &[SegmentId],
    until: DateTime<Utc>,
) -> QueryResult<()> {
    use segments as s;
    if of.is_empty() {
        return Ok(());
    }
    diesel::update(s::table.filter(s::environment_id.eq(environment.0).and(s::id.eq_any(of.to_vec()))))
        .set(s::followed_until.eq(until))
        .execute(conn)
        .map(drop)
}

/// A segment whose turn it is to be counted.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Next {
    #[diesel(sql_type = SmallInt)]
    pub environment_id: EnvironmentId,
    #[diesel(sql_type = SqlUuid)]
    pub id: SegmentId,
}

/// The segment that waits longest to be counted, after those that it uses. Whoever wrote while it was not known yet that it is to be counted
/// has finished, so nothing is missed: of what is said later, its profile is looked at again.
pub fn next_to_count(conn: &mut PgConnection) -> QueryResult<Option<Next>> {
    sql_query(
        "UPDATE segments SET count_after = pg_snapshot_xmax(pg_current_snapshot())::text::bigint \
         WHERE wants_count AND count_after IS NULL AND archived_at IS NULL",
    )
    .execute(conn)?;
    sql_query(
        "SELECT environment_id, id FROM segments s WHERE wants_count AND archived_at IS NULL \
             AND NOT EXISTS (SELECT FROM segment_keys k JOIN segments d ON d.environment_id = k.environment_id \
                 AND k.key = 'segment:' || d.id::text AND d.wants_count AND d.archived_at IS NULL \
                 WHERE k.environment_id = s.environment_id AND k.segment_id = s.id) \
             AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                 AND ((count_after - backend_xid::text::bigint) & 4294967295) BETWEEN 1 AND 2147483647) \
         ORDER BY size IS NOT NULL, counted_at NULLS FIRST, id LIMIT 1",
    )
    .get_result(conn)
    .optional()
}

/// Notes that counting begins. What is said from now on waits until it ends.
pub fn begin(conn: &mut PgConnection, Next { environment_id, id }: Next, now: DateTime<Utc>) -> QueryResult<()> {
    Turn::Segments.wait(conn, environment_id)?;
    use segments as s;
    diesel::update(s::table.find((environment_id.0, id)))
        .set((s::wants_count.eq(false), s::count_after.eq(None::<i64>), s::counting_since.eq(now)))
        .execute(conn)
        .map(drop)
}

/// The keys under which a segment is found by what is said.
pub fn keys(conn: &mut PgConnection, Next { environment_id, id }: Next) -> QueryResult<BTreeSet<String>> {
    use segment_keys as k;
    let keys = k::table.filter(k::environment_id.eq(environment_id.0).and(k::segment_id.eq(id))).select(k::key);
    keys.load(conn).map(|keys| keys.into_iter().collect())
}

/// What is known after counting.
pub struct Done<'a> {
    pub counted: Option<Counted>,
    pub meaning: Option<String>,
    pub broken: Option<&'a str>,
    pub took_ms: i32,
    pub is_timed: bool,
    pub now: DateTime<Utc>,
}

/// Notes that counting has ended.
pub fn end(conn: &mut PgConnection, Next { environment_id, id }: Next, done: &Done<'_>) -> QueryResult<()> {
    let size = done.counted.map(|counted| counted.size);
    sql_query(
        "UPDATE segments SET counting_since = NULL, broken = $3, size = coalesce($4, size), \
             counted_at = CASE WHEN $4 IS NULL THEN counted_at ELSE $5 END, \
             took_ms = CASE WHEN $4 IS NULL THEN took_ms ELSE $6 END, meaning = $7, followed_until = $8 \
         WHERE environment_id = $1 AND id = $2",
    )
    .bind::<SmallInt, _>(environment_id)
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Text>, _>(done.broken)
    .bind::<Nullable<BigInt>, _>(size)
    .bind::<Timestamptz, _>(done.now)
    .bind::<Integer, _>(done.took_ms)
    .bind::<Nullable<Text>, _>(done.meaning.as_deref())
    .bind::<Nullable<Timestamptz>, _>(done.is_timed.then_some(done.now))
    .execute(conn)?;
    sql_query(
        "UPDATE segment_versions v SET size_after = $3 FROM segments s WHERE s.environment_id = $1 AND s.id = $2 \
             AND v.environment_id = s.environment_id AND v.segment_id = s.id AND v.size_after IS NULL AND NOT s.wants_count",
    )
    .bind::<SmallInt, _>(environment_id)
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<BigInt>, _>(size)
    .execute(conn)
    .map(drop)
}

/// Takes back a count of a process that ended in the middle of it: it is to be begun anew.
pub fn take_back(conn: &mut PgConnection) -> QueryResult<usize> {
    use segments as s;
    diesel::update(s::table.filter(s::counting_since.is_not_null()))
        .set((s::counting_since.eq(None::<DateTime<Utc>>), s::wants_count.eq(true)))
        .execute(conn)
}

/// Takes erased profiles out of their segments, with their sizes.
pub fn forget(conn: &mut PgConnection, environment: EnvironmentId, gone: &[Uuid]) -> QueryResult<()> {
    for statement in [
        "DELETE FROM segment_queue WHERE environment_id = $1 AND profile_id = ANY($2)",
        "DELETE FROM segment_moves WHERE environment_id = $1 AND profile_id = ANY($2)",
        "WITH gone AS (DELETE FROM segment_members WHERE environment_id = $1 AND profile_id = ANY($2) RETURNING segment_id), \
         n AS (SELECT segment_id, count(*) AS n FROM gone GROUP BY segment_id) \
         UPDATE segments s SET size = greatest(s.size - n.n, 0) FROM n WHERE s.environment_id = $1 AND s.id = n.segment_id",
    ] {
        sql_query(statement).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(gone).execute(conn)?;
    }
    Ok(())
}
