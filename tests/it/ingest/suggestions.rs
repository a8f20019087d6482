//! Two known people who look like one are never joined by themselves.

use chrono::TimeDelta;
use kith::{
    identities::Kind,
    ingest::{Merge, Statement},
    ledger::Effect,
};

use super::{check, environment, exists, id, merged, said};
use crate::support::{Person, TestDb, app::NOW, at, build::submit};

fn suggested(db: &TestDb) -> Vec<String> {
    let name = |column: &str| {
        format!(
            "(SELECT value FROM identifier_claims c WHERE c.profile_id = s.{column} AND kind = 'id' ORDER BY value LIMIT 1)"
        )
    };
    let (one, other) = (name("profile_id"), name("other_id"));
    db.column(&format!(
        "SELECT concat_ws(' ', least({one}, {other}), greatest({one}, {other}), kind, value) FROM merge_suggestions s ORDER BY 1"
    ))
}

#[test]
fn the_email_of_one_is_the_id_of_another() {
    for with_id_first in [true, false] {
        for cut in [1, 2] {
            let (db, pool, live) = environment(1);
            let mut items = vec![exists(vec![id("ann@example.com")])];
            items.extend(Person::new("c-1").email("ann@example.com").items(at(NOW)));
            if !with_id_first {
                items.reverse();
            }
            for batch in items.chunks(cut) {
                submit(&pool, live, at(NOW), batch);
            }
            assert_eq!(suggested(&db), ["ann@example.com c-1 email ann@example.com"], "{with_id_first} {cut}");
            assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 2, "never a merge");
            check(&db);
        }
    }
}

#[test]
fn whoever_has_the_same_address_is_suggested_wherever_it_comes_from() {
    for cut in [1, 2, 100] {
        let (db, pool, live) = environment(1);
        let items = [
            Person::new("c-1").email("Ann@Example.com").items(at(NOW)),
            Person::new("c-2").also(Kind::Email, "ann@example.com").items(at(NOW)),
            Person::new("c-3").phone("+14155550777").items(at(NOW)),
            Person::new("c-4").phone("+1 415 555 0777").items(at(NOW)),
            // Nobody knows who that is.
            Person::known_by(Kind::Anonymous, "b-1").email("ann@example.com").items(at(NOW)),
        ];
        for batch in items.concat().chunks(cut) {
            submit(&pool, live, at(NOW), batch);
        }
        assert_eq!(suggested(&db), ["c-1 c-2 email ann@example.com", "c-3 c-4 phone +14155550777"], "{cut}");
        // The visitor signs in, and the address is one of a known person.
        let on = said(vec![id("c-5"), super::browser("b-1")], NOW, Statement::Identify(Default::default()));
        submit(&pool, live, at(NOW), &[on]);
        submit(&pool, live, at(NOW), &Person::new("c-5").email("ann@example.org").items(at(NOW)));
        submit(
            &pool,
            live,
            at(NOW),
            &Person::new("c-5").email("ann@example.com").said_at("2026-11-22T03:24:06Z").items(at(NOW)),
        );
        assert_eq!(
            suggested(&db)[..3],
            ["c-1 c-2 email ann@example.com", "c-1 c-5 email ann@example.com", "c-2 c-5 email ann@example.com"]
        );
        check(&db);
    }
}

#[test]
fn an_address_of_very_many_suggests_nobody() {
    let (db, pool, live) = environment(1);
    let person = |n: usize| Person::new(&format!("c-{n:02}")).email("info@example.com").items(at(NOW));
    submit(&pool, live, at(NOW), &(0..20).flat_map(person).collect::<Vec<_>>());
    assert_eq!(suggested(&db).len(), 20 * 19 / 2);
    assert_eq!(db.column("SELECT address FROM shared_addresses"), Vec::<String>::new());
    submit(&pool, live, at(NOW), &person(20));
    assert_eq!(suggested(&db).len(), 20 * 19 / 2, "the last one is in no pair");
    assert_eq!(db.column("SELECT channel || ' ' || address FROM shared_addresses"), ["email info@example.com"]);
}

#[test]
fn suggestions_follow_survivors() {
    let (db, pool, live) = environment(1);
    for key in ["c-1", "c-2"] {
        Person::new(key).email("ann@example.com").store(&pool, live, at(NOW));
    }
    Person::new("c-0").store(&pool, live, at(NOW));
    submit(&pool, live, at(NOW), &[merged("c-0", "c-1", NOW)]);
    assert_eq!(
        suggested(&db),
        ["c-0 c-2 email ann@example.com", "c-2 c-2 email ann@example.com"],
        "the latter is of who was merged"
    );
    submit(&pool, live, at(NOW), &[merged("c-0", "c-2", NOW)]);
    assert_eq!(db.number("SELECT count(*) FROM merge_suggestions WHERE profile_id = other_id"), 0);
    check(&db);
}

