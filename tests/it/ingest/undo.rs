//! A merge is taken back.

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    db::{
        Db,
        ids::{EnvironmentId, NoteId, ProfileId, new_id},
    },
    identities::Kind,
    ingest::{Item, Person as Who, Statement, Undone, undo_merge},
    notes::{NoteBody, NoteChange},
    subscriptions::SubscriptionState::Subscribed,
};
use serde_json::json;

use super::{browser, check, environment, exists, id, merge::two, merged, said, same, state};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{self, submit},
};

fn undo_at(db: &TestDb, pool: &Db, live: EnvironmentId, merged: ProfileId, now: DateTime<Utc>) -> Undone {
    let found = db.one(&format!(
        "SELECT profile_id || ' ' || id FROM merges WHERE merged_id = '{merged}' ORDER BY merged_at DESC, id DESC LIMIT 1"
    ));
    let (survivor, merge) = found.split_once(' ').expect("two ids");
    let [survivor, merge] = [survivor, merge].map(|text| text.parse().expect("an id"));
    let batch = build::batch(pool, live, now);
    undo_merge(pool, &batch, ProfileId(survivor), merge).unwrap_or_else(|error| panic!("{error:?}"))
}

pub fn undo(db: &TestDb, pool: &Db, live: EnvironmentId, merged: ProfileId) -> Undone {
    undo_at(db, pool, live, merged, at(NOW) + TimeDelta::days(1))
}

/// Everything in the tables of state, row by row: ids, stamps and times included, but what counts changes.
fn exactly(db: &TestDb) -> Vec<String> {
    let mut all = db.column("SELECT to_jsonb(t) - 'version' - 'updated_at' - 'search_text' FROM profiles t ORDER BY 1");
    all.extend(db.column("SELECT id || regexp_split_to_table(search_text, E'\\n') AS l FROM profiles ORDER BY 1"));
    // When an identifier was last used is not part of what is said.
    all.extend(
        db.column("SELECT 'used: ' || (to_jsonb(t) - 'last_seen_at')::text FROM profile_identifiers t ORDER BY 1"),
    );
    for table in [
        "profile_activity",
        "identifier_claims",
        "addresses",
        "devices",
        "subscriptions",
        "consents",
        "restrictions",
        "confirmations",
        "notes",
        "note_versions",
        "profile_aliases",
        "events",
        "merge_suggestions",
        "settling",
        "address_subscriptions",
        "address_restrictions",
    ] {
        all.extend(db.column(&format!("SELECT '{table}: ' || t::text FROM {table} t ORDER BY 1")));
    }
    all
}

fn profile(pool: &Db, live: EnvironmentId, key: &str) -> ProfileId {
    submit(pool, live, at(NOW), &[exists(vec![id(key)])])[0].profile.expect("somebody")
}

fn note(profile: ProfileId, change: NoteChange) -> Item {
    Item { person: Who::Profile(profile), as_of: at(NOW), statement: Statement::Note(change) }
}

fn body(text: &str) -> NoteBody {
    NoteBody::new(text).unwrap_or_else(|rule| panic!("{rule}"))
}

#[test]
fn both_are_as_they_were() {
    for (survivor, other) in [("c-1", "c-2"), ("c-2", "c-1")] {
        let (db, pool, live) = environment(1);
        submit(&pool, live, at(NOW), &two("c-1", "c-2"));
        let [survivor_id, other_id] = [survivor, other].map(|key| profile(&pool, live, key));
        let add =
            |profile, text: &str| note(profile, NoteChange::Add { id: NoteId(new_id(at(NOW))), body: body(text) });
        submit(&pool, live, at(NOW), &[add(survivor_id, "of one"), add(other_id, "of the other")]);
        let before = (exactly(&db), state(&db));
        submit(&pool, live, at(NOW), &[merged(survivor, other, NOW)]);
        assert_ne!(exactly(&db), before.0);
        assert_eq!(undo(&db, &pool, live, other_id), Undone::Restored(other_id));
        same(&exactly(&db), &before.0, &format!("{survivor} had survived"));
        same(&state(&db), &before.1, "state");
        check(&db);
        assert_eq!(undo(&db, &pool, live, other_id), Undone::Already(other_id));
        assert_eq!(
            db.number("SELECT count(*) FROM changes WHERE kind = 'merge'"),
            4,
            "both say that they were joined and that they were parted"
        );
        // And again, and back again.
        submit(&pool, live, at(NOW) + TimeDelta::days(2), &[merged(survivor, other, NOW)]);
        assert_eq!(undo_at(&db, &pool, live, other_id, at(NOW) + TimeDelta::days(3)), Undone::Restored(other_id));
        same(&exactly(&db), &before.0, "again");
    }
}

