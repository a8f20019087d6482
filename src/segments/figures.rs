//! Figures of segments: who came and went, sizes by day, what two have in common. Tables: `segment_days`, `segment_hours`, `segment_members`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{BigInt, SmallInt, Timestamptz, Uuid as SqlUuid},
};

use crate::{
    db::{
        fragment::statement,
        ids::{EnvironmentId, ProfileId, SegmentId},
        keyset::{Cursor, Page, Seek},
        schema::{segment_days, segment_hours, segment_members},
        sql_query,
    },
    filter::{Matches, Predicate, Scale},
    web::words::grouped,
};

/// How many entered and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub entered: i64,
    pub left: i64,
}

impl Moved {
    /// "+12 −3"; nothing if nobody moved.
    pub fn told(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        format!("+{} −{}", grouped(self.entered), grouped(self.left))
    }
}

/// How many entered and left a segment in the last 24 hours and in the last seven days. Windows begin with an hour: they are up to an hour
/// longer than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recently {
    pub day: Moved,
    pub week: Moved,
}

impl Recently {
    /// Those who came and went in 24 hours, in tenths of a percent of the members (M8.3); `None`: nobody was counted, or there is no member.
    pub fn volatility(&self, size: Option<i64>) -> Option<i64> {
        let size = size.filter(|size| *size > 0)?;
        Some((self.day.entered + self.day.left) * 1000 / size)
    }
}

#[derive(QueryableByName)]
struct Hours {
    #[diesel(sql_type = SqlUuid)]
    segment_id: SegmentId,
    #[diesel(sql_type = BigInt)]
    entered_day: i64,
    #[diesel(sql_type = BigInt)]
    left_day: i64,
    #[diesel(sql_type = BigInt)]
    entered: i64,
    #[diesel(sql_type = BigInt)]
    left_it: i64,
}

impl From<&Hours> for Recently {
    fn from(row: &Hours) -> Self {
        let day = Moved { entered: row.entered_day, left: row.left_day };
        Self { day, week: Moved { entered: row.entered, left: row.left_it } }
    }
}

/// The sums of [`Hours`]. `$2` is the present.
macro_rules! hours {
    ($($more:literal),*) => {
        concat!(
            "SELECT segment_id, coalesce(sum(entered) FILTER (WHERE hour > $2 - interval '25 hours'), 0)::bigint AS entered_day, \
                 coalesce(sum(left_it) FILTER (WHERE hour > $2 - interval '25 hours'), 0)::bigint AS left_day, \
                 sum(entered)::bigint AS entered, sum(left_it)::bigint AS left_it \
             FROM segment_hours WHERE environment_id = $1 AND hour > $2 - interval '169 hours'",
            $($more,)*
            " GROUP BY segment_id LIMIT 2000"
        )
    };
}

/// Who moved lately, of all segments of an environment that anybody entered or left.
pub fn recently(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<BTreeMap<SegmentId, Recently>> {
    let query = sql_query(hours!()).bind::<SmallInt, _>(environment).bind::<Timestamptz, _>(now);
    let rows: Vec<Hours> = query.load(conn)?;
    Ok(rows.iter().map(|row| (row.segment_id, row.into())).collect())
}

/// Who moved lately, of one segment.
pub fn recently_of(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    now: DateTime<Utc>,
) -> QueryResult<Recently> {
    let query = sql_query(hours!(" AND segment_id = $3")).bind::<SmallInt, _>(environment).bind::<Timestamptz, _>(now);
    let row: Option<Hours> = query.bind::<SqlUuid, _>(segment).get_result(conn).optional()?;
    Ok(row.as_ref().map(Recently::from).unwrap_or_default())
}

/// Deletes hours that no figure needs any more.
pub fn sweep_hours(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(segment_hours::table.filter(segment_hours::hour.lt(now - TimeDelta::days(8)))).execute(conn)
}

/// The sizes of a segment at the end of each of its last days, the oldest first; nothing before the first that is known.
pub fn sizes(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    days: u32,
    now: DateTime<Utc>,
) -> QueryResult<Vec<i64>> {
    use segment_days as d;
    let today = now.date_naive();
    let mut rows: Vec<(NaiveDate, i64)> = d::table
        .filter(d::environment_id.eq(environment.0).and(d::segment_id.eq(segment)))
        .order(d::day.desc())
        .limit(i64::from(days) + 1)
        .select((d::day, d::size))
        .load(conn)?;
    rows.reverse();
    // A day on which nobody moved has no row.
    let first = today - chrono::Days::new(u64::from(days) - 1);
    let at = |day: NaiveDate| rows.iter().take_while(|(known, _)| *known <= day).last().map(|(_, size)| *size);
    Ok(first.iter_days().take_while(|day| *day <= today).filter_map(at).collect())
}

/// Number of people who are members of both.
pub fn shared(conn: &mut PgConnection, environment: EnvironmentId, of: [SegmentId; 2]) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Shared {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let shared: Shared = sql_query(
        "SELECT count(*) AS n FROM segment_members a JOIN segment_members b \
             ON b.environment_id = a.environment_id AND b.profile_id = a.profile_id \
         WHERE a.environment_id = $1 AND a.segment_id = $2 AND b.segment_id = $3",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(of[0])
    .bind::<SqlUuid, _>(of[1])
    .get_result(conn)?;
    Ok(shared.n)
}

/// What a definition would make of a segment.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Tried {
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    /// Of these, how many are members already.
    #[diesel(sql_type = BigInt)]
    pub staying: i64,
}

struct Try {
    segment: SegmentId,
    matches: Matches,
}

statement!(Try);

impl QueryFragment<Pg> for Try {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(
            "SELECT count(*) AS size, count(m.profile_id) AS staying FROM profiles LEFT JOIN segment_members m \
                 ON m.environment_id = profiles.environment_id AND m.profile_id = profiles.id AND m.segment_id = ",
        );
        out.push_bind_param::<SqlUuid, SegmentId>(&self.segment)?;
        out.push_sql(" WHERE profiles.merged_into IS NULL AND profiles.environment_id = ");
        out.push_bind_param::<SmallInt, _>(self.matches.environment())?;
        out.push_sql(" AND ");
        self.matches.walk_ast(out.reborrow())
    }
}

/// Counts whom a definition selects, without storing anything.
pub fn attempt(conn: &mut PgConnection, segment: SegmentId, predicate: Predicate) -> QueryResult<Tried> {
    Try { segment, matches: Matches { predicate, scale: Scale::All } }.get_result(conn)
}

/// Since when a profile is a member of what.
pub fn memberships(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
) -> QueryResult<BTreeMap<SegmentId, DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        segment_id: SegmentId,
        #[diesel(sql_type = Timestamptz)]
        entered_at: DateTime<Utc>,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT segment_id, entered_at FROM segment_members WHERE environment_id = $1 AND profile_id = $2 LIMIT 2000",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.segment_id, row.entered_at)).collect())
}

/// Members in the order of their ids, each with the time since when, after the one that `way` names.
pub fn members(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    way: Seek<Cursor>,
    size: usize,
) -> QueryResult<Page<(ProfileId, DateTime<Utc>)>> {
    use segment_members as m;
    let mut query = m::table
        .filter(m::environment_id.eq(environment.0).and(m::segment_id.eq(segment)))
        .order(m::profile_id)
        .limit(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .select((m::profile_id, m::entered_at))
        .into_boxed();
    if let Some(last) = way.place() {
        query = query.filter(m::profile_id.gt(last.id));
    }
    Ok(Page::from_read(query.load(conn)?, size, &way))
}
