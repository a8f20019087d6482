//! Lists the merges of the last thirty days, undone ones included.

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

const PAGE: usize = 50;

/// A merge, for pages.
#[derive(Clone, Debug)]
pub struct PastMerge {
    pub id: MergeId,
    /// The profile that was kept.
    pub survivor: PersonLabel,
    /// The profile that was merged into the survivor.
    pub merged: PersonLabel,
    pub at: DateTime<Utc>,
    /// Name of the source that merged.
    pub source: String,
    /// Time and source of the undoing; `None`: the merge stands.
    pub undone: Option<(DateTime<Utc>, String)>,
}

impl PastMerge {
    /// Whether the merge is too old to be undone.
    pub fn is_too_old(&self, now: &DateTime<Utc>) -> bool {
        *now - self.at > TimeDelta::days(UNDO_DAYS)
    }

    /// The last time at which the merge can be undone.
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

/// One page of the merges of the last thirty days, undone ones included, newest first.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    way: Seek<Cursor>,
) -> QueryResult<Page<PastMerge>> {
    let rows = read(conn, environment, Which::Since(now - TimeDelta::days(UNDO_DAYS), way))?;
    Ok(Page::from_read(rows, PAGE, &way))
}

/// One merge into a profile; `None` if there is no such merge.
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

/// Rows with their profiles' names; a merge whose profiles were erased is left out.
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

/// A profile merged into another, for the survivor's page.
#[derive(Clone, Debug)]
pub struct MergedFrom {
    /// Id of the merge.
    pub id: MergeId,
    /// Id of the merged profile.
    pub profile: ProfileId,
    /// Time of the merge.
    pub at: DateTime<Utc>,
    /// Name of the source that merged.
    pub source: String,
    /// Strongest identifier of the merged profile; empty if it had none.
    pub identifier: String,
}

/// The merges into a profile that can be undone: the newest ten.
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
