//! Whose identifiers these are.

use kith::{
    identities::{Identifier, Kind},
    ingest::{Item, Outcome},
};
use serde_json::json;

use super::{environment, exists, id};
use crate::support::{Person, app::NOW, at, build::submit};

fn browser(value: &str) -> Identifier {
    Identifier::new(Kind::Anonymous, value).unwrap_or_else(|wrong| panic!("{wrong}"))
}

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
