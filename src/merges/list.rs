//! Merges that were made, while they can be undone.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use uuid::Uuid;

use super::UNDO_DAYS;
use crate::{
    db::{
        ids::{EnvironmentId, MergeId, ProfileId, ProfileKey},
        keyset::{Cursor, Page, Seek, seek},
        schema::{merges, sources},
    },
    identities::Identifier,
    json::Json,
    profiles::{PersonLabel, people},
};

diesel::alias!(sources as undoers: Undoers);

/// Merges on one page.
const PAGE: usize = 50;

/// A merge as people see it.
#[derive(Clone, Debug)]
pub struct PastMerge {
    /// Its id.
    pub id: MergeId,
    /// Who stayed.
    pub survivor: PersonLabel,
    /// Who became part of them.
    pub merged: PersonLabel,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, or by what.
    pub source: String,
    /// When and by whom it was undone, if it was.
    pub undone: Option<(DateTime<Utc>, String)>,
}

impl PastMerge {
    /// Whether it is too old to be undone.
    pub fn is_too_old(&self, now: &DateTime<Utc>) -> bool {
        *now - self.at > TimeDelta::days(UNDO_DAYS)
    }

    /// The last moment at which it can be undone.
    pub fn until(&self) -> DateTime<Utc> {
        self.at + TimeDelta::days(UNDO_DAYS)
    }
}

#[derive(Queryable)]
struct Row {
    id: MergeId,
    survivor: Uuid,
    merged: Uuid,
    at: DateTime<Utc>,
    source: String,
    undone_at: Option<DateTime<Utc>>,
    undone_by: Option<String>,
}

/// One page of the merges that can still be undone or were undone, the newest first.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    way: Seek<Cursor>,
) -> QueryResult<Page<PastMerge>> {
    let rows = read(conn, environment, Which::Since(now - TimeDelta::days(UNDO_DAYS), way))?;
    Ok(Page::from_read(rows, PAGE, &way))
}

/// One merge into a profile.
pub fn find(
    conn: &mut PgConnection,
    ProfileKey { environment, profile: survivor }: ProfileKey,
    id: MergeId,
) -> QueryResult<Option<PastMerge>> {
    Ok(read(conn, environment, Which::One(survivor, id))?.pop())
}

enum Which {
    One(ProfileId, MergeId),
    Since(DateTime<Utc>, Seek<Cursor>),
}

fn read(conn: &mut PgConnection, environment: EnvironmentId, which: Which) -> QueryResult<Vec<PastMerge>> {
    use merges::{id, merged_at};
    let query = merges::table
        .inner_join(sources::table.on(sources::id.eq(merges::source_id)))
        .left_join(undoers.on(undoers.field(sources::id).nullable().eq(merges::undone_by)))
        .filter(merges::environment_id.eq(environment.0))
        .select((
            id,
            merges::profile_id,
            merges::merged_id,
            merged_at,
            sources::name,
            merges::undone_at,
            undoers.field(sources::name).nullable(),
        ))
        .limit(PAGE as i64 + 1)
        .into_boxed();
    let query = match which {
        Which::One(survivor, merge) => query.filter(merges::profile_id.eq(survivor.0).and(id.eq(merge.0))),
        Which::Since(earliest, way) => {
            seek!(query.filter(merged_at.ge(earliest)), way.columns(), true, (merged_at, id))
        }
    };
    let rows = query.load(conn)?;
    with_people(conn, environment, rows)
}

/// Rows with their people; one whose people were erased is left out.
fn with_people(conn: &mut PgConnection, environment: EnvironmentId, rows: Vec<Row>) -> QueryResult<Vec<PastMerge>> {
    let asked: BTreeSet<ProfileId> = rows.iter().flat_map(|row| [row.survivor, row.merged]).map(ProfileId).collect();
    let people = people(conn, environment, &asked)?;
    let past = |row: Row| {
        Some(PastMerge {
            id: row.id,
            survivor: people.get(&ProfileId(row.survivor))?.clone(),
            merged: people.get(&ProfileId(row.merged))?.clone(),
            at: row.at,
            source: row.source,
            undone: row.undone_at.zip(row.undone_by),
        })
    };
    Ok(rows.into_iter().filter_map(past).collect())
}

/// Somebody who is part of a profile, as that profile shows it.
#[derive(Clone, Debug)]
pub struct MergedFrom {
    /// The merge.
    pub id: MergeId,
    /// Their own id.
    pub profile: ProfileId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, or by what.
    pub source: String,
    /// The strongest identifier that they had.
    pub identifier: String,
}

/// The merges into a profile that can be undone, the newest first, at most ten.
pub fn merged_from(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    now: DateTime<Utc>,
) -> QueryResult<Vec<MergedFrom>> {
    let rows: Vec<(MergeId, Uuid, DateTime<Utc>, String, Json)> = merges::table
        .inner_join(sources::table.on(sources::id.eq(merges::source_id)))
        .filter(merges::environment_id.eq(environment.0).and(merges::profile_id.eq(profile.0)))
        .filter(merges::undone_at.is_null().and(merges::merged_at.ge(now - TimeDelta::days(UNDO_DAYS))))
        .order((merges::merged_at.desc(), merges::id.desc()))
        .select((merges::id, merges::merged_id, merges::merged_at, sources::name, merges::identifiers))
        .limit(10)
        .load(conn)?;
    let row = |(id, merged, at, source, identifiers): (MergeId, Uuid, DateTime<Utc>, String, Json)| {
        let had: Vec<(String, String)> = serde_json::from_value(identifiers.0).unwrap_or_default();
        let strongest = had.into_iter().map(Identifier::stored).min_by_key(|identifier| identifier.kind.rank());
        MergedFrom {
            id,
            profile: ProfileId(merged),
            at,
            source,
            identifier: strongest.map(|it| it.value).unwrap_or_default(),
        }
    };
    Ok(rows.into_iter().map(row).collect())
}
