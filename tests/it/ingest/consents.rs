//! Answers to purposes.

use chrono::TimeDelta;
use kith::ledger::Effect;

use super::{check, environment};
use crate::support::{Person, app::NOW, at, build::submit};

#[test]
fn the_time_of_an_answer_is_its_own() {
    let (db, pool, live) = environment(1);
    let answer = |given: bool, time: &str| {
        let person = Person::new("c-1").consent_at("gdpr.marketing", given, Some(time));
        submit(&pool, live, at(NOW), &person.said_at("2026-11-20T00:00:00Z").items(at(NOW)))[0].effect
    };
    let given = || db.one("SELECT given FROM consents");
    assert_eq!(answer(true, "2026-11-03T00:00:00Z"), Effect::Created);
    assert_eq!(answer(false, "2026-11-02T00:00:00Z"), Effect::Unchanged, "it was given before the other");
    assert_eq!(given(), "true");
    assert_eq!(answer(false, "2026-11-04T00:00:00Z"), Effect::Changed);
    assert_eq!(given(), "false");
    let told = "SELECT concat_ws(' ', subject, coalesce(before->>'given', '-'), after->>'given', after->>'location', to_char(as_of, 'DD')) \
                FROM changes WHERE kind = 'consent' ORDER BY as_of";
    assert_eq!(db.column(told), ["gdpr.marketing - true web 03", "gdpr.marketing true false web 04"]);
    check(&db);
}

#[test]
fn an_answer_without_a_time_of_its_own_has_that_of_its_message() {
    let (db, pool, live) = environment(1);
    let answer = |given: bool, time: &str| {
        let person = Person::new("c-1").consent("gdpr.marketing", given).said_at(time);
        submit(&pool, live, at(NOW) + TimeDelta::hours(1), &person.items(at(NOW)));
    };
    answer(false, "2026-11-04T00:00:00Z");
    answer(true, "2026-11-03T00:00:00Z");
    assert_eq!(db.one("SELECT given FROM consents"), "false");
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'consent'"), 1);
}
