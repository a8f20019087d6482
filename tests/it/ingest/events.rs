//! Events are stored once, in the month in which they happened.

use chrono::TimeDelta;
use kith::ledger::Effect;
use serde_json::json;

use super::environment;
use crate::support::{Person, app::NOW, at, build::submit};

#[test]
fn one_message_is_one_event_in_one_batch_and_across_batches() {
    let (db, pool, live) = environment(1);
    let order = |message: &str| {
        let person =
            Person::new("c-1").event_with_id(message, "Order Completed", "2026-11-02T00:00:00Z", json!({"total": 1}));
        person.items(at(NOW)).pop().expect("an event")
    };
    let effects = |outcomes: Vec<kith::ledger::Outcome>| outcomes.iter().map(|o| o.effect).collect::<Vec<_>>();
    let first = submit(&pool, live, at(NOW), &[order("m-1"), order("m-1"), order("m-2")]);
    assert_eq!(effects(first), [Effect::Created, Effect::Unchanged, Effect::Changed]);
    let later = at(NOW) + TimeDelta::days(1);
    let second = submit(&pool, live, later, &[order("m-2"), order("m-3"), order("m-3")]);
    assert_eq!(effects(second), [Effect::Unchanged, Effect::Changed, Effect::Unchanged]);
    assert_eq!(db.number("SELECT count(*) FROM events"), 3);
}

#[test]
fn the_two_environments_share_no_events_and_no_people() {
    let (db, pool, live) = environment(1);
    let test = kith::db::ids::EnvironmentId(live.0 + 1);
    let person = || Person::new("c-1").event_with_id("m-1", "Order Completed", "2026-11-02T00:00:00Z", json!({}));
    let [a, b] = [live, test].map(|environment| person().store(&pool, environment, at(NOW)));
    assert_ne!(a, b);
    let counts = "SELECT concat_ws(' ', environment_id, count(*)) FROM";
    let expected = [format!("{live} 1"), format!("{test} 1")];
    for table in ["profiles", "events", "identifier_claims", "profile_identifiers", "event_definitions", "sources"] {
        let found = db.column(&format!("{counts} {table} GROUP BY environment_id ORDER BY environment_id"));
        assert_eq!(found, expected, "{table}");
    }
}

#[test]
fn each_month_has_its_partition_at_both_ends() {
    let (db, pool, live) = environment(1);
    let times = ["2017-01-31T23:59:59.999999Z", "2017-02-01T00:00:00Z", "2024-02-29T12:00:00Z", "2026-12-31T23:59:59Z"];
    let person = times.iter().fold(Person::new("c-1"), |person, time| person.event("Visit", time, json!({})));
    person.store(&pool, live, at(NOW));
    let places = db.column("SELECT tableoid::regclass::text FROM events ORDER BY occurred_at");
    assert_eq!(places, ["events_2017_01", "events_2017_02", "events_2024_02", "events_2026_12"]);
}

#[test]
fn times_far_from_now_share_a_partition_and_leave_it_when_they_come_near() {
    let (db, pool, live) = environment(1);
    let far = |year: i32| format!("{year}-05-01T00:00:00Z");
    let person = (1900..2016)
        .chain(2028..2200)
        .fold(Person::new("c-1"), |person, year| person.event("Visit", &far(year), json!({"year": year})));
    person.store(&pool, live, at(NOW));
    let places = "SELECT DISTINCT tableoid::regclass::text FROM events ORDER BY 1";
    assert_eq!(db.column(places), ["events_other"]);
    // Years later, by a process that has just begun.
    let later = at(NOW) + chrono::TimeDelta::days(730);
    Person::new("c-1").event("Visit", "2028-05-02T00:00:00Z", json!({})).store(&db.pool(1), live, later);
    assert_eq!(db.column(places), ["events_2028_05", "events_other"]);
    assert_eq!(db.number("SELECT count(*) FROM events_2028_05"), 2);
    assert_eq!(db.number("SELECT count(*) FROM events"), 116 + 172 + 1);
}

#[test]
fn what_is_done_for_somebody_does_not_show_that_they_are_there() {
    let app = crate::support::App::new();
    let person = Person::new("c-1").event("Email Delivered", "2026-11-22T03:24:00Z", json!({}));
    let id = app.add(person);
    let mut ada = app.browser(kith::auth::Role::Admin);
    ada.visit(&app.profile(id, "")).shows("no activity yet");
    app.add(Person::new("c-1").event_with_id("m-9", "Page Visit", "2026-11-22T03:24:00Z", json!({})));
    ada.visit(&app.profile(id, "")).shows("Online now");
}
