//! One batch or many: joins, browsers that change hands and erasures included.

use kith::{
    db::{Db, ids::EnvironmentId},
    identities::{Address, Channel, Kind},
    ingest::{self, Item, Person as Who, Statement},
    ledger,
    subscriptions::SubscriptionState::{Subscribed, Unsubscribed},
};
use proptest::prelude::*;
use serde_json::json;

use super::{browser, check, environment, erased, exists, id, merged, said, same, state};
use crate::support::{Person, app::NOW, at, build};

/// Items about few people, so that they meet.
fn item(seed: (u8, u8, u8, u8)) -> Vec<Item> {
    let (what, one, other, day) = seed;
    let time = format!("2026-11-{:02}T{:02}:00:00Z", day % 20 + 1, what % 24);
    let (key, with) = (format!("c-{}", one % 4), format!("c-{}", other % 4));
    let on = browser(&format!("b-{}", other % 3));
    let person = || Person::new(&key).said_at(&time);
    let reached = |statement| {
        let address = Address::new(Channel::Email, &format!("e-{}@example.com", other % 3)).expect("an address");
        Item { person: Who::of_email(address).expect("a person"), as_of: at(&time), statement }
    };
    match what % 15 {
        0 => person().set("plan", json!(day)).set(&format!("own-{one}"), 1).items(at(NOW)),
        1 => person().tag(&format!("t-{}", other % 3)).email(&format!("e-{}@example.com", other % 3)).items(at(NOW)),
        2 => person().device(&format!("d-{}", other % 2), &format!("m-{day}")).items(at(NOW)),
        3 => person().wants("email", if other % 2 == 0 { Subscribed } else { Unsubscribed }).items(at(NOW)),
        4 => person().consent("gdpr.x", other % 2 == 0).consent("ccpa.y", day % 2 == 0).items(at(NOW)),
        5 => Person::known_by(Kind::Anonymous, &on.value).set("theme", json!(day)).said_at(&time).items(at(NOW)),
        6 | 7 => vec![said(vec![id(&key), on], &time, Statement::Identify(ingest::Identify::default()))],
        8 => person().event_with_id(&format!("m-{what}-{one}-{day}"), "Visit", &time, json!({})).items(at(NOW)),
        9 => vec![said(
            vec![on],
            &time,
            Statement::Event(build::event(&format!("a-{one}-{day}"), "Visit", &time, json!({}))),
        )],
        10 if key != with => vec![merged(&key, &with, &time)],
        11 if day % 3 == 0 => vec![erased(vec![id(&key)], &time, false)],
        12 => vec![reached(Statement::Event(build::event(&format!("r-{one}-{day}"), "Visit", &time, json!({}))))],
        13 => person().email(&format!("e-{}@example.com", other % 3)).set("plan", json!(day)).items(at(NOW)),
        14 => {
            let said =
                Person::new("x").email(&format!("e-{}@example.com", day % 3)).set("by", json!(one)).items(at(NOW));
            said.into_iter().map(|item| reached(item.statement)).collect()
        }
        _ => vec![exists(vec![id(&key)])],
    }
}

/// Forgets everybody.
const CLEAR: &str = "DELETE FROM profiles; DELETE FROM identifier_claims; DELETE FROM events; DELETE FROM event_receipts; DELETE FROM changes; \
                     DELETE FROM profile_activity; DELETE FROM settling; DELETE FROM erasures; DELETE FROM merge_suggestions; \
                     DELETE FROM address_subscriptions";

/// All of one call at one moment, in batches of these sizes.
fn send(pool: &Db, live: EnvironmentId, items: &[Item], cuts: &[usize]) {
    let whole = build::batch(pool, live, at(NOW));
    let (mut before, mut cuts) = (0, cuts.iter().cycle());
    while before < items.len() {
        let end = (before + cuts.next().copied().unwrap_or(1).max(1)).min(items.len());
        let batch = ledger::Batch { before, ..whole.clone() };
        ingest::submit_now(pool, &batch, &kith::ingest::Trust::Person, &items[before..end])
            .unwrap_or_else(|error| panic!("stored: {error:?}"));
        before = end;
    }
}

