//! What people want to receive, and what was said of addresses alone.

use chrono::TimeDelta;
use kith::{
    identities::{Address, Channel},
    ingest::{Item, Person as Who, Statement},
    ledger::Effect,
    subscriptions::SubscriptionState::{self, Subscribed, Unsubscribed},
};

use super::{check, environment, id, said};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{submit, subscription},
};

fn day(day: u32) -> String {
    format!("2026-11-{day:02}T00:00:00Z")
}

fn wants(key: &str, line: &str, wanted: SubscriptionState, on: u32) -> Item {
    let (line, what) = subscription(line, wanted);
    said(vec![id(key)], &day(on), Statement::Subscription(line, what))
}

/// Of whoever is reached there.
fn reached(email: &str, line: &str, wanted: SubscriptionState, on: u32) -> Item {
    let (line, what) = subscription(line, wanted);
    let address = Address::new(Channel::Email, email).expect("an address");
    Item {
        person: Who::Reached(Channel::Email, address),
        as_of: at(&day(on)),
        statement: Statement::Subscription(line, what),
    }
}

fn identify(key: &str, email: &str, on: u32) -> Item {
    Person::new(key).email(email).said_at(&day(on)).items(at(NOW)).remove(0)
}

fn lines(db: &TestDb) -> Vec<String> {
    db.column(
        "SELECT concat_ws(' ', c.value, s.channel, nullif(s.topic, ''), s.state) FROM subscriptions s \
         JOIN identifier_claims c ON c.profile_id = s.profile_id AND c.kind = 'id' ORDER BY 1",
    )
}

#[test]
fn the_newest_statement_of_a_line_wins_and_each_is_told() {
    let (db, pool, live) = environment(1);
    let say = |item: Item| submit(&pool, live, at(NOW), &[item])[0].effect;
    assert_eq!(say(wants("c-1", "email", Unsubscribed, 3)), Effect::Created);
    assert_eq!(say(wants("c-1", "email", Subscribed, 2)), Effect::Unchanged, "a replayed old message reopens nothing");
    assert_eq!(say(wants("c-1", "email", Unsubscribed, 4)), Effect::Unchanged);
    assert_eq!(say(wants("c-1", "email", Subscribed, 3)), Effect::Unchanged, "its stamp moved");
    assert_eq!(say(wants("c-1", "all/news", Subscribed, 1)), Effect::Changed, "a topic is a line of its own");
    assert_eq!(say(wants("c-1", "email", Subscribed, 5)), Effect::Changed);
    assert_eq!(lines(&db), ["c-1 all news subscribed", "c-1 email subscribed"]);
    let told = "SELECT concat_ws(' ', subject, coalesce(before->>'state', '-'), after->>'state', after->>'reason') \
                FROM changes WHERE kind = 'subscription' ORDER BY as_of";
    assert_eq!(
        db.column(told),
        ["all/news - subscribed api", "email - unsubscribed api", "email unsubscribed subscribed api"]
    );
    check(&db);
}

#[test]
fn of_two_in_one_message_at_one_moment_the_later_place_wins() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[wants("c-1", "sms", Subscribed, 3), wants("c-1", "sms", Unsubscribed, 3)]);
    assert_eq!(lines(&db), ["c-1 sms unsubscribed"]);
    check(&db);
}

#[test]
fn what_is_said_of_an_address_holds_for_everybody_there_and_for_who_comes_later() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[identify("c-1", "home@example.com", 1), identify("c-2", "Home@example.com", 1)]);
    let effect = submit(&pool, live, at(NOW), &[reached("home@example.com", "email", Unsubscribed, 5)])[0].effect;
    assert_eq!(effect, Effect::Changed);
    assert_eq!(lines(&db), ["c-1 email unsubscribed", "c-2 email unsubscribed"]);
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[identify("c-3", "home@example.com", 7)]);
    assert_eq!(lines(&db), ["c-1 email unsubscribed", "c-2 email unsubscribed", "c-3 email unsubscribed"]);
    assert_eq!(db.number("SELECT count(*) FROM address_subscriptions"), 1);
    // What the person says since then is newer.
    submit(&pool, live, at(NOW), &[wants("c-3", "email", Subscribed, 8), identify("c-3", "home@example.com", 9)]);
    assert_eq!(lines(&db)[2], "c-3 email subscribed");
    check(&db);
}

#[test]
fn nobody_has_the_address_yet() {
    let (db, pool, live) = environment(1);
    let outcome = submit(&pool, live, at(NOW), &[reached("new@example.com", "email", Unsubscribed, 5)]).remove(0);
    assert_eq!(outcome.profile, None);
    submit(&pool, live, at(NOW), &[reached("new@example.com", "email", Subscribed, 4)]);
    assert_eq!(db.column("SELECT state FROM address_subscriptions"), ["unsubscribed"], "the newest");
    submit(&pool, live, at(NOW), &[identify("c-1", "new@example.com", 6)]);
    assert_eq!(lines(&db), ["c-1 email unsubscribed"]);
}

/// The same, in one call: who is reached changes within it, and what was wanted before is not forgotten.
#[test]
fn within_one_batch_as_in_batches_of_one() {
    let items = || {
        vec![
            wants("c-1", "email", Subscribed, 9),
            identify("c-1", "a@example.com", 1),
            reached("a@example.com", "email", Unsubscribed, 5),
            identify("c-2", "a@example.com", 2),
            identify("c-3", "b@example.com", 2),
            identify("c-2", "c@example.com", 3),
            reached("a@example.com", "all/news", Unsubscribed, 5),
            reached("b@example.com", "all/news", Unsubscribed, 5),
            identify("c-3", "a@example.com", 6),
        ]
    };
    let expected = [
        "c-1 all news unsubscribed",
        "c-1 email subscribed",
        "c-2 email unsubscribed",
        "c-3 all news unsubscribed",
        "c-3 email unsubscribed",
    ];
    for cut in 1..=items().len() {
        let (db, pool, live) = environment(1);
        for batch in items().chunks(cut) {
            submit(&pool, live, at(NOW), batch);
        }
        assert_eq!(lines(&db), expected, "in batches of {cut}");
        check(&db);
    }
}
