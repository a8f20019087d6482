//! Whose identifiers these are.

use kith::{
    identities::{Identifier, Kind},
    ingest::Item,
    ledger::{Effect, Outcome},
};
use serde_json::json;

use super::{browser, check, environment, exists, id, said, same, state};
use crate::support::{Person, app::NOW, at, build::submit};

fn profiles(outcomes: &[Outcome]) -> Vec<kith::db::ids::ProfileId> {
    outcomes.iter().map(|outcome| outcome.profile.expect("somebody")).collect()
}

/// Ids of each profile: never more than one.
const CROWDED: &str =
    "SELECT profile_id FROM identifier_claims WHERE kind = 'id' GROUP BY profile_id HAVING count(*) > 1";

#[test]
fn a_browser_becomes_the_person_who_signs_in_on_it() {
    let (db, pool, live) = environment(1);
    let said = [exists(vec![browser("b-1")]), exists(vec![id("c-1"), browser("b-1")]), exists(vec![id("c-1")])];
    for batches in [said.chunks(1), said.chunks(3)] {
        let found: Vec<_> = batches.flat_map(|items| profiles(&submit(&pool, live, at(NOW), items))).collect();
        assert!(found.iter().all(|profile| *profile == found[0]), "{found:?}");
    }
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 1);
}

/// A shared computer: the second person is somebody else, whatever was known of the browser.
#[test]
fn two_people_on_one_browser_stay_two() {
    let said = |n: u32| -> [Item; 2] {
        [
            exists(vec![id(&format!("c-{n}")), browser(&format!("b-{n}"))]),
            exists(vec![id(&format!("d-{n}")), browser(&format!("b-{n}"))]),
        ]
    };
    let (db, pool, live) = environment(1);
    for (n, size) in [(1, 1), (2, 2)] {
        let outcomes: Vec<_> = said(n).chunks(size).flat_map(|items| submit(&pool, live, at(NOW), items)).collect();
        assert_ne!(outcomes[0].profile, outcomes[1].profile, "in batches of {size}");
    }
    assert_eq!(db.column(CROWDED), Vec::<String>::new(), "one id for each profile");
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 4);
}

#[test]
fn what_somebody_does_on_the_browser_of_another_is_theirs() {
    let (db, pool, live) = environment(1);
    let visit = |key: &str| {
        let person = Person::new(key).also(Kind::Anonymous, "b-1");
        person.event("Visit", "2026-11-02T00:00:00Z", json!({"who": key})).items(at(NOW)).pop().expect("an event")
    };
    for key in ["c-1", "c-2", "c-1"] {
        submit(&pool, live, at(NOW), &[visit(key)]);
    }
    let told = "SELECT concat_ws(' ', c.value, e.properties->>'who') FROM events e \
                JOIN identifier_claims c ON c.profile_id = e.profile_id AND c.kind = 'id' ORDER BY 1";
    assert_eq!(db.column(told), ["c-1 c-1", "c-2 c-2"]);
}

#[test]
fn an_email_is_shared_without_making_two_people_one() {
    let (db, pool, live) = environment(1);
    let people = ["c-1", "c-2"].map(|key| Person::new(key).email("home@example.com").store(&pool, live, at(NOW)));
    assert_ne!(people[0], people[1]);
    assert_eq!(db.number("SELECT count(*) FROM addresses WHERE normalised = 'home@example.com'"), 2);
}

#[test]
fn equal_values_of_different_kinds_are_different() {
    let (_db, pool, live) = environment(1);
    let (a, b) = (exists(vec![id("42")]), exists(vec![browser("42")]));
    let found = profiles(&submit(&pool, live, at(NOW), &[a, b]));
    assert_ne!(found[0], found[1]);
}

#[test]
fn two_known_people_in_one_message_are_not_joined() {
    let (db, pool, live) = environment(1);
    let first = profiles(&submit(
        &pool,
        live,
        at(NOW),
        &[exists(vec![id("c-1"), browser("b-1")]), exists(vec![id("c-2"), browser("b-2")])],
    ));
    let both = profiles(&submit(&pool, live, at(NOW), &[exists(vec![id("c-1"), browser("b-2")])]));
    assert_eq!(both, first[..1], "the strongest identifier decides");
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 2);
    assert_eq!(db.column(CROWDED), Vec::<String>::new());
}

/// A visit on a browser at a day of November.
fn visit(identifiers: Vec<Identifier>, day: u32) -> Item {
    let time = format!("2026-11-{day:02}T00:00:00Z");
    let event = crate::support::build::event(&format!("v-{day}"), "Visit", &time, json!({}));
    said(identifiers, &time, kith::ingest::Statement::Event(event))
}