#[test]
fn a_browser_that_was_folded_in_by_itself_is_given_back() {
    let (db, pool, live) = environment(1);
    let anonymous =
        Person::known_by(Kind::Anonymous, "b-1").set("theme", "dark").event("Visit", "2026-11-02T00:00:00Z", json!({}));
    let visitor = anonymous.store(&pool, live, at(NOW));
    Person::new("c-1").store(&pool, live, at(NOW));
    let before = exactly(&db);
    submit(
        &pool,
        live,
        at(NOW),
        &[said(vec![id("c-1"), browser("b-1")], NOW, Statement::Identify(Default::default()))],
    );
    assert_eq!(undo(&db, &pool, live, visitor), Undone::Restored(visitor));
    // When it was last known to be whose is all that differs.
    let without_time = |rows: &[String]| -> Vec<String> {
        rows.iter()
            .filter(|row| !row.starts_with("identifier_claims") || !row.contains("anonymous_id"))
            .cloned()
            .collect()
    };
    same(&without_time(&exactly(&db)), &without_time(&before), "but for that");
    check(&db);
}

#[test]
fn chains_come_apart_from_the_outside_in_every_cut() {
    for cut in [1, 2, 100] {
        let (db, pool, live) = environment(1);
        submit(&pool, live, at(NOW), &two("b", "a"));
        Person::new("c").set("city", "Oslo").store(&pool, live, at(NOW));
        let [a, b] = ["a", "b"].map(|key| profile(&pool, live, key));
        submit(&pool, live, at(NOW), &[note(a, NoteChange::Add { id: NoteId(new_id(at(NOW))), body: body("of a") })]);
        let before = exactly(&db);
        let merges = [merged("b", "a", NOW), merged("c", "b", NOW)];
        let mut between = None;
        for batch in merges.chunks(cut) {
            submit(&pool, live, at(NOW), batch);
            between.get_or_insert_with(|| state(&db));
        }
        let both = state(&db);
        assert_eq!(undo(&db, &pool, live, a), Undone::MergedSince, "b is part of c");
        assert_eq!(state(&db), both);
        assert_eq!(undo(&db, &pool, live, b), Undone::Restored(b));
        if cut == 1 {
            same(&state(&db), &between.clone().expect("some"), "between");
        }
        check(&db);
        assert_eq!(undo(&db, &pool, live, a), Undone::Restored(a));
        same(&exactly(&db), &before, &format!("batches of {cut}"));
        check(&db);
    }
}

/// Made and merged in one call, as a file may say it.
#[test]
fn whoever_was_made_in_the_same_batch_is_restored_whole() {
    let stored = |cut: usize| {
        let (db, pool, live) = environment(1);
        let items = [two("c-1", "c-2"), vec![merged("c-1", "c-2", NOW)]].concat();
        for batch in items.chunks(cut) {
            submit(&pool, live, at(NOW), batch);
        }
        let other = db.one("SELECT merged_id FROM merges").parse().map(ProfileId).expect("an id");
        assert_eq!(undo(&db, &pool, live, other), Undone::Restored(other));
        check(&db);
        state(&db)
    };
    same(&stored(100), &stored(1), "at once and one by one");
}

#[test]
fn several_come_apart_in_the_order_opposite_to_theirs() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    submit(
        &pool,
        live,
        at(NOW),
        &Person::new("c-3").set("loyalty", 9).set("plan", "x").email("z@example.com").items(at(NOW)),
    );
    let [second, third] = ["c-2", "c-3"].map(|key| profile(&pool, live, key));
    let before = exactly(&db);
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[merged("c-1", "c-3", NOW)]);
    assert_eq!(undo(&db, &pool, live, third), Undone::Restored(third));
    assert_eq!(undo(&db, &pool, live, second), Undone::Restored(second));
    same(&exactly(&db), &before, "as before");
}

