//! Members, who entered and left, and the sizes of each day. Tables: `segment_members`, `segment_moves`,
//! `segment_days`, `segment_hours`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, BigInt, Jsonb, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    db::{
        fragment::statement,
        ids::{EnvironmentId, ProfileId, SegmentId, new_ids},
        schema::segment_moves,
        sql_query,
    },
    filter::{Matches, Predicate, ROWS, Scale},
    json::Json,
    outputs::{self, Happening, HappeningKind},
    words::words,
};

words! {
    /// Why somebody entered or left.
    pub enum Cause {
        /// Something was said of them.
        Said = "said", "Something changed";
        /// A length of time ran out.
        Time = "time", "Time passed";
        /// Everybody was counted, for example because the definition was changed.
        Counted = "counted", "Everybody was counted";
    }
}

/// Somebody who entered a segment or left it.
#[derive(Clone, Debug)]
pub struct Move {
    pub profile: ProfileId,
    pub segment: SegmentId,
    pub has_entered: bool,
    pub cause: Cause,
    /// Keys of what was said, of those that the segment reads.
    pub keys: Vec<String>,
    /// Group of its changes.
    pub group: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Who {
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
}

fn people(found: Vec<Who>) -> BTreeSet<Uuid> {
    found.into_iter().map(|who| who.profile_id).collect()
}

/// Those of some profiles of which a predicate is true.
struct Matching {
    environment: EnvironmentId,
    among: Vec<Uuid>,
    matches: Matches,
}

impl QueryFragment<Pg> for Matching {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let [profiles, in_environment] = ROWS;
        out.push_sql("WITH among AS MATERIALIZED (SELECT unnest(");
        out.push_bind_param::<Array<SqlUuid>, Vec<Uuid>>(&self.among)?;
        out.push_sql(") AS id) SELECT profiles.id AS profile_id FROM (");
        out.push_sql(profiles);
        out.push_sql(in_environment);
        out.push_bind_param::<SmallInt, _>(&self.environment)?;
        out.push_sql(" AND p.id = ANY(ARRAY(SELECT id FROM among))) profiles WHERE ");
        self.matches.walk_ast(out.reborrow())
    }
}

statement!(Matching);

/// Those of some profiles of which a predicate is true.
pub fn matching(conn: &mut PgConnection, predicate: &Predicate, among: &[Uuid]) -> QueryResult<BTreeSet<Uuid>> {
    let matches = Matches { predicate: predicate.clone(), scale: Scale::Among };
    Matching { environment: predicate.environment(), among: among.to_vec(), matches }.load(conn).map(people)
}

