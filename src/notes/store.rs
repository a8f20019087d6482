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

/// A note as its profile shows it.
#[derive(Clone, Debug, Queryable)]
pub struct NoteRow {
    /// Its id.
    pub id: NoteId,
    /// Markdown.
    pub body: String,
    /// Stays on top.
    pub pinned: bool,
    /// Counts its texts.
    pub version: i32,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who changed its text last.
    pub editor: String,
    /// When.
    pub edited_at: DateTime<Utc>,
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The first characters of a text.
    fn left(text: Text, characters: Integer) -> Text;
}

/// Notes shown on one page; more than anybody reads.
pub const LIMIT: i64 = 200;

/// The notes of a profile: pinned ones first, then the newest.
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

/// One text that a note had.
#[derive(Clone, Debug, Queryable)]
pub struct History {
    /// Its number.
    pub version: i32,
    /// Markdown.
    pub body: String,
    /// Who wrote it.
    pub editor: String,
    /// When.
    pub edited_at: DateTime<Utc>,
}

/// All texts that a note had, newest first, at most 200; none if there is no such note.
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
