//! Saying the same again changes nothing.

use chrono::TimeDelta;
use serde_json::json;

use super::{environment, merged, undo::undo};
use crate::support::{Person, app::NOW, at, build::submit};

fn people() -> Vec<kith::ingest::Item> {
    let person = |n: u32| {
        Person::new(&format!("c-{n}"))
            .name("Priya", "Nair")
            .email(&format!("p{n}@example.com"))
            .tag("vip")
            .said_at("2026-11-01T00:00:00Z")
            .since("2025-01-01T00:00:00Z")
            .event("Order Completed", "2026-11-02T00:00:00Z", json!({"total": n}))
    };
    (1..4).flat_map(|n| person(n).items(at(NOW))).collect()
}

#[test]
fn the_same_batch_delivered_again_changes_nothing() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &people());
    let digest = || (db.digest_of_state(), db.digest(&["event_definitions"]));
    let before = digest();
    let outcomes = submit(&pool, live, at(NOW), &people());
    assert_eq!(digest(), before, "not even a version");
    assert!(outcomes.iter().all(|outcome| outcome.effect == kith::ledger::Effect::Unchanged), "{outcomes:?}");
}

#[test]
fn the_same_words_later_move_stamps_and_nothing_that_people_see() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &people());
    let seen = || {
        let mut all = db.digest(&["identifier_claims", "profile_identifiers", "events", "changes"]);
        all.extend(db.column(
            "SELECT concat_ws('|', id, name, attributes, tags, search_text, created_at, updated_at) FROM profiles ORDER BY id",
        ));
        all
    };
    let before = seen();
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &people());
    assert_eq!(seen(), before);
}

/// What the survivor keeps stays, even if the other said something else in the same moment and says it again.
#[test]
fn what_the_merged_said_again_replaces_nothing() {
    let (db, pool, live) = environment(1);
    let said =
        |key: &str, plan: &str| Person::new(key).set("plan", plan).said_at("2026-11-01T00:00:00Z").items(at(NOW));
    let plan = "SELECT attributes->>'plan' FROM profiles WHERE merged_into IS NULL";
    submit(&pool, live, at(NOW), &said("c-1", "basic"));
    let other = submit(&pool, live, at(NOW), &said("c-2", "pro"))[0].profile.expect("another");
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", "2026-11-02T00:00:00Z")]);
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &said("c-2", "pro"));
    assert_eq!(db.one(plan), "basic");
    undo(&db, &pool, live, other);
    let apart = "SELECT c.value || ' ' || (p.attributes->>'plan') FROM profiles p \
                 JOIN identifier_claims c ON c.profile_id = p.id ORDER BY 1";
    assert_eq!(db.column(apart), ["c-1 basic", "c-2 pro"]);
}

#[test]
fn deleting_what_is_not_there_leaves_a_tombstone_and_no_ledger_row() {
    let (db, pool, live) = environment(1);
    let delete = Person::new("c-1").unset("plan").said_at("2026-11-02T00:00:00Z").items(at(NOW));
    submit(&pool, live, at(NOW), &delete);
    assert_eq!(db.column("SELECT kind FROM changes ORDER BY kind"), ["created", "identifier"]);
    let late = Person::new("c-1").set("plan", "free").said_at("2026-11-01T00:00:00Z").items(at(NOW));
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &late);
    assert_eq!(db.one("SELECT attributes FROM profiles"), "{}", "the older statement comes too late");
}
