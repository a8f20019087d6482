//! How large each workspace is.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt, Text, Timestamptz},
};

use crate::{
    db::{
        ids::{WorkspaceGroupId, WorkspaceId},
        sql_query,
    },
    workspaces::{self, Workspace},
};

/// Profiles of one workspace that are counted at most.
pub const MOST_COUNTED: i64 = 10_000;

/// A workspace on the overview.
#[derive(Clone, Debug)]
pub struct Summary {
    pub workspace: Workspace,
    /// Group that it is in.
    pub group: Option<WorkspaceGroupId>,
    /// Profiles in the live environment, counted up to one more than [`MOST_COUNTED`].
    pub profiles: i64,
    /// Operators who may come in.
    pub operators: i64,
    /// Time of the last call with one of its keys, live or test, or of the last change of a live profile.
    pub last_data_at: Option<DateTime<Utc>>,
}

/// All workspaces by name, in one statement.
pub fn summaries(conn: &mut PgConnection) -> QueryResult<Vec<Summary>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        id: WorkspaceId,
        #[diesel(sql_type = Text)]
        slug: String,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        accent: String,
        #[diesel(sql_type = Nullable<SmallInt>)]
        group_id: Option<WorkspaceGroupId>,
        #[diesel(sql_type = BigInt)]
        profiles: i64,
        #[diesel(sql_type = BigInt)]
        operators: i64,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        last_data_at: Option<DateTime<Utc>>,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT w.id, w.slug, w.name, w.accent, w.group_id, \
             (SELECT count(*) FROM (SELECT FROM profiles p \
                 WHERE p.environment_id = e.id AND p.merged_into IS NULL LIMIT $1) counted) AS profiles, \
             (SELECT count(*) FROM memberships m WHERE m.workspace_id = w.id AND m.disabled_at IS NULL) AS operators, \
             greatest((SELECT max(k.last_used_at) FROM api_keys k JOIN environments o ON o.id = k.environment_id \
                     WHERE o.workspace_id = w.id), \
                 (SELECT max(p.updated_at) FROM profiles p \
                     WHERE p.environment_id = e.id AND p.merged_into IS NULL)) AS last_data_at \
         FROM workspaces w JOIN environments e ON e.workspace_id = w.id AND e.kind = 'live' \
         ORDER BY w.name, w.id LIMIT $2",
    )
    .bind::<BigInt, _>(MOST_COUNTED + 1)
    .bind::<BigInt, _>(workspaces::MOST)
    .load(conn)?;
    let summary = |row: Row| Summary {
        workspace: Workspace::from((row.id.0, row.slug, row.name, row.accent)),
        group: row.group_id,
        profiles: row.profiles,
        operators: row.operators,
        last_data_at: row.last_data_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}
