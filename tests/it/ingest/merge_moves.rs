//! What moves along when two profiles become one.

use chrono::TimeDelta;
use kith::{
    db::ids::{NoteId, new_id},
    events::EventKind,
    ingest::{Merge, Statement},
    notes::{NoteBody, NoteChange},
};
use serde_json::json;

use super::{
    check, environment, exists, id,
    merge::{profile, said_of_profile, two},
    merged, said,
};
use crate::support::{app::NOW, at, build::submit};

#[test]
fn notes_go_with_their_person_with_every_version() {
    let (db, pool, live) = environment(1);
    let made = submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let other = made.last().and_then(|it| it.profile).expect("another");
    let note = NoteId(new_id(at(NOW)));
    let body = |text: &str| NoteBody::new(text).unwrap_or_else(|rule| panic!("{rule}"));
    for change in [
        NoteChange::Add { id: note, body: body("first") },
        NoteChange::Edit { id: note, body: body("second"), base: 1 },
        NoteChange::Pin { id: note, pinned: true },
    ] {
        submit(&pool, live, at(NOW), &[said_of_profile(other, Statement::Note(change))]);
    }
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let survivor = profile(&db, "c-1");
    let notes = |columns: &str, table: &str| {
        db.column(&format!("SELECT {columns} FROM {table} WHERE profile_id = '{survivor}' ORDER BY 1"))
    };
    assert_eq!(notes("concat_ws(' ', body, pinned, version)", "notes"), ["second t 2"]);
    assert_eq!(notes("concat_ws(' ', version, body)", "note_versions"), ["1 first", "2 second"]);
    check(&db);
}

#[test]
fn the_kind_of_event_stays_what_it_was() {
    let (db, pool, live) = environment(1);
    let mut page = crate::support::build::event("m-1", "Visit", "2026-11-02T00:00:00Z", json!({"a": 1}));
    page.kind = EventKind::Page;
    page.context = json!({"url": "/"}).as_object().cloned().expect("an object");
    submit(&pool, live, at(NOW), &[said(vec![id("c-2")], NOW, Statement::Event(page)), exists(vec![id("c-1")])]);
    let of = "SELECT concat_ws(' ', d.kind, e.properties, e.context, e.received_at) FROM events e JOIN event_definitions d ON d.id = e.definition_id";
    let before = db.one(of);
    let merge = Statement::Merge(Merge { from: vec![id("c-2")], joins_known: true });
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[said(vec![id("c-1")], NOW, merge)]);
    assert_eq!(db.one(of), before);
    check(&db);
}
