//! Many senders at once.

use std::sync::Barrier;

use chrono::TimeDelta;
use kith::{
    db::ids::{EnvironmentId, NoteId},
    identities::{Identifier, Kind},
    ingest::{Effect, Item, Person as Who, Statement},
    notes::{NoteBody, NoteChange},
};
use serde_json::json;

use super::{environment, exists, id};
use crate::support::{Person, TestDb, app::NOW, at, build};

const SENDERS: usize = 8;

/// Runs `work` for each sender, all at the same moment.
fn at_once<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(SENDERS);
    let run = |sender| {
        barrier.wait();
        work(sender)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SENDERS).map(|sender| scope.spawn(move || run(sender))).collect::<Vec<_>>();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// One profile for each id, and claims and profiles' own lists agree.
#[track_caller]
fn check_identities(db: &TestDb, people: usize) {
    let people = i64::try_from(people).expect("few");
    assert_eq!(db.number("SELECT count(*) FROM profiles"), people);
    assert_eq!(db.number("SELECT count(*) FROM identifier_claims WHERE kind = 'id'"), people);
    let odd = "SELECT count(*) FROM (SELECT environment_id, kind, value, profile_id FROM identifier_claims) c \
               FULL JOIN (SELECT environment_id, kind, value, profile_id FROM profile_identifiers) i \
                   USING (environment_id, kind, value, profile_id) \
               LEFT JOIN profiles p ON p.id = profile_id \
               WHERE c IS NULL OR i IS NULL OR p.id IS NULL";
    assert_eq!(db.number(odd), 0, "claims without a profile's own row, or the other way round");
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'created'"), people);
    assert_eq!(
        db.number("SELECT count(*) FROM changes WHERE kind = 'identifier'"),
        db.number("SELECT count(*) FROM identifier_claims")
    );
}

#[test]
fn the_same_new_people_from_eight_senders_are_made_once() {
    let (db, pool, live) = environment(8);
    const ROUNDS: usize = 12;
    const PEOPLE: usize = 20;
    for round in 0..ROUNDS {
        let batch = build::batch(&pool, live, at(NOW) + TimeDelta::seconds(i64::try_from(round).expect("few")));
        let created: usize = at_once(|sender| {
            // Each sender names them in another order, some with a browser's id in common.
            let mut items: Vec<Item> = (0..PEOPLE)
                .map(|n| {
                    let shared = Identifier::new(Kind::Anonymous, &format!("a-{round}-{n}")).expect("an id");
                    exists(vec![id(&format!("r{round}-{n}")), shared])
                })
                .collect();
            items.rotate_left(sender * 5 % PEOPLE);
            if sender % 2 == 1 {
                items.reverse();
            }
            let outcomes = kith::ingest::submit_now(&pool, &batch, &items);
            let outcomes = outcomes.unwrap_or_else(|error| panic!("sender {sender} in round {round}: {error:?}"));
            outcomes.iter().filter(|outcome| outcome.effect == Effect::Created).count()
        })
        .into_iter()
        .sum();
        assert_eq!(created, PEOPLE, "each is made by one sender");
    }
    check_identities(&db, ROUNDS * PEOPLE);
}

#[test]
fn one_person_changed_by_eight_senders_keeps_every_change() {
    let (db, pool, live) = environment(8);
    Person::new("c-1").store(&pool, live, at(NOW));
    at_once(|sender| {
        let batch = build::batch(&pool, live, at(NOW) + TimeDelta::seconds(1));
        for n in 0..5 {
            let person = Person::new("c-1").set(&format!("a{sender}_{n}"), "x").tag(&format!("t{sender}_{n}"));
            kith::ingest::submit_now(&pool, &batch, &person.items(at(NOW)))
                .unwrap_or_else(|error| panic!("sender {sender}: {error:?}"));
        }
    });
    assert_eq!(db.one("SELECT (SELECT count(*) FROM jsonb_object_keys(attributes)) FROM profiles"), "40");
    assert_eq!(db.one("SELECT cardinality(tags) FROM profiles"), "40");
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind IN ('attribute', 'tag')"), 80);
    check_identities(&db, 1);
}

