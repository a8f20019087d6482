//! The ledger as the timeline reads it: what one call changed of one kind is one entry.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    period::Period,
    place::{Place, What},
};
use crate::db::{
    ids::{EnvironmentId, ProfileId},
    keyset::Way,
    sql_query,
};
use crate::json::Json;

/// Changes of one entry that are read; History has all of them.
pub const SHOWN: usize = 20;

/// What one call changed of one kind.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its place among all entries.
    pub place: Place,
    /// Who said so.
    pub source: String,
    /// Why, where somebody said it.
    pub reason: Option<String>,
    /// Since when it is true.
    pub as_of: DateTime<Utc>,
    /// How many changes there were.
    pub count: i64,
    /// The first of them.
    pub rows: Vec<ChangeRow>,
}

/// One change.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// Of what.
    pub subject: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it became.
    pub after: Option<Value>,
}

#[derive(QueryableByName)]
struct Read {
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    group_id: Uuid,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Timestamptz)]
    as_of: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    before: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    after: Option<Json>,
}

/// First the moments, straight from the primary key and no more of them than entries; then what was changed at each. However long
/// a ledger is, nothing else of it is read, nor sorted.
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
             calls AS MATERIALIZED ( \
                 SELECT t.recorded_at, g.* FROM times t CROSS JOIN LATERAL ( \
                     SELECT kind, array_position($10, kind) AS rank, group_id, count(*) AS count, max(reason) AS reason, \
                         max(source_id) AS source_id \
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
             SELECT k.recorded_at, k.kind, k.group_id, k.count, k.reason, s.name AS source, c.as_of, c.subject, c.before, c.after \
             FROM calls k JOIN sources s ON s.id = k.source_id CROSS JOIN LATERAL ( \
                 SELECT id, as_of, subject, before, after FROM changes WHERE environment_id = $1 AND profile_id = $2 \
                 AND recorded_at = k.recorded_at AND group_id = k.group_id AND kind = k.kind ORDER BY id LIMIT $11) c \
             ORDER BY k.recorded_at ",
            $order,
            ", k.rank ",
            $order,
            ", k.group_id ",
            $order,
            ", c.id"
        )
    };
}

/// At most `limit` entries of a profile's ledger, in the order of reading: the newest first, or, looking back, the oldest first.
pub fn read(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    period: &Period,
    kinds: &[What],
    (way, limit): (Way<Place>, usize),
) -> QueryResult<Vec<Group>> {
    let (text, place) = match way {
        Way::Start => (page!("DESC", "<"), Place::end(period.until)),
        Way::After(place) => (page!("DESC", "<"), place),
        Way::Before(place) => (page!("ASC", ">"), place),
    };
    let names = |kinds: &[What]| kinds.iter().map(|what| what.stored()).collect::<Vec<_>>();
    let rows: Vec<Read> = sql_query(text)
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(profile.0)
        .bind::<Timestamptz, _>(period.from)
        .bind::<Timestamptz, _>(period.until)
        .bind::<Timestamptz, _>(place.at)
        .bind::<Integer, _>(place.what.rank())
        .bind::<SqlUuid, _>(place.id)
        .bind::<Array<Text>, _>(names(kinds))
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX - 1))
        .bind::<Array<Text>, _>(names(&What::ALL))
        .bind::<BigInt, _>(SHOWN as i64)
        .load(conn)?;
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let Some(what) = What::from_stored(&row.kind) else { continue };
        let place = Place { at: row.recorded_at, what, id: row.group_id };
        let change =
            ChangeRow { subject: row.subject, before: row.before.map(Value::from), after: row.after.map(Value::from) };
        match groups.last_mut() {
            Some(group) if group.place == place => group.rows.push(change),
            _ => groups.push(Group {
                place,
                source: row.source,
                reason: row.reason,
                as_of: row.as_of,
                count: row.count,
                rows: vec![change],
            }),
        }
    }
    Ok(groups)
}

/// A row of the ledger as it is.
#[derive(Debug, QueryableByName)]
pub struct RawChange {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Since when it is true.
    #[diesel(sql_type = Timestamptz)]
    pub as_of: DateTime<Utc>,
    /// Of what.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// What it was.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub before: Option<Json>,
    /// What it became.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub after: Option<Json>,
    /// Why.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// Who said so.
    #[diesel(sql_type = Text)]
    pub source: String,
}

/// The rows of one entry, at most `most`.
pub fn raw(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    place: Place,
    most: i64,
) -> QueryResult<Vec<RawChange>> {
    sql_query(
        "SELECT c.id, c.as_of, c.subject, c.before, c.after, c.reason, s.name AS source \
         FROM changes c JOIN sources s ON s.id = c.source_id \
         WHERE c.environment_id = $1 AND c.profile_id = $2 AND c.recorded_at = $3 AND c.group_id = $4 AND c.kind = $5 \
         ORDER BY c.id LIMIT $6",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Timestamptz, _>(place.at)
    .bind::<SqlUuid, _>(place.id)
    .bind::<Text, _>(place.what.stored())
    .bind::<BigInt, _>(most)
    .load(conn)
}
