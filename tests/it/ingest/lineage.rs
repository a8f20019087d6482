//! What is said of somebody before they became one with another, whenever it arrives.

use diesel::{PgConnection, connection::SimpleConnection};
use kith::{
    db::{
        Db,
        ids::{EnvironmentId, ProfileId},
    },
    identities::{Identifier, Kind},
    ingest::{self, Item, Statement, Undone, undo_merge},
    subscriptions::SubscriptionState::{self, Subscribed, Unsubscribed},
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;

use super::{browser, check, check_on, environment, id, merged, said, same, state, state_on};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{self, submit},
    db::column,
};

const CLEAR: &str = "DELETE FROM profiles; DELETE FROM identifier_claims; DELETE FROM events; DELETE FROM changes; \
                     DELETE FROM profile_activity; DELETE FROM event_receipts; DELETE FROM settling; DELETE FROM merge_suggestions";

/// All orders of so many things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    match of {
        0 => vec![Vec::new()],
        _ => orders(of - 1)
            .into_iter()
            .flat_map(|order| {
                (0..of).map(move |place| {
                    let mut order = order.clone();
                    order.insert(place, of - 1);
                    order
                })
            })
            .collect(),
    }
}

/// The state after these statements in each order, each in a call of its own and all in one.
fn in_all_orders(
    db: &TestDb,
    pool: &Db,
    live: EnvironmentId,
    statements: &[Vec<Item>],
) -> Vec<(Vec<usize>, Vec<String>)> {
    let mut all = Vec::new();
    for order in orders(statements.len()) {
        for size in [1, statements.len()] {
            db.run(CLEAR);
            for part in order.chunks(size) {
                let items: Vec<Item> = part.iter().flat_map(|place| statements[*place].clone()).collect();
                submit(pool, live, at(NOW), &items);
            }
            check(db);
            all.push((order.clone(), state(db)));
        }
    }
    all
}

fn time(minute: usize) -> String {
    format!("2026-11-10T10:{minute:02}:00Z")
}

fn named(key: &str, name: &str, minute: usize) -> Vec<Item> {
    Person::new(key).set("first_name", name).said_at(&time(minute)).items(at(NOW))
}

fn wants(key: &str, what: SubscriptionState, minute: usize) -> Vec<Item> {
    Person::new(key).wants("email", what).said_at(&time(minute)).items(at(NOW))
}

#[test]
fn what_was_said_of_a_former_id_stays_below_what_its_survivor_said() {
    let (db, pool, live) = environment(1);
    let visitor = |minute| {
        Person::known_by(Kind::Anonymous, "b-1").set("first_name", "Old").said_at(&time(minute)).items(at(NOW))
    };
    let on =
        |minute| vec![said(vec![id("new"), browser("b-1")], &time(minute), Statement::Identify(Default::default()))];
    let stories: [(&str, Vec<Vec<Item>>, &str); 9] = [
        (
            "own wins",
            vec![named("new", "New", 0), named("old", "Old", 1), vec![merged("new", "old", &time(2))]],
            "\"New\"",
        ),
        ("a gap is filled", vec![named("old", "Old", 1), vec![merged("new", "old", &time(2))]], "\"Old\""),
        (
            "the newest of both since",
            vec![named("new", "New", 0), vec![merged("new", "old", &time(1))], named("old", "Old", 2)],
            "\"Old\"",
        ),
        ("a browser", vec![named("new", "New", 0), visitor(1), on(2)], "\"New\""),
        ("a browser of nobody", vec![visitor(1), on(2)], "\"Old\""),
        (
            "an opt-out stays",
            vec![wants("old", Unsubscribed, 0), wants("new", Subscribed, 1), vec![merged("new", "old", &time(2))]],
            "line | id:new,id:old | email |  | unsubscribed",
        ),
        (
            "but for a later answer",
            vec![wants("old", Unsubscribed, 0), vec![merged("new", "old", &time(1))], wants("new", Subscribed, 2)],
            "line | id:new,id:old | email |  | subscribed",
        ),
        (
            "a merge into somebody who was merged on",
            vec![
                named("new", "Own", 0),
                named("old", "Older", 1),
                vec![merged("new", "old", &time(2))],
                vec![merged("last", "new", &time(3))],
            ],
            "\"Own\"",
        ),
        (
            "the first of two merges says who survives",
            vec![
                named("new", "New", 0),
                named("old", "Old", 1),
                vec![merged("new", "old", &time(2))],
                vec![merged("old", "new", &time(3))],
            ],
            "\"New\"",
        ),
    ];
    for (story, statements, expected) in stories {
        for (order, state) in in_all_orders(&db, &pool, live, &statements) {
            assert!(state.iter().any(|row| row.contains(expected)), "{story}, {order:?}: {state:#?}");
            assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1, "{story}, {order:?}");
        }
    }
}

