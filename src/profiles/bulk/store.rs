//! Rows of changes of several people. Tables: `bulk_changes`, `bulk_targets`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    BulkId,
    change::{Became, Change},
    standing::Standing,
};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, first_id},
        keyset::{Page, Seek},
        schema::{bulk_changes, bulk_targets, profiles},
        sql_query,
    },
    filter::{Matches, Scale},
    json::Json,
    profiles::selection::Selection,
};

/// People of one change at most.
pub const MOST: i64 = 1_000_000;
/// How long a change, its people and what became of them are kept.
const KEPT: TimeDelta = TimeDelta::days(7);
/// Rows that one statement of the sweep removes.
const SWEPT: i64 = 20_000;

/// A change of several people.
#[derive(Clone, Debug)]
pub struct Bulk {
    pub id: BulkId,
    pub change: Change,
    /// Why; empty where no reason is asked for.
    pub reason: String,
    pub created_at: DateTime<Utc>,
    /// Who was chosen.
    pub people: i64,
    /// Those of whom it was so already.
    pub already: i64,
    /// Those who are left as they are, because they complained or asked for it.
    pub kept: i64,
}

/// Writes down who is meant, as they are now; returns how many, at most one more than [`MOST`]: then nothing is to be kept of it.
pub fn freeze(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    BulkId(id): BulkId,
    selection: &Selection,
) -> QueryResult<i64> {
    use bulk_targets as t;
    let chosen = profiles::table
        .filter(profiles::environment_id.eq(environment.0).and(profiles::merged_into.is_null()))
        .select((environment.0.into_sql::<SmallInt>(), id.into_sql::<SqlUuid>(), profiles::id, profiles::version))
        .limit(MOST + 1)
        .into_boxed();
    let chosen = match selection {
        Selection::These(ids) => chosen.filter(profiles::id.eq_any(ids.clone())),
        Selection::By(predicate) if predicate.is_everybody() => chosen,
        Selection::By(predicate) => chosen.filter(Matches { predicate: predicate.clone(), scale: Scale::All }),
    };
    let written = diesel::insert_into(t::table)
        .values(chosen)
        .into_columns((t::environment_id, t::bulk_id, t::profile_id, t::version))
        .execute(conn)?;
    Ok(i64::try_from(written).unwrap_or(i64::MAX))
}

/// Forgets who was written down.
pub fn forget(conn: &mut PgConnection, environment: EnvironmentId, BulkId(id): BulkId) -> QueryResult<usize> {
    use bulk_targets as t;
    diesel::delete(t::table.filter(t::environment_id.eq(environment.0).and(t::bulk_id.eq(id)))).execute(conn)
}

/// Profiles of those who were chosen, as they are now.
#[diesel::dsl::auto_type]
fn chosen() -> _ {
    let same: diesel::dsl::Eq<profiles::environment_id, bulk_targets::environment_id> =
        profiles::environment_id.eq(bulk_targets::environment_id);
    bulk_targets::table.left_join(profiles::table.on(same.and(profiles::id.eq(bulk_targets::profile_id))))
}

/// How many of those who were chosen it is so of already, and how many are left as they are.
pub fn count(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    BulkId(id): BulkId,
    change: &Change,
) -> QueryResult<(i64, i64)> {
    use bulk_targets as t;
    let chosen = || chosen().filter(t::environment_id.eq(environment.0).and(t::bulk_id.eq(id)));
    let kept =
        if *change == Change::TurnOn { chosen().filter(Standing::kept(change)).count().get_result(conn)? } else { 0 };
    let already = if matches!(change, Change::Send(_) | Change::Erase) {
        0
    } else {
        chosen().filter(Standing::already(change)).count().get_result(conn)?
    };
    Ok((already, kept))
}

/// Stores a change whose people are written down.
pub fn insert(conn: &mut PgConnection, environment: EnvironmentId, bulk: &Bulk) -> QueryResult<usize> {
    let change = serde_json::to_value(&bulk.change).unwrap_or_default();
    let row = (
        bulk_changes::environment_id.eq(environment.0),
        bulk_changes::id.eq(bulk.id.0),
        bulk_changes::change.eq(Json(change)),
        bulk_changes::reason.eq(&bulk.reason),
        bulk_changes::created_at.eq(bulk.created_at),
        bulk_changes::people.eq(bulk.people),
        bulk_changes::already.eq(bulk.already),
        bulk_changes::kept.eq(bulk.kept),
    );
    diesel::insert_into(bulk_changes::table).values(row).execute(conn)
}

type Row = (Json, String, DateTime<Utc>, i64, i64, i64);

