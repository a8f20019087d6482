//! What a writer adds to somebody who is just being merged or erased.

use chrono::TimeDelta;
use kith::{clock::Clock, ingest::settle_now};
use serde_json::json;

use super::{check, environment, erased, exists, id, merged};
use crate::support::{Person, TestDb, app::NOW, at, build::submit};

/// An event as a writer would still store it who looked the person up before.
fn straggle(db: &TestDb, profile: &str, minute: u32) {
    db.run(&format!(
        "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
         SELECT 1, '{profile}', '2026-11-02T00:{minute:02}:00Z', gen_random_uuid(), d.id, '2026-11-22Z', 1, '{{}}' FROM event_definitions d; \
         INSERT INTO profile_activity (environment_id, profile_id, first_seen_at, last_seen_at) \
         VALUES (1, '{profile}', '2026-11-02Z', '2026-11-21Z') ON CONFLICT DO NOTHING"
    ));
}

#[test]
fn it_follows_to_the_survivor_or_goes() {
    let (db, pool, live) = environment(1);
    let people = ["a", "b", "c", "gone"].map(|key| {
        Person::new(key).event("Visit", "2026-11-02T00:00:00Z", json!({})).store(&pool, live, at(NOW)).to_string()
    });
    let items = [merged("b", "a", NOW), merged("c", "b", NOW), erased(vec![id("gone")], NOW, false)];
    submit(&pool, live, at(NOW), &items);
    let clock = Clock::fixed(at(NOW));
    assert_eq!(settle_now(&pool, &clock).expect("settled"), 0);
    for (minute, profile) in [(1, &people[0]), (2, &people[1]), (3, &people[3])] {
        straggle(&db, profile, minute);
    }
    // Likewise somebody who merges them, or writes to them.
    db.run(&format!(
        "INSERT INTO changes SELECT (jsonb_populate_record(c, jsonb_build_object('profile_id', '{0}', 'id', gen_random_uuid()))).* \
         FROM changes c WHERE kind = 'created' LIMIT 1; \
         INSERT INTO message_steps VALUES (1, '{0}', gen_random_uuid(), gen_random_uuid(), 'queued', '2026-11-22Z', 0, NULL, NULL, true)",
        people[3]
    ));
    assert!(settle_now(&pool, &clock).expect("settled") >= 5);
    let left = format!("SELECT kind FROM changes WHERE profile_id = '{}'", people[3]);
    assert_eq!(db.column(&left), ["erased"]);
    assert_eq!(db.number("SELECT count(*) FROM message_steps"), 0);
    let of = "SELECT concat_ws(' ', profile_id, coalesce(via, profile_id)) FROM events ORDER BY occurred_at, 1";
    assert_eq!(db.column(of).len(), 5);
    assert_eq!(
        db.column(&format!("{of} OFFSET 3")),
        [&people[0], &people[1]].map(|via| format!("{} {via}", people[2]))
    );
    check(&db);
    assert_eq!(db.number("SELECT count(*) FROM settling"), 3, "more may come");
    clock.advance(TimeDelta::minutes(3));
    straggle(&db, &people[0], 4);
    settle_now(&pool, &clock).expect("settled");
    check(&db);
    settle_now(&pool, &clock).expect("settled");
    assert_eq!(db.number("SELECT count(*) FROM settling"), 0);
}

#[test]
fn however_many_were_merged() {
    let (db, pool, live) = environment(1);
    let made: Vec<_> = (0..2300).map(|n| exists(vec![id(&format!("x-{n}"))])).collect();
    let last = submit(&pool, live, at(NOW), &made).last().and_then(|outcome| outcome.profile).expect("one").to_string();
    Person::new("c").event("Visit", "2026-11-02T00:00:00Z", json!({})).store(&pool, live, at(NOW));
    let merges: Vec<_> = (0..2300).map(|n| merged("c", &format!("x-{n}"), NOW)).collect();
    submit(&pool, live, at(NOW), &merges);
    straggle(&db, &last, 1);
    let clock = Clock::fixed(at(NOW));
    assert_eq!(settle_now(&pool, &clock).expect("settled"), 1);
    check(&db);
    clock.advance(TimeDelta::minutes(3));
    settle_now(&pool, &clock).expect("settled");
    assert_eq!(db.number("SELECT count(*) FROM settling"), 0);
}
