//! Rows of notes and of their versions.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Integer, Text},
};

use crate::db::{
    ids::{NoteId, ProfileKey},
    schema::{note_versions, notes, sources},
};

diesel::alias!(sources as authors: Authors, sources as editors: Editors);

/// A note for the Notes tab.
#[derive(Clone, Debug, Queryable)]
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

/// Notes on one page at most: more than anybody reads.
pub const LIMIT: i64 = 200;

/// Notes of a profile: pinned ones first, then the newest; at most 200.
pub fn of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    only: Option<NoteId>,
) -> QueryResult<Vec<NoteRow>> {
    let mut query = notes::table
        .inner_join(authors.on(authors.field(sources::id).eq(notes::author_id)))
        .inner_join(editors.on(editors.field(sources::id).eq(notes::editor_id)))
        .filter(notes::environment_id.eq(environment.0).and(notes::profile_id.eq(profile.0)))
        .filter(notes::deleted_at.is_null())
        .order((notes::pinned.desc(), notes::created_at.desc(), notes::id.desc()))
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
        .limit(LIMIT)
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(notes::id.eq(id));
    }
    query.load(conn)
}

/// One note of a profile, unless it was deleted.
pub fn find(conn: &mut PgConnection, at: ProfileKey, id: NoteId) -> QueryResult<Option<NoteRow>> {
    Ok(of(conn, at, Some(id))?.into_iter().next())
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
