//! Messages whose sender gives no time: their repeats are known by when they come.

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    db::{Db, ids::EnvironmentId},
    ingest::{Item, Statement},
    ledger::Effect,
};
use serde_json::json;

use super::{environment, id, said};
use crate::support::{
    app::NOW,
    at,
    build::{event, submit},
};

/// What is known of such a message when it arrives: its time is that of its arrival.
fn order(message: &str, arrives: DateTime<Utc>, within: TimeDelta) -> Item {
    let mut event = event(message, "Order Completed", NOW, json!({}));
    (event.occurred_at, event.repeats_within) = (arrives, Some(within));
    Item { as_of: arrives, ..said(vec![id("c-1")], NOW, Statement::Event(event)) }
}

fn send(pool: &Db, live: EnvironmentId, message: &str, minutes: i64, within: i64) -> Effect {
    let arrives = at(NOW) + TimeDelta::minutes(minutes);
    submit(pool, live, arrives, &[order(message, arrives, TimeDelta::minutes(within))])[0].effect
}

#[test]
fn a_repeat_within_its_time_is_the_same_event_and_after_it_another() {
    let (db, pool, live) = environment(1);
    assert_eq!(send(&pool, live, "m-1", 0, 5), Effect::Created);
    assert_eq!(send(&pool, live, "m-1", 4, 5), Effect::Unchanged);
    assert_eq!(send(&pool, live, "m-2", 4, 5), Effect::Changed, "another message");
    assert_eq!(send(&pool, live, "m-1", 5, 5), Effect::Unchanged, "exactly at the end");
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
    assert_eq!(send(&pool, live, "m-1", 6, 5), Effect::Changed, "the first is six minutes old");
    assert_eq!(send(&pool, live, "m-1", 7, 5), Effect::Unchanged, "a repeat of the second");
    assert_eq!(db.number("SELECT count(*) FROM events"), 3);
    assert_eq!(db.number("SELECT count(*) FROM event_receipts"), 2);
}

#[test]
fn a_longer_time_is_kept_too() {
    let (db, pool, live) = environment(1);
    let day = 24 * 60;
    assert_eq!(send(&pool, live, "m-1", 0, 60 * day), Effect::Created);
    assert_eq!(send(&pool, live, "m-1", 59 * day, 60 * day), Effect::Unchanged);
    assert_eq!(send(&pool, live, "m-1", 61 * day, 60 * day), Effect::Changed);
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
}

#[test]
fn repeats_in_one_batch_and_a_batch_that_is_applied_twice() {
    let (db, pool, live) = environment(1);
    let five = TimeDelta::minutes(5);
    let items = || [order("m-1", at(NOW), five), order("m-2", at(NOW), five), order("m-1", at(NOW), five)];
    let effects = |items: &[Item]| submit(&pool, live, at(NOW), items).iter().map(|o| o.effect).collect::<Vec<_>>();
    assert_eq!(effects(&items()), [Effect::Created, Effect::Changed, Effect::Unchanged]);
    assert_eq!(effects(&items()), [Effect::Unchanged; 3]);
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
    // One that comes late, from before the other, is a repeat of it.
    assert_eq!(send(&pool, live, "m-1", -3, 5), Effect::Unchanged);
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
}

#[test]
fn eight_at_once_are_one() {
    let (db, pool, live) = environment(8);
    let effects = super::concurrency::at_once(|_| send(&pool, live, "m-1", 0, 5));
    assert_eq!(effects.iter().filter(|effect| **effect != Effect::Unchanged).count(), 1, "{effects:?}");
    assert_eq!(db.number("SELECT count(*) FROM events"), 1);
}

#[test]
fn the_two_environments_have_receipts_of_their_own() {
    let (db, pool, live) = environment(1);
    send(&pool, live, "m-1", 0, 5);
    send(&pool, EnvironmentId(live.0 + 1), "m-1", 0, 5);
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
}

/// An event of a sender that gives its time.
fn at_minute(message: &str, minute: i64) -> Item {
    let when = (at(NOW) - TimeDelta::minutes(minute)).to_rfc3339();
    said(vec![id("c-1")], &when, Statement::Event(event(message, "Order Completed", &when, json!({}))))
}

#[test]
fn an_event_that_came_late_or_without_a_time_is_one_whatever_its_time() {
    let (db, pool, live) = environment(1);
    let effect = |item: Item| submit(&pool, live, at(NOW), &[item])[0].effect;
    let (day, timeless) = (24 * 60, |message: &str| order(message, at(NOW), TimeDelta::days(60)));
    assert_eq!(effect(at_minute("m-1", day + 1)), Effect::Created);
    assert_eq!(effect(at_minute("m-1", day + 2)), Effect::Unchanged, "another time");
    assert_eq!(effect(at_minute("m-1", 5)), Effect::Unchanged, "of today");
    assert_eq!(effect(at_minute("m-1", 70 * day)), Effect::Unchanged, "of another month");
    assert_eq!(effect(timeless("m-1")), Effect::Unchanged, "no time");
    assert_eq!(effect(at_minute("m-2", day + 1)), Effect::Changed, "another event");
    assert_eq!(effect(timeless("m-3")), Effect::Changed, "first without a time");
    assert_eq!(effect(at_minute("m-3", 90)), Effect::Unchanged, "then with one");
    // In one batch the first counts.
    let both = submit(&pool, live, at(NOW), &[at_minute("m-4", day + 1), at_minute("m-4", day + 2)]);
    assert_eq!(both.iter().map(|it| it.effect).collect::<Vec<_>>(), [Effect::Changed, Effect::Unchanged]);
    assert_eq!(db.number("SELECT count(*) FROM events"), 4);
    // Of what is sent as it happens no ids are kept: an equal time tells.
    assert_eq!(effect(at_minute("m-5", 2)), Effect::Changed);
    assert_eq!(effect(at_minute("m-5", 2)), Effect::Unchanged);
    assert_eq!(db.number("SELECT count(*) FROM event_receipts"), 4);
    // After sixty days an equal time tells, too.
    db.run("DELETE FROM event_receipts");
    assert_eq!(effect(at_minute("m-1", day + 1)), Effect::Unchanged);
    assert_eq!(db.number("SELECT count(*) FROM events"), 5);
}