#[test]
fn the_same_items_in_one_batch_or_in_many() {
    let seeds = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()), 2..40);
    let cuts = prop::collection::vec(1..8_usize, 1..4);
    let config =
        ProptestConfig { cases: 30, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let (db, pool, _) = environment(1);
    let checked = runner.run(&(seeds, cuts), |(seeds, cuts)| {
        let items: Vec<Item> = seeds.into_iter().flat_map(item).collect();
        let mut found = Vec::new();
        for cuts in [vec![1], vec![items.len()], cuts] {
            db.run(CLEAR);
            send(&pool, EnvironmentId(1), &items, &cuts);
            check(&db);
            found.push(state(&db));
        }
        same(&found[1], &found[0], "at once, and one by one");
        same(&found[2], &found[0], "in batches, and one by one");
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn two_erasures_of_what_became_one_person_are_as_if_each_came_alone() {
    let (db, pool, live) = environment(1);
    let items = [
        merged("c-3", "c-1", "2026-11-01T22:00:00Z"),
        erased(vec![id("c-1")], "2026-11-04T11:00:00Z", false),
        erased(vec![id("c-3")], "2026-11-10T11:00:00Z", false),
    ];
    let after = |cuts: &[usize]| {
        db.run("DELETE FROM profiles; DELETE FROM identifier_claims; DELETE FROM changes; DELETE FROM erasures");
        send(&pool, live, &items, cuts);
        // What is said later than the erasure of `c-1` alone starts anew.
        let late = Person::new("c-1").set("plan", "new").said_at("2026-11-07T00:00:00Z").items(at(NOW));
        send(&pool, live, &late, &[1]);
        assert_eq!(db.number("SELECT count(*) FROM profiles"), 1);
        state(&db)
    };
    let (one_by_one, at_once) = (after(&[1]), after(&[3]));
    same(&at_once, &one_by_one, "at once, and one by one");
}

/// What was said is told once, however often it is sent. (A visit on a browser that changed hands since is its new owner's.)
#[test]
fn sent_again_nothing_breaks() {
    let items: Vec<Item> = (0..60_u8).flat_map(|n| item((n.wrapping_mul(7) % 11, n / 3, n / 2, n))).collect();
    let (db, pool, live) = environment(1);
    send(&pool, live, &items, &[7]);
    check(&db);
    let events = || db.number("SELECT count(DISTINCT id) FROM events");
    let before = events();
    let whole = build::batch(&pool, live, at(NOW));
    for _ in 0..2 {
        ingest::submit_now(&pool, &whole, &kith::ingest::Trust::Person, &items)
            .unwrap_or_else(|error| panic!("stored: {error:?}"));
        check(&db);
    }
    assert_eq!(events(), before);
}

/// Whoever has an address, or lost it, in the batch that names them by it.
#[test]
fn people_named_by_an_address_are_the_same_at_once_and_one_by_one() {
    let email = |who: &str, email: &str, day: u8| {
        Person::new(who).email(email).said_at(&format!("2026-11-{day:02}T00:00:00Z")).items(at(NOW))
    };
    let by_email = |email: &str| {
        let person = Who::of_email(Address::new(Channel::Email, email).expect("an address")).expect("a person");
        let seen = build::event(&format!("m-{email}"), "Seen", "2026-11-09T00:00:00Z", json!({}));
        vec![Item { person, as_of: at(NOW), statement: Statement::Event(seen) }]
    };
    let [a, b] = ["a@example.com", "b@example.com"];
    let (db, pool, live) = environment(1);
    let cases = [
        [email("42", a, 1), email("42", b, 2), by_email(a)],
        [email("42", a, 2), email("42", b, 1), by_email(a)],
        [email("42", a, 1), vec![merged("43", "42", "2026-11-03T00:00:00Z")], by_email(a)],
        [
            [email("42", a, 1), email("43", b, 1)].concat(),
            vec![merged("43", "42", "2026-11-03T00:00:00Z")],
            by_email(a),
        ],
        [email("42", a, 1), email("43", a, 1), by_email(a)],
        [by_email(a), email("42", a, 1), by_email(a)],
        [by_email(a), email(a, b, 1), by_email(b)],
    ];
    for (case, items) in cases.iter().enumerate() {
        let items = items.concat();
        for known in [0, 1] {
            let found = [1, items.len()].map(|size| {
                db.run(CLEAR);
                send(&pool, live, &items[..known], &[1]);
                send(&pool, live, &items, &[size]);
                check(&db);
                state(&db)
            });
            same(&found[1], &found[0], &format!("case {case}, {known} known"));
        }
    }
}
