//! Rows of attributes that follow a segment. Table: `membership_attributes`.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    prelude::*,
    sql_types::{BigInt, Bool, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;

use super::{
    membership_attribute::{Matching, MembershipAttribute, Place, Rhythm, Standing, Sync},
    syncs::SyncRow,
};
use crate::{
    attributes::{self, AttributeName, AttributeType, NewDefinition},
    db::{
        ids::{EnvironmentId, MembershipAttributeId, SegmentId},
        schema::membership_attributes,
        sql_query,
    },
    json::Json,
    workspaces::groups::{self, MatchedBy},
};

/// Attributes that follow a segment in one environment at most.
pub const MOST: i64 = 100;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: MembershipAttributeId,
    #[diesel(sql_type = SmallInt)]
    environment_id: EnvironmentId,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    workspace: String,
    #[diesel(sql_type = Text)]
    attribute: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    #[diesel(sql_type = SmallInt)]
    from_environment_id: EnvironmentId,
    #[diesel(sql_type = Text)]
    from_slug: String,
    #[diesel(sql_type = Text)]
    from_workspace: String,
    #[diesel(sql_type = SqlUuid)]
    segment_id: SegmentId,
    #[diesel(sql_type = Text)]
    segment_name: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    segment_size: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_archived: bool,
    #[diesel(sql_type = Nullable<Text>)]
    matched_by: Option<String>,
    #[diesel(sql_type = Text)]
    rhythm: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    last: Option<Json>,
}

impl From<Row> for MembershipAttribute {
    fn from(row: Row) -> Self {
        let matching = if row.environment_id == row.from_environment_id {
            Some(Matching::Same)
        } else {
            row.matched_by.as_deref().and_then(MatchedBy::from_stored).map(Matching::By)
        };
        let standing = match matching {
            None => Standing::Apart,
            Some(_) if row.is_archived => Standing::Archived,
            Some(_) if row.segment_size.is_none() => Standing::NotCounted,
            Some(matching) => Standing::Ready(matching),
        };
        let label = if row.display_name.is_empty() { row.attribute.clone() } else { row.display_name };
        Self {
            id: row.id,
            environment: row.environment_id,
            workspace: Place { slug: row.slug, name: row.workspace },
            attribute: AttributeName::stored(row.attribute),
            label,
            from: row.from_environment_id,
            from_workspace: Place { slug: row.from_slug, name: row.from_workspace },
            segment: row.segment_id,
            segment_name: row.segment_name,
            segment_size: row.segment_size,
            rhythm: row.rhythm.parse().unwrap_or_default(),
            created_at: row.created_at,
            due_at: row.due_at,
            standing,
            last: row.last.and_then(|Json(last)| SyncRow::deserialize(last).ok()).map(Sync::from),
        }
    }
}

const LISTED: &str = "SELECT m.id, m.environment_id, w.slug, w.name AS workspace, m.attribute, \
        coalesce(d.display_name, '') AS display_name, m.from_environment_id, fw.slug AS from_slug, \
        fw.name AS from_workspace, m.segment_id, s.name AS segment_name, s.size AS segment_size, \
        s.archived_at IS NOT NULL AS is_archived, g.matched_by, m.rhythm, m.created_at, m.due_at, to_jsonb(y) AS last \
    FROM membership_attributes m \
    JOIN segments s ON s.environment_id = m.from_environment_id AND s.id = m.segment_id \
    JOIN environments fe ON fe.id = m.from_environment_id JOIN workspaces fw ON fw.id = fe.workspace_id \
    JOIN environments e ON e.id = m.environment_id JOIN workspaces w ON w.id = e.workspace_id \
    LEFT JOIN workspace_groups g ON g.id = w.group_id AND g.id = fw.group_id \
    LEFT JOIN attribute_definitions d ON d.environment_id = m.environment_id AND d.name = m.attribute \
    LEFT JOIN LATERAL (SELECT y.id AS job, y.began_at, y.is_by_hand, y.members, y.entered, y.left_it, \
            j.looked_at, j.finished_at, j.failure \
        FROM membership_syncs y JOIN jobs j ON j.environment_id = y.environment_id AND j.id = y.id \
        WHERE y.environment_id = m.environment_id AND y.membership_id = m.id ORDER BY y.began_at DESC LIMIT 1) y ON true ";
const BY_NAME: &str = "ORDER BY w.name, m.attribute LIMIT 1000";

fn read(rows: Vec<Row>) -> Vec<MembershipAttribute> {
    rows.into_iter().map(MembershipAttribute::from).collect()
}