#[test]
fn what_came_late_goes_with_its_part_when_the_merge_is_undone() {
    let (db, pool, live) = environment(1);
    let attributes = |key: &str| {
        let of = "SELECT attributes FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id WHERE c.value";
        db.one(&format!("{of} = '{key}'"))
    };
    let size = |minute: usize| Person::new("old").set("size", json!(minute)).said_at(&time(minute)).items(at(NOW));
    for items in [named("new", "New", 0), named("old", "Old", 1), vec![merged("new", "old", &time(5))]] {
        submit(&pool, live, at(NOW), &items);
    }
    submit(&pool, live, at(NOW), &size(3));
    assert_eq!(attributes("old"), r#"{"size": 3, "first_name": "New"}"#, "one person");
    submit(&pool, live, at(NOW), &[named("old", "Older", 2), size(2)].concat());
    let (survivor, merge) = (db.one("SELECT profile_id FROM merges"), db.one("SELECT id FROM merges"));
    let survivor = ProfileId(survivor.parse().expect("an id"));
    let undone = undo_merge(&pool, &build::batch(&pool, live, at(NOW)), survivor, merge.parse().expect("an id"));
    assert!(matches!(undone, Ok(Undone::Restored(_))));
    assert_eq!(
        [attributes("new"), attributes("old")],
        [r#"{"first_name": "New"}"#, r#"{"size": 3, "first_name": "Older"}"#]
    );
    check(&db);
}

/// [`state`] without search texts: the addresses of parts find the survivor, too, so that those depend on who said what before which merge.
fn facts(conn: &mut PgConnection) -> Vec<String> {
    let without_words = |row: String| match row.rsplit_once(" | ") {
        Some((facts, _)) if row.starts_with("profile") => facts.to_owned(),
        _ => row,
    };
    let unfound = "SELECT a.normalised FROM addresses a JOIN profiles p ON p.environment_id = a.environment_id AND p.id = a.profile_id \
                   WHERE p.merged_into IS NULL AND a.normalised <> ALL (regexp_split_to_array(p.search_text, E'\\n'))";
    assert_eq!(column(conn, unfound), Vec::<String>::new(), "everybody is found by their addresses");
    // When a browser was last claimed decides nothing here: none changes hands.
    state_on(conn).into_iter().filter(|row| !row.starts_with("claim")).map(without_words).collect()
}

/// One of eight statements of a history.
fn statement(seed: (u8, u8, u8), minute: usize, merges: &mut usize) -> Vec<Item> {
    let (what, one, other) = seed;
    let (key, with) = (format!("c-{}", one % 4), format!("c-{}", other % 4));
    let time = time(minute);
    let person = || Person::new(&key).said_at(&time);
    let on = browser(&format!("b-{}", one % 4));
    match what % 11 {
        0 => person().set("plan", json!(minute)).items(at(NOW)),
        1 => person().set("plan", json!(minute)).set("size", json!(minute)).items(at(NOW)),
        2 => person().tag("vip").items(at(NOW)),
        3 => vec![said(vec![id(&key)], &time, Statement::Tags { add: Vec::new(), remove: vec![build::tag_of("vip")] })],
        4 => person().email(&format!("e-{}@example.com", other % 3)).items(at(NOW)),
        5 => person().wants("email", if other % 2 == 0 { Subscribed } else { Unsubscribed }).items(at(NOW)),
        6 => person().consent("gdpr.x", other % 2 == 0).unset("plan").items(at(NOW)),
        // A browser of one person alone: of a browser that changes hands the last one counts.
        7 => Person::known_by(Kind::Anonymous, &on.value).set("plan", json!(minute)).said_at(&time).items(at(NOW)),
        8 => vec![said(vec![id(&key), on], &time, Statement::Identify(Default::default()))],
        _ if key != with && *merges < 3 => {
            *merges += 1;
            vec![merged(&key, &with, &time)]
        }
        _ => person().event_with_id(&format!("m-{minute}"), "Visit", &time, json!({})).items(at(NOW)),
    }
}

/// Random histories, each said in the order of time and in random orders and cuts. Each thread has a database of its own. The histories are
/// the same in each run: a difference that another seed finds becomes a test of its own.
fn tell(histories: u32) {
    let config = || ProptestConfig {
        cases: histories / 2,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    };
    std::thread::scope(|scope| {
        for (config, seed) in [(config(), 1), (config(), 2)] {
            scope.spawn(move || {
                let (db, pool, live) = environment(1);
                let mut conn = db.connect();
                let seeds = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 2..=8);
                let orders =
                    prop::collection::vec((Just((0..9).collect::<Vec<usize>>()).prop_shuffle(), 1..4_usize), 2);
                let conn = std::cell::RefCell::new(&mut conn);
                let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
                let checked = TestRunner::new_with_rng(config, random).run(&(seeds, orders), |(seeds, orders)| {
                    let stage = &mut Stage { conn: &mut conn.borrow_mut(), pool: &pool, live };
                    ends_alike(stage, seeds, orders);
                    Ok(())
                });
                checked.unwrap_or_else(|error| panic!("{error}"));
            });
        }
    });
}

/// A database in which histories are told again and again.
struct Stage<'a> {
    conn: &'a mut PgConnection,
    pool: &'a Db,
    live: EnvironmentId,
}

