//! The notes' part of the write path: all notes of a batch in three statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::NoteChange;
use crate::{
    db::{
        Prepared,
        ids::{NoteId, ProfileId},
        schema::notes,
        sql_query,
    },
    ledger::{Batch, Change, ChangeKind, Effect, Said},
};

#[derive(Queryable)]
struct Note {
    profile: Uuid,
    id: Uuid,
    body: String,
    pinned: bool,
    version: i32,
    deleted_at: Option<DateTime<Utc>>,
}

/// A note in the batch: as stored, and as changed by the batch.
struct Folded {
    /// Stored version and pin; `None` for a new note.
    stored: Option<(i32, bool)>,
    note: Note,
    new_texts: Vec<(i32, String)>,
    /// When a new note was written, which may be long before it arrives.
    written_at: DateTime<Utc>,
    is_dirty: bool,
}

/// Folds the changes in and writes the notes. Returns the effect of each item by its place.
pub fn apply<S: Said + Copy>(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[(usize, S, &NoteChange)],
    changes: &mut Vec<Change>,
) -> QueryResult<Vec<(usize, Effect)>> {
    let mut known = load(conn, batch, items)?;
    let mut effects = Vec::with_capacity(items.len());
    for (place, said, change) in items {
        let (profile, at) = said.said();
        let before = known.get(&key(profile, change.id())).map(|folded| facts(&folded.note));
        let effect = fold(&mut known, batch, (profile, at), change);
        if effect == Effect::Changed {
            let after = known.get(&key(profile, change.id())).map(|folded| facts(&folded.note));
            changes.push(Change::new(*said, ChangeKind::Note, &change.id().to_string(), before, after));
        }
        effects.push((*place, effect));
    }
    let dirty: Vec<&Folded> = known.values().filter(|folded| folded.is_dirty).collect();
    if !dirty.is_empty() {
        write(conn, batch, &dirty)?;
    }
    Ok(effects)
}

fn key(profile: ProfileId, note: NoteId) -> (Uuid, Uuid) {
    (profile.0, note.0)
}

/// Ledger value of a note. Its texts are in `note_versions`.
fn facts(note: &Note) -> Value {
    json!({ "version": note.version, "pinned": note.pinned, "deleted": note.deleted_at.is_some() })
}

fn load<S: Said>(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[(usize, S, &NoteChange)],
) -> QueryResult<BTreeMap<(Uuid, Uuid), Folded>> {
    let profiles: Vec<Uuid> = items.iter().map(|(_, said, _)| said.said().0.0).collect();
    let ids: Vec<Uuid> = items.iter().map(|(_, _, change)| change.id().0).collect();
    let stored: Vec<Note> = notes::table
        .filter(notes::environment_id.eq(batch.environment.0))
        .filter(notes::profile_id.eq_any(profiles).and(notes::id.eq_any(ids)))
        .select((notes::profile_id, notes::id, notes::body, notes::pinned, notes::version, notes::deleted_at))
        .load(conn)?;
    let folded = |note: Note| {
        let stored = Some((note.version, note.pinned));
        (
            (note.profile, note.id),
            Folded { stored, note, new_texts: Vec::new(), written_at: batch.received_at, is_dirty: false },
        )
    };
    Ok(stored.into_iter().map(folded).collect())
}

fn fold(
    known: &mut BTreeMap<(Uuid, Uuid), Folded>,
    batch: &Batch,
    (profile, written_at): (ProfileId, DateTime<Utc>),
    change: &NoteChange,
) -> Effect {
    let key = key(profile, change.id());
    let folded = match (change, known.get_mut(&key)) {
        (NoteChange::Add { body, .. }, None) => {
            let note = Note {
                profile: profile.0,
                id: key.1,
                body: body.as_str().to_owned(),
                pinned: false,
                version: 1,
                deleted_at: None,
            };
            let new_texts = vec![(1, note.body.clone())];
            known.insert(key, Folded { stored: None, note, new_texts, written_at, is_dirty: true });
            return Effect::Changed;
        }
        (_, None) => return Effect::Missing,
        (_, Some(folded)) => folded,
    };
    let note = &mut folded.note;
    if note.deleted_at.is_some() {
        return if matches!(change, NoteChange::Delete { .. }) { Effect::Unchanged } else { Effect::Missing };
    }
    match change {
        NoteChange::Add { body, .. } if note.body == body.as_str() => return Effect::Unchanged,
        NoteChange::Edit { body, .. } if note.body == body.as_str() => return Effect::Unchanged,
        NoteChange::Add { .. } => return Effect::Conflict,
        NoteChange::Edit { base, .. } if *base != note.version => return Effect::Conflict,
        NoteChange::Edit { body, .. } => {
            body.as_str().clone_into(&mut note.body);
            note.version += 1;
            folded.new_texts.push((note.version, note.body.clone()));
        }
        NoteChange::Pin { pinned, .. } if note.pinned == *pinned => return Effect::Unchanged,
        NoteChange::Pin { pinned, .. } => note.pinned = *pinned,
        NoteChange::Delete { .. } => note.deleted_at = Some(batch.received_at),
    }
    folded.is_dirty = true;
    Effect::Changed
}

