//! Many senders at once.

use std::sync::Barrier;

use chrono::TimeDelta;
use kith::{
    clock::Clock,
    db::ids::{EnvironmentId, NoteId},
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who, Statement},
    ledger::Effect,
    notes::{NoteBody, NoteChange},
};
use serde_json::json;

use super::{browser, check, environment, erased, exists, id, merged, said, state};
use crate::support::{Person, TestDb, app::NOW, at, build};

const SENDERS: usize = 8;

/// Runs `work` for each sender, all at the same moment.
pub fn at_once<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
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
            let outcomes = kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &items);
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
            kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &person.items(at(NOW)))
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
        let outcomes = kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &[item]);
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
        kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &[exists(vec![browser.clone()])])
            .expect("an anonymous profile");
        at_once(|sender| {
            let item = exists(vec![id(&format!("r{round}-{sender}")), browser.clone()]);
            kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &[item])
                .unwrap_or_else(|error| panic!("sender {sender}: {error:?}"));
        });
    }
    let crowded = "SELECT count(*) FROM (SELECT FROM identifier_claims WHERE kind = 'id' GROUP BY profile_id HAVING count(*) > 1) c";
    assert_eq!(db.number(crowded), 0, "one id for each profile");
    check_identities(&db, ROUNDS * SENDERS);
}

/// Nobody with two ids unless they were merged, nothing where nobody is, and none of it under those who are gone.
#[track_caller]
fn settled(db: &TestDb, pool: &kith::db::Db) {
    for _ in 0..3 {
        kith::ingest::settle_now(pool, &Clock::fixed(at(NOW))).unwrap_or_else(|error| panic!("{error:?}"));
    }
    check(db);
    let twice =
        "SELECT kind, value, count(*) FROM identifier_claims GROUP BY environment_id, kind, value HAVING count(*) > 1";
    assert_eq!(db.column(&format!("SELECT value FROM ({twice}) t")), Vec::<String>::new());
}

/// Sends each item by itself, from eight senders at once, each beginning elsewhere.
fn race(pool: &kith::db::Db, live: EnvironmentId, round: i64, items: &[Item], size: usize) {
    let batch = build::batch(pool, live, at(NOW) + TimeDelta::seconds(round));
    at_once(|sender| {
        let mut items = items.to_vec();
        let step = sender * 3 % items.len();
        items.rotate_left(step);
        if sender % 2 == 1 {
            items.reverse();
        }
        for items in items.chunks(size) {
            kith::ingest::submit_now(pool, &batch, &kith::ingest::Trust::Person, items)
                .unwrap_or_else(|error| panic!("sender {sender} in round {round}: {error:?}"));
        }
    });
}

#[test]
fn two_are_merged_in_both_directions_while_both_are_spoken_of() {
    let (db, pool, live) = environment(8);
    for round in 0..8_i64 {
        let [one, other] = ["x", "y"].map(|key| format!("{key}-{round}"));
        for key in [&one, &other] {
            Person::new(key).email(&format!("{key}@example.com")).store(&pool, live, at(NOW));
        }
        let mut items = vec![merged(&one, &other, NOW), merged(&other, &one, NOW)];
        for key in [&one, &other] {
            items.extend(
                Person::new(key).set(&format!("of-{key}"), round).device(&format!("t-{key}"), "x").items(at(NOW)),
            );
            let event = Person::new(key).event_with_id(&format!("m-{key}"), "Visit", "2026-11-02T00:00:00Z", json!({}));
            items.extend(event.items(at(NOW)).pop());
        }
        race(&pool, live, round, &items, 1 + usize::try_from(round).expect("few") % 3);
    }
    settled(&db, &pool);
    assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 8);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 8);
    assert_eq!(db.number("SELECT count(*) FROM events"), 16, "each event once");
    assert_eq!(
        db.number("SELECT count(*) FROM profiles p, jsonb_object_keys(p.attributes) WHERE merged_into IS NULL"),
        16,
        "nothing that was said is lost"
    );
    assert_eq!(
        db.number("SELECT count(*) FROM devices d JOIN profiles p ON p.id = d.profile_id AND merged_into IS NULL"),
        16
    );
}

