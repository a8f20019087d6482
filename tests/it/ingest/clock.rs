//! A clock that was ahead for a while and was set back.

use chrono::TimeDelta;
use kith::{
    identities::{Address, Channel},
    ingest::{Item, Person as Who, Statement},
    subscriptions::SubscriptionState::{self, Subscribed, Unsubscribed},
};

use super::{environment, id, said};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{submit, subscription, tag_of},
};

/// Something of each kind.
fn everything(word: &str, given: bool, state: SubscriptionState) -> Vec<Item> {
    let (now, email) = (at(NOW), format!("{word}@example.com"));
    let person = Person::new("c-1").set("plan", word).email(&email).device("t-1", word).consent("gdpr.x", given);
    let mut items = person.wants("email", state).items(now);
    let tags = vec![tag_of("vip")];
    let (add, remove) = if given { (tags, Vec::new()) } else { (Vec::new(), tags) };
    items.push(said(vec![id("c-1")], NOW, Statement::Tags { add, remove }));
    let (line, wanted) = subscription("sms", state);
    let list = Address::new(Channel::Email, "list@example.com").expect("an address");
    items.push(Item {
        person: Who::Reached(Channel::Email, list),
        as_of: now,
        statement: Statement::Subscription(line, wanted),
    });
    items
}

fn later(items: Vec<Item>, by: TimeDelta) -> Vec<Item> {
    items.into_iter().map(|item| Item { as_of: item.as_of + by, ..item }).collect()
}

fn known(db: &TestDb) -> String {
    db.one(
        "SELECT concat_ws(' ', p.attributes->>'plan', p.tags, a.address, d.model, s.state, c.given, o.state) FROM profiles p, addresses a, devices d, \
         subscriptions s, consents c, address_subscriptions o",
    )
}

#[test]
fn what_is_said_after_it_was_set_back_wins_and_the_ledger_has_it() {
    let (db, pool, live) = environment(1);
    let ahead = TimeDelta::days(2);
    submit(&pool, live, at(NOW) + ahead, &later(everything("ahead", true, Subscribed), ahead));
    assert_eq!(known(&db), "ahead {vip} ahead@example.com ahead subscribed t subscribed");
    let before = db.number("SELECT count(*) FROM changes");
    submit(&pool, live, at(NOW), &everything("now", false, Unsubscribed));
    assert_eq!(known(&db), "now {} now@example.com now unsubscribed f unsubscribed");
    assert_eq!(db.number("SELECT count(*) FROM changes") - before, 6, "one row of the ledger each");

    // And from then on as ever: what is older does not count, and what is newer does.
    let old = TimeDelta::days(-1);
    submit(&pool, live, at(NOW), &later(everything("old", true, Subscribed), old));
    assert_eq!(known(&db), "now {} now@example.com now unsubscribed f unsubscribed");
    submit(&pool, live, at(NOW) + ahead, &later(everything("new", true, Subscribed), ahead));
    assert_eq!(known(&db), "new {vip} new@example.com new subscribed t subscribed");
}

#[test]
fn a_sender_a_few_minutes_ahead_is_believed() {
    let (db, pool, live) = environment(1);
    let say = |plan: &str, ahead: i64| {
        let items = later(Person::new("c-1").set("plan", plan).items(at(NOW)), TimeDelta::minutes(ahead));
        submit(&pool, live, at(NOW), &items);
    };
    say("ahead", 9);
    say("now", 0);
    assert_eq!(db.one("SELECT attributes->>'plan' FROM profiles"), "ahead", "the order of its own statements stays");
}

#[test]
fn a_long_import_does_not_replace_what_came_meanwhile() {
    let (db, pool, live) = environment(1);
    let begun = crate::support::build::batch(&pool, live, at(NOW));
    let hour = TimeDelta::hours(1);
    submit(&pool, live, at(NOW) + hour, &later(Person::new("c-1").set("plan", "meanwhile").items(at(NOW)), hour));
    let line = Person::new("c-1").set("plan", "import").items(at(NOW));
    kith::ingest::submit_at(&pool, &begun, &kith::ingest::Trust::Person, &line, at(NOW) + hour).expect("stored");
    assert_eq!(db.one("SELECT attributes->>'plan' FROM profiles"), "meanwhile");
}