#[test]
fn an_email_that_identifies_somebody_else_stays_theirs() {
    let (db, pool, live) = environment(1);
    let ann = Person::new("c-1").also(Kind::Email, "ann@example.com").store(&pool, live, at(NOW));
    let ben = Person::new("c-2").also(Kind::Email, "ann@example.com").store(&pool, live, at(NOW));
    assert_ne!(ann, ben);
    assert_eq!(suggested(&db), ["c-1 c-2 email ann@example.com"]);
    assert_eq!(Person::known_by(Kind::Email, "ann@example.com").store(&pool, live, at(NOW)), ann);
    check(&db);
}

#[test]
fn one_that_was_dismissed_stays_so_and_is_seen_again() {
    let (db, pool, live) = environment(1);
    let both = || Person::new("c-2").also(Kind::Email, "ann@example.com");
    Person::new("c-1").also(Kind::Email, "ann@example.com").store(&pool, live, at(NOW));
    both().store(&pool, live, at(NOW));
    db.run("UPDATE merge_suggestions SET dismissed_at = '2026-11-21Z'");
    both().store(&pool, live, at(NOW) + TimeDelta::days(1));
    let row = "SELECT concat_ws(' ', dismissed_at::date, first_at::date, last_at::date) FROM merge_suggestions";
    assert_eq!(db.column(row), ["2026-11-21 2026-11-22 2026-11-23"]);
}

#[test]
fn whoever_may_not_join_known_people_only_suggests_it() {
    let (db, pool, live) = environment(1);
    let people = ["c-1", "c-2"].map(|key| Person::new(key).store(&pool, live, at(NOW)));
    let before = db.digest(&["profiles", "identifier_claims", "profile_identifiers", "changes", "merges"]);
    let alias = Statement::Merge(Merge { from: vec![id("c-2")], joins_known: false });
    let outcome = submit(&pool, live, at(NOW), &[said(vec![id("c-1")], NOW, alias)]).remove(0);
    assert_eq!((outcome.effect, outcome.profile), (Effect::Suggested, Some(people[0])));
    assert_eq!(suggested(&db), ["c-1 c-2 id c-2"]);
    assert_eq!(db.digest(&["profiles", "identifier_claims", "profile_identifiers", "changes", "merges"]), before);
    // A browser may be joined.
    submit(&pool, live, at(NOW), &[exists(vec![super::browser("b-1")])]);
    let alias = Statement::Merge(Merge { from: vec![super::browser("b-1")], joins_known: false });
    let outcome = submit(&pool, live, at(NOW), &[said(vec![id("c-1")], NOW, alias)]).remove(0);
    assert_eq!(outcome.effect, Effect::Changed);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 1);
    check(&db);
}

#[test]
fn within_the_batch_that_joins_them_there_is_nothing_to_suggest() {
    let (db, pool, live) = environment(1);
    Person::new("c-1").also(Kind::Email, "ann@example.com").store(&pool, live, at(NOW));
    let mut items = Person::new("c-2").also(Kind::Email, "ann@example.com").items(at(NOW));
    items.push(merged("c-1", "c-2", NOW));
    submit(&pool, live, at(NOW), &items);
    assert_eq!(suggested(&db), Vec::<String>::new());
    check(&db);
}

#[test]
fn who_shared_an_address_before_that_was_looked_for_is_suggested_once() {
    let (db, pool, live) = environment(1);
    let many = (0..21).flat_map(|n| Person::new(&format!("d-{n}")).email("office@example.com").items(at(NOW)));
    let items = [
        Person::new("c-1").email("Ann@Example.com").phone("+14155550777").items(at(NOW)),
        Person::new("c-2").also(Kind::Email, "ann@example.com").items(at(NOW)),
        Person::new("c-3").phone("+14155550777").items(at(NOW)),
        Person::new("ann@example.com").items(at(NOW)),
        Person::known_by(Kind::Anonymous, "b-1").email("ann@example.com").items(at(NOW)),
        many.collect(),
    ];
    submit(&pool, live, at(NOW), &items.concat());
    let found = || {
        let shared = db.column("SELECT concat_ws(' ', channel, address) FROM shared_addresses");
        (suggested(&db), shared)
    };
    let as_given = found();
    assert_eq!((as_given.0.len(), as_given.1.len()), (4, 1), "{as_given:?}");
    db.run("UPDATE merge_suggestions SET dismissed_at = now() WHERE kind = 'phone'");
    db.run("DELETE FROM merge_suggestions WHERE dismissed_at IS NULL; DELETE FROM shared_addresses");
    db.run(include_str!("../../../migrations/0034_suggest_who_shares_an_address/up.sql"));
    assert_eq!(found(), as_given);
    assert_eq!(
        db.number("SELECT count(*) FROM merge_suggestions WHERE dismissed_at IS NOT NULL"),
        1,
        "it stays dismissed"
    );
}
