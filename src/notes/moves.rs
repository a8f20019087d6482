//! Moves notes on a merge, and back when it is undone.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Uuid as SqlUuid},
};

use crate::db::{
    ids::{EnvironmentId, Pair},
    sql_query,
};

/// Copies notes with all their versions from the first profile of each pair to the second, including deleted ones. A later version replaces
/// an earlier one.
const COPY: [&str; 2] = [
    "INSERT INTO notes (environment_id, profile_id, id, body, pinned, version, author_id, created_at, editor_id, edited_at, deleted_at) \
     SELECT $1, u.to_id, n.id, n.body, n.pinned, n.version, n.author_id, n.created_at, n.editor_id, n.edited_at, n.deleted_at \
     FROM unnest($2, $3) AS u (from_id, to_id) JOIN notes n ON n.environment_id = $1 AND n.profile_id = u.from_id \
     ON CONFLICT (environment_id, profile_id, id) DO UPDATE SET body = excluded.body, pinned = excluded.pinned, \
         version = excluded.version, editor_id = excluded.editor_id, edited_at = excluded.edited_at, deleted_at = excluded.deleted_at",
    "INSERT INTO note_versions (environment_id, profile_id, note_id, version, body, editor_id, edited_at) \
     SELECT $1, u.to_id, v.note_id, v.version, v.body, v.editor_id, v.edited_at \
     FROM unnest($2, $3) AS u (from_id, to_id) JOIN note_versions v ON v.environment_id = $1 AND v.profile_id = u.from_id \
     ON CONFLICT DO NOTHING",
];

/// The same for notes that the second profile has already.
const COPY_BACK: [&str; 2] = [
    "UPDATE notes k SET body = n.body, pinned = n.pinned, version = n.version, editor_id = n.editor_id, edited_at = n.edited_at, \
         deleted_at = n.deleted_at \
     FROM unnest($2, $3) AS u (from_id, to_id) JOIN notes n ON n.environment_id = $1 AND n.profile_id = u.from_id \
     WHERE k.environment_id = $1 AND k.profile_id = u.to_id AND k.id = n.id",
    "INSERT INTO note_versions (environment_id, profile_id, note_id, version, body, editor_id, edited_at) \
     SELECT $1, u.to_id, v.note_id, v.version, v.body, v.editor_id, v.edited_at \
     FROM unnest($2, $3) AS u (from_id, to_id) \
         JOIN note_versions v ON v.environment_id = $1 AND v.profile_id = u.from_id \
         JOIN notes n ON n.environment_id = $1 AND n.profile_id = u.to_id AND n.id = v.note_id \
     ON CONFLICT DO NOTHING",
];

/// Deletes notes of the first profile that the second has, too.
const REMOVE: [&str; 2] = [
    "DELETE FROM note_versions v USING unnest($2, $3) AS u (from_id, to_id) \
     JOIN notes n ON n.environment_id = $1 AND n.profile_id = u.to_id \
     WHERE v.environment_id = $1 AND v.profile_id = u.from_id AND v.note_id = n.id",
    "DELETE FROM notes k USING unnest($2, $3) AS u (from_id, to_id) \
     JOIN notes n ON n.environment_id = $1 AND n.profile_id = u.to_id \
     WHERE k.environment_id = $1 AND k.profile_id = u.from_id AND k.id = n.id",
];

fn run(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    pairs: &[Pair],
    statements: &[&'static str],
) -> QueryResult<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let [from, to] = Pair::columns(pairs);
    for statement in statements {
        sql_query(statement)
            .bind::<SmallInt, _>(environment)
            .bind::<Array<SqlUuid>, _>(&from)
            .bind::<Array<SqlUuid>, _>(&to)
            .execute(conn)?;
    }
    Ok(())
}

/// Copies notes to the survivors of merges. The merged profiles keep the originals.
pub fn copy(conn: &mut PgConnection, environment: EnvironmentId, pairs: &[Pair]) -> QueryResult<()> {
    run(conn, environment, pairs, &COPY)
}

/// Copies notes back to restored profiles, as they are now, and removes them from the survivors.
pub fn take_back(conn: &mut PgConnection, environment: EnvironmentId, pairs: &[Pair]) -> QueryResult<()> {
    run(conn, environment, pairs, &COPY_BACK)?;
    run(conn, environment, pairs, &REMOVE)
}