/// Attributes of an environment that follow a segment (S6.7).
pub fn all(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<MembershipAttribute>> {
    sql_query(LISTED)
        .and("WHERE m.environment_id = $1 ")
        .and(BY_NAME)
        .bind::<SmallInt, _>(environment)
        .load(conn)
        .map(read)
}

/// Attributes that follow a segment, in all environments.
pub fn of_segment(
    conn: &mut PgConnection,
    from: EnvironmentId,
    segment: SegmentId,
) -> QueryResult<Vec<MembershipAttribute>> {
    sql_query(LISTED)
        .and("WHERE m.from_environment_id = $1 AND m.segment_id = $2 ")
        .and(BY_NAME)
        .bind::<SmallInt, _>(from)
        .bind::<SqlUuid, _>(segment)
        .load(conn)
        .map(read)
}

/// One of them, for an environment that has the attribute or the segment.
pub fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: MembershipAttributeId,
) -> QueryResult<Option<MembershipAttribute>> {
    sql_query(LISTED)
        .and("WHERE (m.environment_id = $1 OR m.from_environment_id = $1) AND m.id = $2 LIMIT 1")
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(id)
        .load(conn)
        .map(|rows| read(rows).pop())
}

/// A segment to share with an environment.
#[derive(Clone, Debug)]
pub struct New {
    pub id: MembershipAttributeId,
    pub environment: EnvironmentId,
    pub attribute: AttributeName,
    pub from: EnvironmentId,
    pub segment: SegmentId,
    pub segment_name: String,
    /// Display name of the attribute.
    pub label: String,
    pub rhythm: Rhythm,
}

/// Why a segment was not shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotShared {
    /// The environment has [`MOST`] such attributes.
    Full,
    /// The attribute of this source name has the display name.
    Called(String),
    /// It is shared there already.
    Already,
}

/// Stores it, due at once, and defines the attribute.
pub fn create(conn: &mut PgConnection, new: &New, now: DateTime<Utc>) -> QueryResult<Result<(), NotShared>> {
    use membership_attributes as m;
    let other = new.environment;
    if count(conn, other)? >= MOST {
        return Ok(Err(NotShared::Full));
    }
    if let Some(taken) = attributes::called(conn, other, new.attribute.as_str(), &new.label)? {
        return Ok(Err(NotShared::Called(taken)));
    }
    let added = diesel::insert_into(m::table)
        .values((
            (m::environment_id.eq(new.environment.0), m::id.eq(new.id), m::attribute.eq(new.attribute.as_str())),
            (m::from_environment_id.eq(new.from.0), m::segment_id.eq(new.segment)),
            (m::rhythm.eq(new.rhythm.as_str()), m::created_at.eq(now), m::due_at.eq(now)),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    if added == 0 {
        return Ok(Err(NotShared::Already));
    }
    let definition = NewDefinition {
        name: new.attribute.clone(),
        display_name: new.label.clone(),
        description: format!("Whether somebody is in the segment {}.", new.segment_name),
        kind: AttributeType::Boolean,
    };
    attributes::define_membership(conn, other, &definition, now)?;
    if other != new.from {
        groups::share(conn, new.from, now)?;
    }
    Ok(Ok(()))
}

/// Number of attributes of an environment that follow a segment.
fn count(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<i64> {
    membership_attributes::table
        .filter(membership_attributes::environment_id.eq(environment.0))
        .count()
        .get_result(conn)
}

/// Synchronises an attribute from now on in this rhythm.
pub fn set_rhythm(
    conn: &mut PgConnection,
    of: &MembershipAttribute,
    rhythm: Rhythm,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    // The first synchronisation is still to come, whatever the rhythm.
    let due = of.last.as_ref().map_or(Some(now), |last| rhythm.after(last.began_at).map(|due| due.max(now)));
    diesel::update(membership_attributes::table.find((of.environment.0, of.id)))
        .set((membership_attributes::rhythm.eq(rhythm.as_str()), membership_attributes::due_at.eq(due)))
        .execute(conn)
}

/// Forgets that an attribute follows a segment; 0 if it was forgotten already.
pub fn delete(conn: &mut PgConnection, of: &MembershipAttribute) -> QueryResult<usize> {
    diesel::delete(membership_attributes::table.find((of.environment.0, of.id))).execute(conn)
}

/// Environments in which an attribute is due, a hundred at most.
pub fn due(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<EnvironmentId>> {
    membership_attributes::table
        .filter(membership_attributes::due_at.le(now))
        .select(membership_attributes::environment_id)
        .distinct()
        .limit(100)
        .load(conn)
}

/// Workspaces that a segment can be shared with, each with its environment of the same kind: its own first, then those of its group.
pub fn places(conn: &mut PgConnection, from: EnvironmentId) -> QueryResult<Vec<(EnvironmentId, Place)>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SmallInt)]
        id: EnvironmentId,
        #[diesel(sql_type = Text)]
        slug: String,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let found: Vec<Found> = sql_query(
        "SELECT e.id, w.slug, w.name FROM environments own JOIN workspaces ow ON ow.id = own.workspace_id \
         JOIN workspaces w ON w.id = ow.id OR w.group_id = ow.group_id \
         JOIN environments e ON e.workspace_id = w.id AND e.kind = own.kind \
         WHERE own.id = $1 ORDER BY e.id <> own.id, w.name LIMIT 100",
    )
    .bind::<SmallInt, _>(from)
    .load(conn)?;
    Ok(found.into_iter().map(|row| (row.id, Place { slug: row.slug, name: row.name })).collect())
}