#[test]
fn new_months_names_and_sources_appear_at_the_same_time() {
    let (db, pool, live) = environment(8);
    let months: Vec<String> = (1..=12).map(|month| format!("2019-{month:02}-15T00:00:00Z")).collect();
    at_once(|sender| {
        let person = months.iter().enumerate().fold(Person::new(&format!("c-{sender}")), |person, (n, time)| {
            person.event(&format!("Event {n}"), time, json!({"sender": sender}))
        });
        // The source is made here too, by all of them.
        person.store(&pool, live, at(NOW) + TimeDelta::days(40));
    });
    assert_eq!(db.number("SELECT count(*) FROM events"), 96);
    assert_eq!(db.number("SELECT count(*) FROM event_definitions"), 12);
    assert_eq!(db.number("SELECT count(*) FROM sources"), 1);
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass";
    assert_eq!(db.number(partitions), 12);
    check_identities(&db, SENDERS);
}

#[test]
fn the_same_events_from_eight_senders_are_stored_once() {
    let (db, pool, live) = environment(8);
    at_once(|sender| {
        let mut items: Vec<Item> = (0..50)
            .map(|n| {
                let person = Person::new(&format!("c-{}", n % 7));
                let event =
                    person.event_with_id(&format!("m-{n}"), "Order Completed", "2026-11-02T00:00:00Z", json!({"n": n}));
                event.items(at(NOW)).pop().expect("an event")
            })
            .collect();
        items.rotate_left(sender * 6);
        build::submit(&pool, EnvironmentId(live.0), at(NOW), &items);
    });
    assert_eq!(db.number("SELECT count(*) FROM events"), 50);
    check_identities(&db, 7);
}

#[test]
fn of_eight_edits_of_one_text_one_wins_and_the_others_are_told() {
    let (db, pool, live) = environment(8);
    let profile = Person::new("c-1").store(&pool, live, at(NOW));
    let body = |text: &str| NoteBody::new(text).unwrap_or_else(|rule| panic!("{rule}"));
    let note = NoteId(kith::db::ids::new_id(at(NOW)));
    let say = |sender: usize, change: NoteChange| {
        let batch = build::batch(&pool, live, at(NOW) + TimeDelta::seconds(i64::try_from(sender).expect("few")));
        let item = Item { person: Who::Profile(profile), as_of: at(NOW), statement: Statement::Note(change) };
        let outcomes = kith::ingest::submit_now(&pool, &batch, &[item]);
        outcomes.unwrap_or_else(|error| panic!("sender {sender}: {error:?}"))[0].effect
    };
    let effects = at_once(|sender| say(sender, NoteChange::Add { id: note, body: body("one form, sent eight times") }));
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::Changed).count(), 1, "{effects:?}");
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Changed | Effect::Unchanged)), "{effects:?}");
    let effects =
        at_once(|sender| say(sender, NoteChange::Edit { id: note, body: body(&format!("by {sender}")), base: 1 }));
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::Changed).count(), 1, "{effects:?}");
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::Conflict).count(), SENDERS - 1, "{effects:?}");
    assert_eq!(db.number("SELECT count(*) FROM note_versions"), 2);
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'note'"), 2);
}

#[test]
fn of_eight_people_on_one_new_browser_one_takes_it_over() {
    let (db, pool, live) = environment(8);
    const ROUNDS: usize = 40;
    for round in 0..ROUNDS {
        let browser = Identifier::new(Kind::Anonymous, &format!("b-{round}")).expect("an id");
        let batch = build::batch(&pool, live, at(NOW) + TimeDelta::seconds(i64::try_from(round).expect("few")));
        kith::ingest::submit_now(&pool, &batch, &[exists(vec![browser.clone()])]).expect("an anonymous profile");
        at_once(|sender| {
            let item = exists(vec![id(&format!("r{round}-{sender}")), browser.clone()]);
            kith::ingest::submit_now(&pool, &batch, &[item])
                .unwrap_or_else(|error| panic!("sender {sender}: {error:?}"));
        });
    }
    let crowded = "SELECT count(*) FROM (SELECT FROM identifier_claims WHERE kind = 'id' GROUP BY profile_id HAVING count(*) > 1) c";
    assert_eq!(db.number(crowded), 0, "one id for each profile");
    check_identities(&db, ROUNDS * SENDERS);
}