#[test]
fn chains_that_eight_senders_tie_are_one_person_each() {
    let (db, pool, live) = environment(8);
    for round in 0..4_i64 {
        let key = |n: usize| format!("k-{round}-{n}");
        submit_all(&pool, live, (0..6).map(|n| exists(vec![id(&key(n))])).collect());
        let items: Vec<Item> = (0..6).map(|n| merged(&key(n), &key((n + 1) % 6), NOW)).collect();
        race(&pool, live, round, &items, 2);
    }
    settled(&db, &pool);
    assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 4);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 20);
    assert_eq!(
        db.number(
            "SELECT count(*) FROM profile_aliases a JOIN profiles p ON p.id = a.profile_id AND merged_into IS NULL"
        ),
        20
    );
}

fn submit_all(pool: &kith::db::Db, live: EnvironmentId, items: Vec<Item>) {
    build::submit(pool, live, at(NOW), &items);
}

#[test]
fn visitors_who_become_somebody_for_eight_senders_at_once() {
    let (db, pool, live) = environment(8);
    for round in 0..8_i64 {
        let people = |n: usize| id(&format!("v-{round}-{n}"));
        let on = |n: usize| browser(&format!("b-{round}-{n}"));
        let mut items: Vec<Item> = (0..4).map(|n| exists(vec![on(n)])).collect();
        for n in 0..4_usize {
            let time = format!("2026-11-{:02}T00:00:00Z", n + 2);
            let event = build::event(&format!("m-{round}-{n}"), "Visit", &time, json!({}));
            items.push(said(vec![people(n % 2), on(n)], &time, Statement::Event(event)));
            let theirs = build::event(&format!("a-{round}-{n}"), "Visit", &time, json!({}));
            items.push(said(vec![on(n)], &time, Statement::Event(theirs)));
        }
        // Both of them use the first.
        items.push(said(vec![people(1), on(0)], NOW, Statement::Identify(Default::default())));
        race(&pool, live, round, &items, 1 + usize::try_from(round).expect("few") % 4);
    }
    settled(&db, &pool);
    assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 16);
    assert_eq!(
        db.number("SELECT count(*) FROM events e JOIN profiles p ON p.id = e.profile_id AND merged_into IS NULL"),
        db.number("SELECT count(*) FROM events")
    );
    let owner = "SELECT count(*) FROM identifier_claims c JOIN identifier_claims i ON i.profile_id = c.profile_id AND i.kind = 'id' \
                 WHERE c.kind = 'anonymous_id' AND c.value LIKE 'b-%-0' AND i.value LIKE 'v-%-1'";
    assert_eq!(db.number(owner), 8, "who was there last has the browser");
    let crowded = "SELECT count(*) FROM (SELECT FROM identifier_claims WHERE kind = 'id' GROUP BY profile_id HAVING count(*) > 1) c";
    assert_eq!(db.number(crowded), 0, "one id for each profile");
}

#[test]
fn people_are_erased_while_others_speak_of_them() {
    let (db, pool, live) = environment(8);
    for round in 0..10_i64 {
        let key = format!("e-{round}");
        if round % 2 == 0 {
            Person::new(&key).also(Kind::Anonymous, &format!("b-{key}")).store(&pool, live, at("2026-11-01T00:00:00Z"));
        }
        let old = Person::new(&key).set("plan", "old").said_at("2026-11-05T00:00:00Z");
        let mut items =
            old.event_with_id(&format!("m-{key}"), "Visit", "2026-11-05T00:00:00Z", json!({})).items(at(NOW));
        items.push(erased(vec![id(&key)], "2026-11-10T00:00:00Z", false));
        items.push(said(
            vec![browser(&format!("b-{key}")), id(&key)],
            "2026-11-06T00:00:00Z",
            Statement::Identify(Default::default()),
        ));
        race(&pool, live, round, &items, 1);
    }
    settled(&db, &pool);
    assert_eq!(state(&db).iter().filter(|row| !row.starts_with("erased")).count(), 0, "{:#?}", state(&db));
    // And what is newer is kept.
    let items: Vec<Item> = (0..10)
        .flat_map(|round| {
            Person::new(&format!("e-{round}")).set("plan", "new").said_at("2026-11-11T00:00:00Z").items(at(NOW))
        })
        .collect();
    race(&pool, live, 20, &items, 3);
    settled(&db, &pool);
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 10);
}