impl Stage<'_> {
    /// The state after these statements of a history in this order, so many in a call.
    fn tell(&mut self, history: &[Vec<Item>], order: &[usize], size: usize) -> Vec<String> {
        self.conn.batch_execute(CLEAR).expect("it is cleared");
        for part in order.chunks(size) {
            let items: Vec<Item> = part.iter().flat_map(|place| history[*place].clone()).collect();
            ingest::submit_now(
                self.pool,
                &build::batch(self.pool, self.live, at(NOW)),
                &kith::ingest::Trust::Person,
                &items,
            )
            .unwrap_or_else(|error| panic!("{order:?} by {size}: {error:?}"));
        }
        self.state()
    }

    fn state(&mut self) -> Vec<String> {
        check_on(self.conn);
        facts(self.conn)
    }

    /// Undoes the merge that was said last, if there was one at that minute.
    fn undo(&mut self, minute: usize) -> bool {
        let said = format!("FROM merges WHERE said_at = '{}'", time(minute));
        let Some(survivor) = column(self.conn, &format!("SELECT profile_id {said}")).pop() else { return false };
        let merge = column(self.conn, &format!("SELECT id {said}")).remove(0);
        let (survivor, merge) = (survivor.parse().expect("an id"), merge.parse().expect("an id"));
        let batch = build::batch(self.pool, self.live, at(NOW));
        matches!(undo_merge(self.pool, &batch, ProfileId(survivor), merge), Ok(Undone::Restored(_)))
    }
}

/// A history in the order of time, and in other orders with their sizes of cuts. A merge at its end that is undone leaves what there is
/// without it.
fn ends_alike(stage: &mut Stage<'_>, seeds: Vec<(u8, u8, u8)>, orders: Vec<(Vec<usize>, usize)>) {
    let (mut merges, last) = (0, seeds.len());
    let ends = [seeds[0].1, seeds[last - 1].2].map(|seed| id(&format!("c-{}", seed % 4)));
    let mut history: Vec<Vec<Item>> =
        seeds.into_iter().enumerate().map(|(minute, seed)| statement(seed, minute, &mut merges)).collect();
    let all: Vec<usize> = (0..last).collect();
    let expected = stage.tell(&history, &all, 1);
    for (order, size) in &orders {
        let order: Vec<usize> = order.iter().copied().filter(|place| *place < last).collect();
        same(&stage.tell(&history, &order, *size), &expected, &format!("{order:?} by {size}"));
    }
    // Of whom only the merge speaks, nobody is left where it was not said.
    let is_there = |end: &Identifier| history.iter().flatten().any(|item| item.identifiers().any(|it| it == end));
    if ends[0] == ends[1] || !ends.iter().all(is_there) {
        return;
    }
    history.push(vec![merged(&ends[0].value, &ends[1].value, &time(last))]);
    let (order, size) = &orders[0];
    let order: Vec<usize> = order.iter().copied().filter(|place| *place <= last).collect();
    stage.tell(&history, &order, *size);
    if stage.undo(last) {
        // An event that came after the merge stays where it was stored.
        let but_events =
            |rows: Vec<String>| -> Vec<String> { rows.into_iter().filter(|row| !row.starts_with("event")).collect() };
        let what = format!("{ends:?} at {last} undone, {order:?} by {size}");
        same(&but_events(stage.state()), &but_events(expected), &what);
    }
}

/// Histories that once ended otherwise: a merge came in one call with a later one that gave somebody an identifier.
#[test]
fn a_merge_knows_what_the_same_call_joined_to_somebody_later() {
    let (db, pool, live) = environment(1);
    let stage = &mut Stage { conn: &mut db.connect(), pool: &pool, live };
    let of_two =
        [(114, 116, 0), (0, 0, 0), (0, 0, 0), (251, 194, 55), (22, 142, 0), (141, 60, 27), (101, 0, 0), (0, 89, 0)];
    ends_alike(stage, of_two.to_vec(), vec![(vec![0, 1, 4, 5, 3, 2, 7, 6], 3)]);
    let of_nobody = [(0, 0, 0), (53, 128, 13), (0, 0, 0), (55, 19, 0), (0, 0, 0), (33, 12, 0), (141, 107, 101)];
    ends_alike(stage, of_nobody.to_vec(), vec![(vec![6, 1, 2, 5, 0, 7, 8, 3, 4], 2)]);
}

/// A part that got an id late lost it to its survivor's survivor when another merge came later still.
#[test]
fn what_a_part_got_late_stays_its_own_when_merges_are_made_again() {
    let (db, pool, live) = environment(1);
    let stage = &mut Stage { conn: &mut db.connect(), pool: &pool, live };
    let seeds = [(0, 92, 0), (74, 61, 0), (0, 0, 0), (119, 54, 52), (33, 0, 0), (9, 129, 27), (66, 70, 31)];
    ends_alike(stage, seeds.to_vec(), vec![(vec![7, 8, 5, 6, 3, 2, 4, 1, 0], 1)]);
}

#[test]
fn every_order_and_every_cut_ends_as_the_order_of_time() {
    tell(200);
}

#[test]
#[ignore = "five times as long; bin/test runs it"]
fn every_order_and_every_cut_of_very_many_ends_as_the_order_of_time() {
    tell(1_000);
}