#[test]
fn in_any_other_order_what_is_left_is_as_if_the_merge_had_never_been() {
    let (db, pool, live) = environment(1);
    let person = |key: &str| Person::new(key).set("city", key).said_at("2026-11-10T00:00:00Z").items(at(NOW));
    submit(&pool, live, at(NOW), &[vec![exists(vec![id("c-1")])], person("c-2"), person("c-3")].concat());
    submit(&pool, live, at(NOW), &Person::new("c-4").set("other", 1).items(at(NOW)));
    let [second, third, fourth] = ["c-2", "c-3", "c-4"].map(|key| profile(&pool, live, key));
    for (hours, key) in [(1, "c-2"), (2, "c-3"), (3, "c-4")] {
        submit(&pool, live, at(NOW) + TimeDelta::hours(hours), &[merged("c-1", key, NOW)]);
    }
    let survivor =
        "SELECT attributes FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id WHERE c.value = 'c-1'";
    assert_eq!(db.one(survivor), r#"{"city": "c-2", "other": 1}"#);
    assert_eq!(undo(&db, &pool, live, second), Undone::Restored(second));
    assert_eq!(db.one(survivor), r#"{"city": "c-3", "other": 1}"#, "the next one fills the gap");
    assert_eq!(undo(&db, &pool, live, third), Undone::Restored(third));
    assert_eq!(db.one(survivor), r#"{"other": 1}"#);
    assert_eq!(undo(&db, &pool, live, fourth), Undone::Restored(fourth));
    assert_eq!(db.one(survivor), "{}");
    check(&db);
}

#[test]
fn what_changed_since_stays_where_it_is() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let [survivor, other] = ["c-1", "c-2"].map(|key| profile(&pool, live, key));
    let moved = NoteId(new_id(at(NOW)));
    submit(&pool, live, at(NOW), &[note(other, NoteChange::Add { id: moved, body: body("old text") })]);
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let later = at(NOW) + TimeDelta::hours(1);
    let since = Person::new("c-2")
        .set("loyalty", 8)
        .phone("+14155550199")
        .tag("since")
        .device("t-c-2", "Newer")
        .consent("gdpr.analytics", false)
        .wants("sms", Subscribed)
        .event("Visit", "2026-11-21T00:00:00Z", json!({"since": true}));
    submit(&pool, live, later, &since.items(later));
    submit(&pool, live, later, &[note(survivor, NoteChange::Edit { id: moved, body: body("new text"), base: 1 })]);
    let own = NoteId(new_id(at(NOW)));
    submit(&pool, live, later, &[note(other, NoteChange::Add { id: own, body: body("written since") })]);
    assert_eq!(undo(&db, &pool, live, other), Undone::Restored(other));
    let of = |question: &str, profile: ProfileId| db.column(&question.replace('$', &format!("'{profile}'")));
    let attributes = "SELECT attributes->>'loyalty' FROM profiles WHERE id = $";
    assert_eq!((of(attributes, survivor), of(attributes, other)), (vec!["8".to_owned()], vec!["7".to_owned()]));
    let phone = "SELECT address FROM addresses WHERE profile_id = $ AND channel = 'sms'";
    assert_eq!(of(phone, survivor), ["+14155550199"]);
    assert_eq!(of(phone, other), ["+14155550123"]);
    assert_eq!(of("SELECT tags FROM profiles WHERE id = $", survivor), ["{since,vip}"]);
    assert_eq!(of("SELECT tags FROM profiles WHERE id = $", other), ["{beta}"]);
    let model = "SELECT model FROM devices WHERE profile_id = $ AND token = 't-c-2'";
    assert_eq!((of(model, survivor), of(model, other)), (vec!["Newer".to_owned()], vec!["iPhone".to_owned()]));
    let given = "SELECT given FROM consents WHERE profile_id = $ AND purpose = 'gdpr.analytics'";
    assert_eq!((of(given, survivor), of(given, other)), (vec!["false".to_owned()], vec!["true".to_owned()]));
    let sms = "SELECT state FROM subscriptions WHERE profile_id = $ AND channel = 'sms'";
    assert_eq!((of(sms, survivor), of(sms, other)), (vec!["subscribed".to_owned()], vec!["pending".to_owned()]));
    let events = "SELECT occurred_at::date FROM events WHERE profile_id = $ ORDER BY 1";
    assert_eq!(of(events, survivor), ["2026-11-09", "2026-11-21"], "events since stay");
    assert_eq!(of(events, other), ["2026-10-09"]);
    let notes = "SELECT body || ' ' || version FROM notes WHERE profile_id = $ ORDER BY 1";
    assert_eq!(of(notes, other), ["new text 2"], "a note goes back as it is now");
    assert_eq!(of(notes, survivor), ["written since 1"]);
    assert_eq!(
        of("SELECT body FROM note_versions WHERE profile_id = $ ORDER BY version", other),
        ["old text", "new text"]
    );
    assert_eq!(profile(&pool, live, "c-2"), other, "their names find them again");
    check(&db);
}

#[test]
fn a_browser_that_went_to_another_since_is_not_given_back() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let other = profile(&pool, live, "c-2");
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let on_it =
        said(vec![id("c-3"), browser("b-c-2")], "2026-11-21T00:00:00Z", Statement::Identify(Default::default()));
    let third = submit(&pool, live, at(NOW), &[on_it])[0].profile;
    assert_eq!(undo(&db, &pool, live, other), Undone::Restored(other));
    check(&db);
    assert_eq!(submit(&pool, live, at(NOW), &[exists(vec![browser("b-c-2")])])[0].profile, third);
    // The restored one can be merged again all the same.
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    check(&db);
}

#[test]
fn after_thirty_days_it_is_too_late() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let other = profile(&pool, live, "c-2");
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let before = exactly(&db);
    let end = at(NOW) + TimeDelta::days(30);
    assert_eq!(undo_at(&db, &pool, live, other, end + TimeDelta::seconds(1)), Undone::TooLate);
    same(&exactly(&db), &before, "as before");
    assert_eq!(undo_at(&db, &pool, live, other, end), Undone::Restored(other));
}

#[test]
fn what_is_not_there_cannot_be_undone() {
    let (_db, pool, live) = environment(1);
    let person = profile(&pool, live, "c-1");
    let batch = build::batch(&pool, live, at(NOW));
    let undone = undo_merge(&pool, &batch, person, new_id(at(NOW))).expect("an answer");
    assert_eq!(undone, Undone::Missing);
}
