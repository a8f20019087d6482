//! Reads and writes the settings of workspaces.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Bool, Jsonb, SmallInt, Text},
};
use serde_json::{Value, json};

use super::workspace::{Change, Setting, Whole, WorkspaceSettings};
use crate::{
    db::{
        Decided,
        ids::{EnvironmentId, WorkspaceId},
        schema::{environments, workspaces},
        sql_query,
    },
    json::Json,
};

/// What cannot be read, as after a downgrade, is the default.
fn read(stored: Value) -> WorkspaceSettings {
    serde_json::from_value(stored).unwrap_or_default()
}

impl Decided for WorkspaceSettings {
    fn read(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Self> {
        let stored: Option<Json> = environments::table
            .inner_join(workspaces::table.on(workspaces::id.eq(environments::workspace_id)))
            .filter(environments::id.eq(environment.0))
            .select(workspaces::settings)
            .first(conn)
            .optional()?;
        Ok(stored.map(|stored| read(stored.0)).unwrap_or_default())
    }
}

/// All that a workspace decides.
pub fn whole(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Whole> {
    let (name, accent, settings): (String, String, Json) = workspaces::table
        .find(workspace.0)
        .select((workspaces::name, workspaces::accent, workspaces::settings))
        .first(conn)?;
    Ok(Whole { name, accent: accent.parse().unwrap_or_default(), settings: read(settings.0) })
}

/// Writes one setting and leaves the others as they are. Returns all of before and after.
pub fn change(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    change: &Change,
    now: DateTime<Utc>,
) -> QueryResult<(Whole, Whole)> {
    let before = whole(conn, workspace)?;
    let after = before.with(change, now);
    let WorkspaceSettings { countries, match_on_email, placeholders, keep_days, text_days } = &after.settings;
    let part = match change.setting() {
        Setting::Name | Setting::Colour => json!({}),
        Setting::Country => json!({ "countries": countries }),
        Setting::Matching => json!({ "match_on_email": match_on_email }),
        Setting::Placeholders => json!({ "placeholders": placeholders }),
        Setting::Events => json!({ "keep_days": keep_days }),
        Setting::Texts => json!({ "text_days": text_days }),
    };
    let sql = "UPDATE workspaces SET name = CASE WHEN $2 THEN $3 ELSE name END, \
         accent = CASE WHEN $4 THEN $5 ELSE accent END, settings = settings || $6 WHERE id = $1";
    sql_query(sql)
        .bind::<SmallInt, _>(workspace.0)
        .bind::<Bool, _>(change.setting() == Setting::Name)
        .bind::<Text, _>(&after.name)
        .bind::<Bool, _>(change.setting() == Setting::Colour)
        .bind::<Text, _>(after.accent.as_str())
        .bind::<Jsonb, _>(Json(part))
        .execute(conn)?;
    Ok((before, after))
}