/// A stored change; `None` if there is none, or this version of kith cannot do it.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, id: BulkId) -> QueryResult<Option<Bulk>> {
    use bulk_changes as b;
    let row: Option<Row> = b::table
        .find((environment.0, id.0))
        .select((b::change, b::reason, b::created_at, b::people, b::already, b::kept))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(change, reason, created_at, people, already, kept)| {
        let change = serde_json::from_value(change.0).ok()?;
        Some(Bulk { id, change, reason, created_at, people, already, kept })
    }))
}

/// One of those who were chosen, as they are now.
#[derive(Clone, Debug, Queryable)]
pub struct Target {
    pub profile: Uuid,
    /// Version when they were chosen.
    version: i64,
    now: Option<i64>,
    merged_into: Option<Uuid>,
    is_already: bool,
    is_kept: bool,
    /// What became of them; `None` before their turn.
    result: Option<String>,
}

impl Target {
    pub fn id(&self) -> ProfileId {
        ProfileId(self.profile)
    }

    /// What became of them; `None` before their turn.
    pub fn became(&self) -> Option<Became> {
        Became::from_stored(self.result.as_deref()?)
    }

    /// Why nothing is said of them, if so.
    pub fn left_alone(&self, change: &Change) -> Option<Became> {
        let is_same = self.now == Some(self.version);
        match () {
            () if self.now.is_none() => Some(Became::Gone),
            () if self.merged_into.is_some() => Some(Became::Merged),
            () if self.is_kept => Some(Became::Kept),
            () if self.is_already => Some(Became::Already),
            () if !is_same && change.what().spares_changed() => Some(Became::ChangedSince),
            () => None,
        }
    }
}

/// Those who were chosen, by their ids, page by page; `became`: only those of whom this became.
pub fn targets(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    BulkId(id): BulkId,
    change: &Change,
    became: Option<Became>,
    way: Seek<Uuid>,
    size: usize,
) -> QueryResult<Page<Target>> {
    use bulk_targets as t;
    let mut query = chosen()
        .filter(t::environment_id.eq(environment.0).and(t::bulk_id.eq(id)))
        .select((
            t::profile_id,
            t::version,
            profiles::version.nullable(),
            profiles::merged_into.nullable(),
            Standing::already(change),
            Standing::kept(change),
            t::result,
        ))
        .limit(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(became) = became {
        query = query.filter(t::result.eq(became.as_str()));
    }
    query = match way {
        Seek::Start => query.order(t::profile_id.asc()),
        Seek::After(place) => query.filter(t::profile_id.gt(place)).order(t::profile_id.asc()),
        Seek::Before(place) => query.filter(t::profile_id.lt(place)).order(t::profile_id.desc()),
    };
    Ok(Page::from_read(query.load(conn)?, size, &way))
}

/// Writes down what became of these people. Who has a change of this group in the ledger was changed, whatever a repeated chunk met.
pub fn keep(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    BulkId(id): BulkId,
    results: &[(ProfileId, Became)],
) -> QueryResult<usize> {
    sql_query(
        "UPDATE bulk_targets t SET result = CASE WHEN u.result <> 'changed' AND EXISTS (SELECT FROM changes c \
             WHERE c.environment_id = t.environment_id AND c.profile_id = t.profile_id AND c.group_id = t.bulk_id AND c.refused IS NULL) \
             THEN 'changed' ELSE u.result END \
         FROM unnest($3, $4) AS u (profile_id, result) \
         WHERE t.environment_id = $1 AND t.bulk_id = $2 AND t.profile_id = u.profile_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(id)
    .bind::<Array<SqlUuid>, _>(results.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(results.iter().map(|(_, became)| became.as_str()).collect::<Vec<_>>())
    .execute(conn)
}

/// How many people each result is of.
pub fn results(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    BulkId(id): BulkId,
) -> QueryResult<Vec<(Became, i64)>> {
    use bulk_targets as t;
    let rows: Vec<(Option<String>, i64)> = t::table
        .filter(t::environment_id.eq(environment.0).and(t::bulk_id.eq(id)).and(t::result.is_not_null()))
        .group_by(t::result)
        .select((t::result, diesel::dsl::count_star()))
        .load(conn)?;
    let mut counted: Vec<(Became, i64)> =
        rows.into_iter().filter_map(|(word, count)| Some((Became::from_stored(&word?)?, count))).collect();
    counted.sort_unstable();
    Ok(counted)
}

/// Removes changes of a week ago, with their people. More than one statement removes at once are left for the next sweep.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let before = first_id(now - KEPT);
    diesel::delete(bulk_changes::table.filter(bulk_changes::id.lt(before))).execute(conn)?;
    sql_query(
        "DELETE FROM bulk_targets WHERE (environment_id, bulk_id, profile_id) IN \
             (SELECT environment_id, bulk_id, profile_id FROM bulk_targets WHERE bulk_id < $1 LIMIT $2)",
    )
    .bind::<SqlUuid, _>(before)
    .bind::<BigInt, _>(SWEPT)
    .execute(conn)
}