/// Those of some profiles that are members.
pub fn members_among(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    among: &[Uuid],
) -> QueryResult<BTreeSet<Uuid>> {
    sql_query(
        "SELECT profile_id FROM segment_members WHERE environment_id = $1 AND segment_id = $2 AND profile_id = ANY($3)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(segment)
    .bind::<Array<SqlUuid>, _>(among)
    .load(conn)
    .map(people)
}

/// Adds members and removes others: at most two SQL statements.
pub fn set(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    [entered, left]: [&[Uuid]; 2],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if !entered.is_empty() {
        sql_query(
            "INSERT INTO segment_members (environment_id, profile_id, segment_id, entered_at) \
             SELECT $1, u.id, $2, $4 FROM unnest($3) AS u (id) ON CONFLICT DO NOTHING",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(segment)
        .bind::<Array<SqlUuid>, _>(entered)
        .bind::<Timestamptz, _>(now)
        .execute(conn)?;
    }
    if !left.is_empty() {
        sql_query("DELETE FROM segment_members WHERE environment_id = $1 AND segment_id = $2 AND profile_id = ANY($3)")
            .bind::<SmallInt, _>(environment)
            .bind::<SqlUuid, _>(segment)
            .bind::<Array<SqlUuid>, _>(left)
            .execute(conn)?;
    }
    Ok(())
}

/// Writes down who moved, and the new sizes: two SQL statements.
pub fn record(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    moves: &[Move],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let rows = moves.iter().zip(new_ids(now, 0, moves.len())).map(|(it, id)| {
        json!({
            "profile_id": it.profile, "id": id, "segment_id": it.segment, "has_entered": it.has_entered,
            "cause": it.cause.as_str(), "keys": it.keys, "group_id": it.group,
        })
    });
    sql_query(
        "INSERT INTO segment_moves (environment_id, moved_at, profile_id, id, segment_id, has_entered, cause, keys, group_id) \
         SELECT $1, $3, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, segment_id uuid, \
             has_entered boolean, cause text, keys text[], group_id uuid)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(rows.collect()))
    .bind::<Timestamptz, _>(now)
    .execute(conn)?;
    let segments: BTreeSet<SegmentId> = moves.iter().map(|it| it.segment).collect();
    let number = |segment: &SegmentId, has_entered: bool| {
        moves.iter().filter(|it| it.segment == *segment && it.has_entered == has_entered).count()
    };
    let changed = segments
        .iter()
        .map(|segment| json!({ "id": segment, "entered": number(segment, true), "left_it": number(segment, false) }));
    resize(conn, environment, &Json(changed.collect()), now)
}

/// Adds what is known of segments, the rows of `sized`, to the day and to the hour.
macro_rules! written_down {
    ($sized:literal) => {
        concat!(
            "WITH ",
            $sized,
            ", hours AS (INSERT INTO segment_hours AS h (environment_id, segment_id, hour, entered, left_it) \
                 SELECT $1, id, date_trunc('hour', CAST($3 AS timestamptz), 'UTC'), entered, left_it FROM sized WHERE entered + left_it > 0 \
                 ON CONFLICT (environment_id, segment_id, hour) DO UPDATE SET \
                     entered = h.entered + excluded.entered, left_it = h.left_it + excluded.left_it) \
             INSERT INTO segment_days AS d (environment_id, segment_id, day, size) \
             SELECT $1, id, ($3 AT TIME ZONE 'UTC')::date, coalesce(size, 0) FROM sized \
             ON CONFLICT (environment_id, segment_id, day) DO UPDATE SET size = excluded.size"
        )
    };
}

fn resize(conn: &mut PgConnection, environment: EnvironmentId, changed: &Json, now: DateTime<Utc>) -> QueryResult<()> {
    sql_query(written_down!(
        "u AS (SELECT * FROM jsonb_to_recordset($2) AS u (id uuid, entered bigint, left_it bigint)), \
         sized AS (UPDATE segments s SET size = greatest(s.size + u.entered - u.left_it, 0) FROM u \
             WHERE s.environment_id = $1 AND s.id = u.id RETURNING s.id, s.size, u.entered, u.left_it)"
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(changed)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .map(drop)
}

/// Members after everybody was counted, and how many came and went.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub size: i64,
    pub entered: i64,
    pub left_it: i64,
}

/// Looks at everybody, and makes the members those of whom a predicate is true.
pub struct CountEverybody {
    pub segment: SegmentId,
    /// Whether nobody was counted before: then nobody enters, they were there when it began.
    pub is_first: bool,
    pub matches: Matches,
    pub now: DateTime<Utc>,
}

/// Memory of Postgres for comparing the members with those who match; what a sort or a hash may take elsewhere is far less.
const MEMORY: &str = "64MB";

impl CountEverybody {
    /// Does it, in the transaction of `conn`. Looking is a statement of its own: one that also wrote would be run by one process of Postgres
    /// alone, and took three times as long at a million profiles.
    pub fn get(self, conn: &mut PgConnection) -> QueryResult<Counted> {
        let (environment, segment, now, is_first) =
            (*self.matches.environment(), self.segment, self.now, self.is_first);
        sql_query("SELECT set_config('work_mem', $1, true)").bind::<Text, _>(MEMORY).execute(conn)?;
        let Difference { size, entered, gone } = Compare(self).get_result(conn)?;
        set(conn, environment, segment, [&entered, &gone], now)?;
        if !is_first && entered.len() + gone.len() > 0 {
            sql_query(
                "INSERT INTO segment_moves (environment_id, profile_id, id, segment_id, moved_at, has_entered, cause) \
                 SELECT $1, u.id, gen_random_uuid(), $2, $3, u.has_entered, 'counted' \
                 FROM (SELECT unnest($4) AS id, TRUE AS has_entered UNION ALL SELECT unnest($5), FALSE) u",
            )
            .bind::<SmallInt, _>(environment)
            .bind::<SqlUuid, _>(segment)
            .bind::<Timestamptz, _>(now)
            .bind::<Array<SqlUuid>, _>(&entered)
            .bind::<Array<SqlUuid>, _>(&gone)
            .execute(conn)?;
        }
        let count = |people: &[Uuid]| i64::try_from(people.len()).unwrap_or(i64::MAX);
        Ok(Counted { size, entered: count(&entered), left_it: count(&gone) })
    }
}

/// Who is to be a member, and is none, and the other way round.
#[derive(QueryableByName)]
struct Difference {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Array<SqlUuid>)]
    entered: Vec<Uuid>,
    #[diesel(sql_type = Array<SqlUuid>)]
    gone: Vec<Uuid>,
}

/// Compares those who match with the members.
struct Compare(CountEverybody);

statement!(Compare);

impl QueryFragment<Pg> for Compare {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        let CountEverybody { segment, matches, .. } = &self.0;
        let environment = matches.environment();
        out.push_sql(
            "SELECT count(m.id) AS size, \
                 coalesce(array_agg(m.id) FILTER (WHERE x.profile_id IS NULL), '{}') AS entered, \
                 coalesce(array_agg(x.profile_id) FILTER (WHERE m.id IS NULL), '{}') AS gone \
             FROM (SELECT profiles.id FROM profiles WHERE profiles.environment_id = ",
        );
        out.push_bind_param::<SmallInt, _>(environment)?;
        out.push_sql(" AND profiles.merged_into IS NULL AND ");
        matches.walk_ast(out.reborrow())?;
        out.push_sql(") m FULL JOIN (SELECT profile_id FROM segment_members WHERE environment_id = ");
        out.push_bind_param::<SmallInt, _>(environment)?;
        out.push_sql(" AND segment_id = ");
        out.push_bind_param::<SqlUuid, SegmentId>(segment)?;
        out.push_sql(") x ON x.profile_id = m.id");
        Ok(())
    }
}

/// Somebody who entered or left, with the name of the segment.
pub type Told<'a> = (ProfileId, (SegmentId, &'a str), bool);