#[test]
fn a_browser_is_folded_into_the_person_in_every_order() {
    let anonymous = || Person::known_by(Kind::Anonymous, "b-1").set("theme", "dark").tag("visitor").items(at(NOW));
    let known = || Person::new("c-1").set("plan", "pro").email("a@example.com").items(at(NOW));
    let both = || vec![visit(vec![browser("b-1"), id("c-1")], 5)];
    let event = || vec![visit(vec![browser("b-1")], 3)];
    let parts: [&dyn Fn() -> Vec<Item>; 4] = [&anonymous, &known, &both, &event];
    let mut expected: Option<Vec<String>> = None;
    for order in [[0, 1, 2, 3], [1, 0, 2, 3], [2, 1, 0, 3], [3, 2, 1, 0], [1, 3, 0, 2], [0, 3, 2, 1], [2, 3, 0, 1]] {
        let (db, pool, live) = environment(1);
        for place in order {
            // Each says when it was true, so that the order of arrival is not what decides.
            let items: Vec<Item> =
                parts[place]().into_iter().map(|item| Item { as_of: at("2026-11-05T00:00:00Z"), ..item }).collect();
            submit(&pool, live, at(NOW), &items);
        }
        check(&db);
        let found = state(&db);
        assert!(found.iter().any(|row| row.starts_with("profile | anonymous_id:b-1,id:c-1 | ")), "{found:#?}");
        same(&found, expected.get_or_insert_with(|| found.clone()), &format!("{order:?}"));
    }
    assert!(expected.expect("some").iter().filter(|row| row.starts_with("event")).count() == 2);
}

#[test]
fn the_browser_comes_first_in_the_message_and_is_still_folded() {
    let (db, pool, live) = environment(1);
    let items = [exists(vec![browser("b-1")]), exists(vec![browser("b-2")])];
    submit(&pool, live, at(NOW), &items);
    submit(&pool, live, at(NOW), &[exists(vec![browser("b-1"), browser("b-2"), id("c-1")])]);
    assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1);
    check(&db);
}

/// Who is on a shared browser is who used it last, not who was heard of last.
#[test]
fn a_shared_browser_is_whose_it_was_last_in_every_order() {
    let days = [(id("c-1"), 2), (id("c-2"), 4), (id("c-1"), 6), (id("c-3"), 5)];
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 2, 0, 3], [2, 0, 3, 1], [0, 2, 3, 1]];
    for (with_visitor, cut) in [(false, 1), (false, 4), (true, 1), (true, 5)] {
        for order in orders {
            let (db, pool, live) = environment(1);
            let mut items: Vec<Item> =
                order.iter().map(|place| visit(vec![days[*place].0.clone(), browser("b-1")], days[*place].1)).collect();
            if with_visitor {
                // Heard of first, though it came last.
                items.insert(0, exists(vec![browser("b-1")]));
                items[0].as_of = at("2026-11-20T00:00:00Z");
            }
            for batch in items.chunks(cut) {
                submit(&pool, live, at(NOW), batch);
            }
            let owner = "SELECT i.value FROM identifier_claims c JOIN identifier_claims i ON i.profile_id = c.profile_id \
                         AND i.kind = 'id' WHERE c.kind = 'anonymous_id'";
            assert_eq!(db.one(owner), "c-1", "{order:?} in batches of {cut}, visitor {with_visitor}");
            let claimed = "SELECT claimed_at::date FROM identifier_claims WHERE kind = 'anonymous_id'";
            assert_eq!(db.one(claimed), "2026-11-06", "{order:?} in batches of {cut}, visitor {with_visitor}");
            check(&db);
        }
    }
}

#[test]
fn a_visitor_who_becomes_somebody_and_leaves_the_browser_to_another_at_once() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[exists(vec![browser("b-1")]), exists(vec![id("c-1")])]);
    let both = [visit(vec![id("c-1"), browser("b-1")], 5), visit(vec![id("c-2"), browser("b-1")], 6)];
    let outcomes = submit(&pool, live, at(NOW), &both);
    assert_eq!(outcomes[1].effect, Effect::Created);
    let owner = db.one("SELECT profile_id FROM identifier_claims WHERE kind = 'anonymous_id'");
    assert_eq!(Some(owner), outcomes[1].profile.map(|profile| profile.to_string()));
    check(&db);
}

#[test]
fn what_is_said_by_email_alone_is_about_who_was_here_last() {
    let (_db, pool, live) = environment(1);
    let person = |key: &str, kind: Kind, value: &str, day: u32| {
        let known = Person::new(key).also(kind, value);
        known.event("Visit", &format!("2026-11-{day:02}T00:00:00Z"), json!({})).store(&pool, live, at(NOW))
    };
    let early = person("c-1", Kind::Email, "a@example.com", 2);
    let late = person("c-2", Kind::Phone, "+14155550123", 9);
    let both = || Person::known_by(Kind::Email, "a@example.com").also(Kind::Phone, "+14155550123");
    assert_eq!(both().store(&pool, live, at(NOW)), late);
    person("c-1", Kind::Email, "a@example.com", 12);
    assert_eq!(both().store(&pool, live, at(NOW)), early);
}