/// Writes notes and their new texts. If a note was changed meanwhile, the transaction starts again.
fn write(conn: &mut PgConnection, batch: &Batch, dirty: &[&Folded]) -> QueryResult<()> {
    let (new, old): (Vec<&Folded>, Vec<&Folded>) = dirty.iter().copied().partition(|folded| folded.stored.is_none());
    let mut written = 0;
    if !new.is_empty() {
        written += insert(conn, batch, &new)?;
    }
    if !old.is_empty() {
        written += update(conn, batch, &old)?;
    }
    if written < dirty.len() {
        return Err(Error::RollbackTransaction);
    }
    write_texts(conn, batch, dirty)
}

fn insert(conn: &mut PgConnection, batch: &Batch, new: &[&Folded]) -> QueryResult<usize> {
    bound(
        "INSERT INTO notes (environment_id, profile_id, id, body, pinned, version, author_id, created_at, editor_id, edited_at, deleted_at) \
         SELECT $1, u.profile_id, u.id, u.body, u.pinned, u.version, $2, u.at, $2, CASE WHEN u.version = 1 THEN u.at ELSE $3 END, u.deleted_at \
         FROM unnest($4, $5, $6, $7, $8, $9, $10) AS u (profile_id, id, body, pinned, version, deleted_at, at) \
         ON CONFLICT DO NOTHING",
        batch,
        new,
    )
    .bind::<Array<Timestamptz>, _>(new.iter().map(|folded| folded.written_at).collect::<Vec<_>>())
    .execute(conn)
}

/// Writes changed notes. Editor and time change only with the text: pinning is not editing.
fn update(conn: &mut PgConnection, batch: &Batch, old: &[&Folded]) -> QueryResult<usize> {
    let stored = || old.iter().filter_map(|folded| folded.stored);
    bound(
        "UPDATE notes n SET body = u.body, pinned = u.pinned, version = u.version, deleted_at = u.deleted_at, \
             editor_id = CASE WHEN u.version > n.version THEN $2 ELSE n.editor_id END, \
             edited_at = CASE WHEN u.version > n.version THEN $3 ELSE n.edited_at END \
         FROM unnest($4, $5, $6, $7, $8, $9, $10, $11) \
              AS u (profile_id, id, body, pinned, version, deleted_at, stored_version, stored_pinned) \
         WHERE n.environment_id = $1 AND n.profile_id = u.profile_id AND n.id = u.id \
           AND n.version = u.stored_version AND n.pinned = u.stored_pinned AND n.deleted_at IS NULL",
        batch,
        old,
    )
    .bind::<Array<Integer>, _>(stored().map(|(version, _)| version).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(stored().map(|(_, pinned)| pinned).collect::<Vec<_>>())
    .execute(conn)
}

/// Binds $1 to $9, which the statements for new and changed notes share.
fn bound<'a>(sql: &'static str, batch: &Batch, folded: &[&'a Folded]) -> Prepared<'a> {
    let notes = || folded.iter().map(|folded| &folded.note);
    sql_query(sql)
        .bind::<SmallInt, _>(batch.environment)
        .bind::<Integer, _>(batch.source)
        .bind::<Timestamptz, _>(batch.received_at)
        .bind::<Array<SqlUuid>, _>(notes().map(|note| note.profile).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(notes().map(|note| note.id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(notes().map(|note| note.body.as_str()).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(notes().map(|note| note.pinned).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(notes().map(|note| note.version).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(notes().map(|note| note.deleted_at).collect::<Vec<_>>())
}

fn write_texts(conn: &mut PgConnection, batch: &Batch, dirty: &[&Folded]) -> QueryResult<()> {
    let texts: Vec<_> = dirty.iter().flat_map(|folded| folded.new_texts.iter().map(|text| (*folded, text))).collect();
    if texts.is_empty() {
        return Ok(());
    }
    let at = |(folded, (version, _)): &(&Folded, &(i32, String))| {
        if *version == 1 { folded.written_at } else { batch.received_at }
    };
    sql_query(
        "INSERT INTO note_versions (environment_id, profile_id, note_id, version, body, editor_id, edited_at) \
         SELECT $1, u.profile_id, u.note_id, u.version, u.body, $2, u.at \
         FROM unnest($3, $4, $5, $6, $7) AS u (profile_id, note_id, version, body, at)",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Integer, _>(batch.source)
    .bind::<Array<SqlUuid>, _>(texts.iter().map(|(folded, _)| folded.note.profile).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(texts.iter().map(|(folded, _)| folded.note.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(texts.iter().map(|(_, (version, _))| *version).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(texts.iter().map(|(_, (_, body))| body.as_str()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(texts.iter().map(at).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