/// Tells webhooks who entered and left. Who left because they were merged into a member has not left: the survivor is in it.
pub fn tell(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    told: &[Told<'_>],
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let passed_on = passed_on(conn, environment, told)?;
    let happened: Vec<Happening<'_>> = told
        .iter()
        .filter(|(profile, (segment, _), has_entered)| *has_entered || !passed_on.contains(&(*profile, *segment)))
        .map(|&(profile, (segment, segment_name), has_entered)| {
            let kind = if has_entered { HappeningKind::Entered } else { HappeningKind::Left };
            Happening { kind, profile, segment, segment_name, at }
        })
        .collect();
    outputs::emit(conn, environment, &happened, at).map(drop)
}

/// Those who left a segment in which the survivor of their merge is.
fn passed_on(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    told: &[Told<'_>],
) -> QueryResult<BTreeSet<(ProfileId, SegmentId)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        profile_id: ProfileId,
        #[diesel(sql_type = SqlUuid)]
        segment_id: SegmentId,
    }
    let left: Vec<&Told<'_>> = told.iter().filter(|(.., has_entered)| !has_entered).collect();
    if left.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<Row> = sql_query(
        "SELECT u.profile_id, u.segment_id FROM unnest($2, $3) AS u (profile_id, segment_id) \
         JOIN profiles p ON p.environment_id = $1 AND p.id = u.profile_id \
         JOIN segment_members m ON m.environment_id = $1 AND m.profile_id = p.merged_into AND m.segment_id = u.segment_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(left.iter().map(|(profile, ..)| profile.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(left.iter().map(|(_, (segment, _), _)| segment.0).collect::<Vec<_>>())
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.profile_id, row.segment_id)).collect())
}

/// Tells webhooks who entered and left when everybody was counted, some thousand people at a time.
pub fn emit_counted(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    (segment, name): (SegmentId, &str),
    now: DateTime<Utc>,
) -> QueryResult<()> {
    use segment_moves as m;
    let mut after = Uuid::nil();
    loop {
        let moved: Vec<(Uuid, ProfileId, bool)> = m::table
            .filter(m::environment_id.eq(environment.0).and(m::segment_id.eq(segment)))
            .filter(m::moved_at.eq(now).and(m::id.gt(after)))
            .order(m::id)
            .limit(TOLD_AT_ONCE)
            .select((m::id, m::profile_id, m::has_entered))
            .load(conn)?;
        let Some((last, ..)) = moved.last() else { return Ok(()) };
        after = *last;
        let told: Vec<Told<'_>> =
            moved.iter().map(|(_, profile, has_entered)| (*profile, (segment, name), *has_entered)).collect();
        tell(conn, environment, &told, now)?;
    }
}

/// People of whom webhooks are told in one statement.
const TOLD_AT_ONCE: i64 = 5_000;

/// Writes down the size after counting, and who came and went.
pub fn write_size(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    is_first: bool,
    counted: Counted,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    // Who was there when it began did not enter.
    let (entered, left) = if is_first { (0, 0) } else { (counted.entered, counted.left_it) };
    sql_query(written_down!(
        "sized AS (SELECT CAST($2 AS uuid) AS id, CAST($4 AS bigint) AS size, CAST($5 AS bigint) AS entered, CAST($6 AS bigint) AS left_it)"
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(segment)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(counted.size)
    .bind::<BigInt, _>(entered)
    .bind::<BigInt, _>(left)
    .execute(conn)
    .map(drop)
}
