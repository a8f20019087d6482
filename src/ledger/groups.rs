//! Groups of changes: the changes of one kind by one form, import, call or job at one time are one entry of the timeline.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    prelude::*,
    sql_types::{Array, BigInt, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    ChangeKind, ChangeRow,
    read::{Stored, columns, load, of, read},
};
use crate::db::{
    ids::{ProfileKey, SourceId},
    keyset::Seek,
    schema::changes,
    sql_query,
};

/// Changes of a group that are read for the timeline; History shows all.
pub const SHOWN: usize = 20;

/// Position of a group in a profile's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupPlace {
    /// Time at which the changes were written.
    pub at: DateTime<Utc>,
    /// Kind of the changes; `None`: the position is after all changes of that time.
    pub kind: Option<ChangeKind>,
    /// Form, import, call or job of the changes.
    pub group: Uuid,
}

impl GroupPlace {
    /// The position after every group before `at`.
    pub fn end(at: DateTime<Utc>) -> Self {
        Self { at, kind: None, group: Uuid::max() }
    }

    /// Rank of the kind in [`ChangeKind::in_order`], counted from one as in Postgres.
    fn rank(&self) -> i32 {
        let order = ChangeKind::in_order();
        let before = order.into_iter().take_while(|kind| Some(*kind) != self.kind);
        before.zip(1..).last().map_or(1, |(_, rank)| rank + 1)
    }
}

/// Whether a source changed a profile at that time.
pub fn is_written(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    at: DateTime<Utc>,
    source: SourceId,
) -> QueryResult<bool> {
    let written = changes::table
        .filter(changes::environment_id.eq(environment.0).and(changes::profile_id.eq(profile.0)))
        .filter(changes::recorded_at.eq(at).and(changes::source_id.eq(source.0)));
    diesel::select(diesel::dsl::exists(written)).get_result(conn)
}

/// Changes of one kind that were made together.
#[derive(Clone, Debug)]
pub struct ChangeGroup {
    /// First change.
    pub first: ChangeRow,
    /// Further changes, up to `SHOWN` in all.
    pub others: Vec<ChangeRow>,
    /// Number of changes, those that are not read included.
    pub count: i64,
}

impl ChangeGroup {
    /// Position of the group.
    pub fn place(&self) -> GroupPlace {
        GroupPlace { at: self.first.recorded_at, kind: Some(self.first.kind), group: self.first.group }
    }

    /// All changes that are read.
    pub fn rows(&self) -> impl Iterator<Item = &ChangeRow> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Number of changes that are not read.
    pub fn rest(&self) -> i64 {
        self.count.saturating_sub(i64::try_from(1 + self.others.len()).unwrap_or(i64::MAX))
    }
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(embed)]
    change: Stored,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Finds the times first, straight from the primary key and no more of them than entries; then the groups at each time. Nothing else of a
/// ledger is read or sorted, however long it is.
macro_rules! page {
    ($order:literal, $beyond:literal) => {
        concat!(
            "WITH times AS MATERIALIZED ( \
                 SELECT DISTINCT recorded_at FROM changes WHERE environment_id = $1 AND profile_id = $2 \
                 AND recorded_at >= $3 AND recorded_at < $4 AND recorded_at ",
            $beyond,
            "= $5 AND kind = ANY($8) ORDER BY recorded_at ",
            $order,
            " LIMIT $9 + 1), \
             groups AS MATERIALIZED ( \
                 SELECT t.recorded_at, g.* FROM times t CROSS JOIN LATERAL ( \
                     SELECT kind, array_position($10, kind) AS rank, group_id, count(*) AS count \
                     FROM changes WHERE environment_id = $1 AND profile_id = $2 AND recorded_at = t.recorded_at AND kind = ANY($8) \
                     AND (t.recorded_at <> $5 OR (array_position($10, kind), group_id) ",
            $beyond,
            " ($6, $7)) GROUP BY kind, group_id) g \
                 ORDER BY t.recorded_at ",
            $order,
            ", g.rank ",
            $order,
            ", g.group_id ",
            $order,
            " LIMIT $9) \
             SELECT ",
            columns!(),
            ", g.count FROM groups g CROSS JOIN LATERAL ( \
                 SELECT * FROM changes WHERE environment_id = $1 AND profile_id = $2 \
                 AND recorded_at = g.recorded_at AND group_id = g.group_id AND kind = g.kind ORDER BY id LIMIT $11) c \
             JOIN sources s ON s.id = c.source_id \
             ORDER BY g.recorded_at ",
            $order,
            ", g.rank ",
            $order,
            ", g.group_id ",
            $order,
            ", c.id"
        )
    };
}

/// At most `limit` groups of a profile's ledger within `span`: the newest first, or the oldest first if `way` seeks backwards.
pub fn groups(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    span: Range<DateTime<Utc>>,
    kinds: &[ChangeKind],
    (way, limit): (Seek<GroupPlace>, usize),
) -> QueryResult<Vec<ChangeGroup>> {
    let (text, place) = match way {
        Seek::Start => (page!("DESC", "<"), GroupPlace::end(span.end)),
        Seek::After(place) => (page!("DESC", "<"), place),
        Seek::Before(place) => (page!("ASC", ">"), place),
    };
    let names = |kinds: &[ChangeKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>();
    let rows: Vec<Counted> = sql_query(text)
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(profile.0)
        .bind::<Timestamptz, _>(span.start)
        .bind::<Timestamptz, _>(span.end)
        .bind::<Timestamptz, _>(place.at)
        .bind::<Integer, _>(place.rank())
        .bind::<SqlUuid, _>(place.group)
        .bind::<Array<Text>, _>(names(kinds))
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX - 1))
        .bind::<Array<Text>, _>(names(&ChangeKind::in_order()))
        .bind::<BigInt, _>(SHOWN as i64)
        .load(conn)?;
    let mut groups: Vec<ChangeGroup> = Vec::new();
    for Counted { change, count } in rows {
        let Some(row) = read(change) else { continue };
        let next = ChangeGroup { first: row, others: Vec::new(), count };
        match groups.last_mut() {
            Some(group) if group.place() == next.place() => group.others.push(next.first),
            _ => groups.push(next),
        }
    }
    Ok(groups)
}

/// At most `most` changes of one group, in the order of writing.
pub fn group_rows(
    conn: &mut PgConnection,
    at: ProfileKey,
    place: GroupPlace,
    most: i64,
) -> QueryResult<Vec<ChangeRow>> {
    let Some(kind) = place.kind else { return Ok(Vec::new()) };
    let found = of(at)
        .filter(changes::recorded_at.eq(place.at).and(changes::group_id.eq(place.group)))
        .filter(changes::kind.eq(kind.as_str()))
        .order(changes::id);
    Ok(load(found, most, conn)?.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_ranked_from_one_and_events_come_last() {
        let rank = |kind| GroupPlace { kind, ..GroupPlace::end(DateTime::UNIX_EPOCH) }.rank();
        assert_eq!(rank(Some(ChangeKind::Created)), 1);
        assert_eq!(rank(Some(ChangeKind::Note)), 14);
        assert_eq!(rank(None), 15);
    }
}
