//! Rows of notes and of their versions.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Integer, Text},
};
use serde::Deserialize;

use crate::db::{
    Gathered,
    ids::{NoteId, ProfileKey},
    schema::{note_versions, notes, sources},
};

diesel::alias!(sources as authors: Authors, sources as editors: Editors);

/// A note for the Notes tab.
#[derive(Clone, Debug, Deserialize, Queryable)]
pub struct NoteRow {
    /// Id of the note.
    pub id: NoteId,
    /// Text in Markdown.
    pub body: String,
    /// Whether it is pinned to the top.
    pub pinned: bool,
    /// Version of the text, from 1.
    pub version: i32,
    /// Name of the author.
    pub author: String,
    /// Time of the first version.
    pub created_at: DateTime<Utc>,
    /// Name of the last editor of the text.
    pub editor: String,
    /// Time of the last edit of the text.
    pub edited_at: DateTime<Utc>,
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The first characters of a text.
    fn left(text: Text, characters: Integer) -> Text;
}

/// Notes, and versions of a note, on one page at most: more than anybody reads.
pub const LIMIT: i64 = 200;

/// Notes of a profile: pinned ones first, then the newest; at most 200.
#[derive(Deserialize)]
pub struct FirstNotes(pub Vec<NoteRow>);

impl Gathered for FirstNotes {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(n ORDER BY n.pinned DESC, n.created_at DESC, n.id DESC), '[]') FROM ( \
             SELECT n.id, n.body, n.pinned, n.version, a.name AS author, n.created_at, e.name AS editor, n.edited_at \
             FROM notes n JOIN sources a ON a.id = n.author_id JOIN sources e ON e.id = n.editor_id \
             WHERE n.environment_id = $1 AND n.profile_id = $2 AND n.deleted_at IS NULL \
             ORDER BY n.pinned DESC, n.created_at DESC, n.id DESC LIMIT 200) n)";
}

/// One note of a profile, unless it was deleted.
pub fn find(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    id: NoteId,
) -> QueryResult<Option<NoteRow>> {
    notes::table
        .find((environment.0, profile.0, id.0))
        .inner_join(authors.on(authors.field(sources::id).eq(notes::author_id)))
        .inner_join(editors.on(editors.field(sources::id).eq(notes::editor_id)))
        .filter(notes::deleted_at.is_null())
        .select((
            notes::id,
            notes::body,
            notes::pinned,
            notes::version,
            authors.field(sources::name),
            notes::created_at,
            editors.field(sources::name),
            notes::edited_at,
        ))
        .first(conn)
        .optional()
}

/// One version of a note.
#[derive(Clone, Debug, Queryable)]
pub struct History {
    /// Number of the version.
    pub version: i32,
    /// Text in Markdown.
    pub body: String,
    /// Name of the editor.
    pub editor: String,
    /// Time of the edit.
    pub edited_at: DateTime<Utc>,
}

/// All versions of a note, newest first, at most 200; `None` if there is no such note.
pub fn history(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    id: NoteId,
) -> QueryResult<Option<Vec<History>>> {
    let there: Option<NoteId> = notes::table
        .find((environment.0, profile.0, id.0))
        .filter(notes::deleted_at.is_null())
        .select(notes::id)
        .first(conn)
        .optional()?;
    if there.is_none() {
        return Ok(None);
    }
    note_versions::table
        .inner_join(sources::table.on(sources::id.eq(note_versions::editor_id)))
        .filter(note_versions::environment_id.eq(environment.0).and(note_versions::profile_id.eq(profile.0)))
        .filter(note_versions::note_id.eq(id.0))
        .order(note_versions::version.desc())
        .select((note_versions::version, note_versions::body, sources::name, note_versions::edited_at))
        .limit(LIMIT)
        .load(conn)
        .map(Some)
}
