//! Neither the order of delivery nor the cut into batches matters.

use chrono::TimeDelta;
use kith::{
    db::{Db, ids::EnvironmentId},
    identities::{Address, Addresses, Channel, Kind},
    ingest::{Identify, Item, Person as Who, Statement},
    registers::Fact,
    restrictions::{Cause, Held, Stop},
    subscriptions::{
        Medium,
        SubscriptionState::{Pending, Subscribed, Unsubscribed},
    },
};
use proptest::prelude::*;
use serde_json::json;

use super::{check, environment, id, said, same, state};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{attribute, held, submit, subscription, tag_of},
};

pub fn identify(key: &str, as_of: &str, attributes: &[(&str, Option<&str>)], email: Option<Option<&str>>) -> Item {
    let address = |given: &str| Address::new(Channel::Email, given).expect("an address");
    let said_of = Identify {
        attributes: attributes.iter().map(|(name, value)| attribute(name, value.map(|v| json!(v)))).collect(),
        facts: email.map(|given| Fact::new::<Addresses>(Channel::Email, given.map(address))).into_iter().collect(),
        ..Identify::default()
    };
    said(vec![id(key)], as_of, Statement::Identify(said_of))
}

fn tags(key: &str, as_of: &str, add: &[&str], remove: &[&str]) -> Item {
    let tags = |texts: &[&str]| texts.iter().map(|text| tag_of(text)).collect();
    said(vec![id(key)], as_of, Statement::Tags { add: tags(add), remove: tags(remove) })
}

fn default(key: &str, as_of: &str, name: &str, value: &str) -> Item {
    let (name, value) = attribute(name, Some(json!(value)));
    let said_of = Identify { defaults: value.map(|value| (name, value)).into_iter().collect(), ..Identify::default() };
    said(vec![id(key)], as_of, Statement::Identify(said_of))
}

/// Statements about one person, each at its own time, that contradict each other in every way.
pub fn statements(key: &str) -> Vec<Item> {
    vec![
        identify(
            key,
            "2026-11-01T00:00:00Z",
            &[("plan", Some("free")), ("city", Some("Łódź"))],
            Some(Some("a@example.com")),
        ),
        identify(key, "2026-11-02T00:00:00Z", &[("plan", None), ("first_name", Some("Ann"))], None),
        identify(key, "2026-11-03T00:00:00Z", &[("plan", Some("pro"))], Some(None)),
        identify(
            key,
            "2026-11-04T00:00:00Z",
            &[("city", None), ("first_name", Some("Anna"))],
            Some(Some("b@example.com")),
        ),
        identify(key, "2026-11-05T00:00:00Z", &[("city", None), ("plan", Some("pro"))], None),
        tags(key, "2026-11-01T12:00:00Z", &["vip", "new"], &[]),
        tags(key, "2026-11-02T12:00:00Z", &[], &["vip", "gone"]),
        tags(key, "2026-11-03T12:00:00Z", &["vip"], &["new"]),
        // The first for want of another, and none where something was said.
        default(key, "2026-11-06T00:00:00Z", "locale", "de-DE"),
        default(key, "2026-11-04T00:00:00Z", "locale", "pl-PL"),
        default(key, "2026-11-07T00:00:00Z", "locale", "en-GB"),
        default(key, "2026-11-08T00:00:00Z", "city", "Gdynia"),
    ]
}

/// All that is stored of that person and is not about delivery: `as_of` of each stamp, not when or where it arrived.
fn stored(db: &TestDb, key: &str) -> Vec<String> {
    let of = format!(
        "FROM profiles p JOIN identifier_claims c ON c.environment_id = p.environment_id AND c.profile_id = p.id \
         WHERE c.kind = 'id' AND c.value = '{key}'"
    );
    let whens = |meta: &str| format!("(SELECT jsonb_object_agg(key, value->0) FROM jsonb_each({meta}))");
    let mut found = db.column(&format!(
        "SELECT concat_ws(' | ', p.name, p.attributes, {}, p.tags, {}) {of}",
        whens("p.attribute_meta"),
        whens("p.tag_meta"),
    ));
    // The search text has the same lines in any order.
    found.extend(db.column(&format!(
        "SELECT replace(l, '{key}', 'key') AS l {} ORDER BY 1",
        of.replacen(
            "FROM profiles p",
            "FROM profiles p CROSS JOIN LATERAL regexp_split_to_table(p.search_text, E'\\n') AS l",
            1
        )
    )));
    found.extend(db.column(&format!(
        "SELECT concat_ws(' | ', a.channel, a.address, a.normalised, a.stamp->0) FROM addresses a \
         WHERE a.profile_id IN (SELECT p.id {of})"
    )));
    found
}

/// Sends the items in batches of these sizes, a second apart.
pub fn send(pool: &Db, environment: EnvironmentId, items: &[Item], cuts: &[usize]) {
    let (mut rest, mut now, mut cuts) = (items, at(NOW), cuts.iter().cycle());
    while !rest.is_empty() {
        let size = cuts.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (batch, others) = rest.split_at(size);
        submit(pool, environment, now, batch);
        (rest, now) = (others, now + TimeDelta::seconds(1));
    }
}

/// Statements that contradict each other at one time, each in a call of its own.
fn at_one_time(key: &str) -> Vec<Item> {
    let time = "2026-11-05T00:00:00Z";
    let line = |state| {
        let (line, said_of) = subscription("email", state);
        said(vec![id(key)], time, Statement::Subscription(line, said_of))
    };
    let consent = |given| Person::new(key).consent("gdpr.marketing", given).said_at(time).items(at(NOW)).remove(0);
    vec![
        identify(key, time, &[("plan", Some("gold"))], Some(Some("a@example.com"))),
        identify(key, time, &[("plan", Some("silver"))], Some(Some("b@example.com"))),
        identify(key, time, &[("plan", None)], None),
        tags(key, time, &["vip"], &[]),
        tags(key, time, &[], &["vip"]),
        line(Subscribed),
        line(Unsubscribed),
        consent(false),
        consent(true),
        Person::new(key).restricted("disabled", Some(Held::by(Cause::Api))).said_at(time).items(at(NOW)).remove(0),
        Person::new(key).restricted("disabled", None).said_at(time).items(at(NOW)).remove(0),
    ]
}

#[test]
fn of_statements_of_one_time_the_values_decide_and_not_which_arrived_last() {
    let (db, pool, live) = environment(1);
    let lines = "SELECT concat_ws(' ', p.attributes ->> 'plan', p.tags, s.state, c.given, a.address, r.cause) FROM profiles p \
         JOIN subscriptions s ON s.profile_id = p.id JOIN consents c ON c.profile_id = p.id \
         JOIN addresses a ON a.profile_id = p.id JOIN restrictions r ON r.profile_id = p.id WHERE a.channel = 'email' ORDER BY p.id";
    for (place, key) in ["forwards", "backwards", "again"].into_iter().enumerate() {
        let mut items = at_one_time(key);
        if place == 1 {
            items.reverse();
        }
        send(&pool, live, &items, &[1]);
        if place == 2 {
            // An answer was lost, so the first call comes once more.
            let changes = db.number("SELECT count(*) FROM changes");
            send(&pool, live, &at_one_time(key)[..1], &[1]);
            assert_eq!(db.number("SELECT count(*) FROM changes"), changes);
        }
    }
    assert_eq!(db.column(lines), ["silver {} unsubscribed f b@example.com api"; 3]);
}

#[test]
fn the_newest_statement_wins_in_any_order_and_any_batches() {
    let (db, pool, live) = environment(1);
    send(&pool, live, &statements("first"), &[100]);
    let expected = stored(&db, "first");
    assert!(
        expected[0].starts_with("Anna | {\"plan\": \"pro\", \"locale\": \"pl-PL\", \"first_name\": \"Anna\"} | "),
        "{expected:?}"
    );
    assert!(expected[0].contains(" | {vip} | "), "{expected:?}");
    assert!(expected[0].contains("\"city\": 1793836800000000"), "the deletion has its time: {expected:?}");
    assert_eq!(expected[1..4], ["anna", "b@example.com", "key"]);
    assert!(expected[4].starts_with("email | b@example.com | b@example.com | "), "{expected:?}");

    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    let orders = Just((0..statements("x").len()).collect::<Vec<_>>()).prop_shuffle();
    let cuts = prop::collection::vec(1..6_usize, 1..4);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let count = std::cell::Cell::new(0);
    let checked = runner.run(&(orders, cuts, any::<bool>()), |(order, cuts, twice)| {
        count.set(count.get() + 1);
        let key = format!("p-{}", count.get());
        let all = statements(&key);
        let mut items: Vec<Item> = order.iter().map(|place| all[*place].clone()).collect();
        if twice {
            items.extend(items.clone());
        }
        send(&pool, live, &items, &cuts);
        prop_assert_eq!(stored(&db, &key), expected.clone());
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn at_equal_times_the_later_place_in_its_call_wins_whichever_call_arrives_last() {
    let (db, pool, live) = environment(1);
    let plan = |value: &str| identify("c-1", "2026-11-01T00:00:00Z", &[("plan", Some(value))], None);
    let now = at(NOW);
    let stored = || db.one("SELECT attributes->>'plan' FROM profiles");
    submit(&pool, live, now, &[plan("a"), plan("b")]);
    assert_eq!(stored(), "b");
    submit(&pool, live, now + TimeDelta::seconds(1), &[plan("c")]);
    assert_eq!(stored(), "b", "it was the first of its call");
    submit(&pool, live, now - TimeDelta::seconds(1), &[plan("a"), plan("c")]);
    assert_eq!(stored(), "c", "of two at the same place the values decide");
}

/// Everything that can be said, about three people and the browsers that they use, each statement at its own time.
fn everything() -> Vec<Item> {
    let on = |day: u32, person: Person| {
        let time = format!("2026-11-{day:02}T00:00:00Z");
        person.said_at(&time).since("2026-01-01T00:00:00Z").items(at(NOW))
    };
    let c1 = || Person::new("c-1");
    let of_address = |day: u32, statement| Item {
        person: Who::Reached(Channel::Email, Address::new(Channel::Email, "a@example.com").expect("an address")),
        as_of: at(&format!("2026-11-{day:02}T00:00:00Z")),
        statement,
    };
    let reached = |day: u32, line: &str, state| {
        let (line, said) = subscription(line, state);
        of_address(day, Statement::Subscription(line, said))
    };
    let stopped = |day: u32, stop, held| of_address(day, Statement::Restriction(stop, held));
    let mut all = vec![
        on(1, c1().set("plan", "free").email("a@example.com").default("locale", "pl")),
        on(2, c1().unset("plan").device("t-1", "one").default("locale", "de").entry("groups", "acme")),
        on(3, c1().set("plan", "pro").no_device("t-1").entry("groups", "globex").entry("groups", "acme")),
        on(4, c1().device("t-1", "two").default("zone", "a").consent("gdpr.x", true)),
        on(5, c1().set("zone", "b").consent_at("gdpr.x", false, Some("2026-11-03T12:00:00Z"))),
        on(6, c1().consent_at("gdpr.y", false, Some("2026-11-09T00:00:00Z")).device("t-2", "three")),
        on(7, c1().consent("gdpr.y", true).email("A@example.com").phone("+14155550123")),
        on(8, c1().wants("email", Subscribed).wants("all/news", Unsubscribed)),
        on(9, c1().wants("email", Unsubscribed).wants("sms", Pending)),
        on(10, c1().wants("all/news", Subscribed)),
        on(10, c1().confirms("a@example.com").wants("email", Subscribed)),
        on(2, c1().confirms("A@example.com").wants("email", Pending)),
        on(6, Person::new("c-2").confirms("b@example.com").wants("email", Subscribed)),
        on(
            3,
            c1().restricted("paused", held(Cause::Request, Some("2026-12-03T00:00:00Z"))).restricted("disabled", None),
        ),
        on(4, c1().restricted("paused", None).restricted("suppressed/sms", held(Cause::List, None))),
        on(
            9,
            c1().restricted("disabled", held(Cause::Request, None))
                .restricted("suppressed/sms", held(Cause::List, None)),
        ),
        on(5, Person::new("c-3").restricted("blocked/email:a@example.com", held(Cause::HardBounce, None))),
        on(3, Person::new("c-2").email("a@example.com").set("zone", "c")),
        // An anonymous visitor who is c-3, and browsers that go from one to another.
        on(2, Person::known_by(Kind::Anonymous, "b-3").set("theme", "dark").tag("visitor").device("t-3", "x")),
        on(5, Person::new("c-3").also(Kind::Anonymous, "b-3").set("plan", "x")),
        on(6, Person::new("c-3").wants("push", Unsubscribed)),
        on(4, c1().also(Kind::Anonymous, "b-1")),
        on(6, Person::new("c-2").also(Kind::Anonymous, "b-1")),
        on(8, c1().also(Kind::Anonymous, "b-1")),
        on(7, Person::new("c-2").also(Kind::Anonymous, "b-2")),
        on(5, c1().also(Kind::Anonymous, "b-2")),
        on(9, c1().event_with_id("m-1", "Visit", "2026-11-09T00:00:00Z", json!({}))),
    ]
    .concat();
    all.extend([
        reached(9, "push", Unsubscribed),
        reached(11, "email", Subscribed),
        reached(10, "email", Unsubscribed),
        stopped(8, Stop::Blocked(Medium::Email), None),
        stopped(6, Stop::Blocked(Medium::Email), held(Cause::Complaint, None)),
        stopped(7, Stop::Suppressed(None), held(Cause::List, Some("2026-12-03T00:00:00Z"))),
    ]);
    all.extend(statements("c-1"));
    all
}

/// Of two statements that say the same thing the later place counts; else each has its own time.
#[test]
fn everything_that_can_be_said_in_any_order_any_batches_and_twice() {
    let run = |order: &[usize], cuts: &[usize], twice: bool| {
        let (db, pool, live) = environment(1);
        let all = everything();
        let mut items: Vec<Item> = order.iter().map(|place| all[*place].clone()).collect();
        if twice {
            items.extend(items.clone());
        }
        send(&pool, live, &items, cuts);
        check(&db);
        state(&db)
    };
    let count = everything().len();
    let expected = run(&(0..count).collect::<Vec<_>>(), &[1], false);
    let person = expected.iter().find(|row| row.contains("id:c-1 |") && row.starts_with("profile")).expect("a person");
    for part in [r#""locale": "pl""#, r#""zone": "b""#, r#""groups": ["acme", "globex"]"#, "anonymous_id:b-1,id:c-1"] {
        assert!(person.contains(part), "{part} in {person}");
    }
    let has = |start: &str| assert!(expected.iter().any(|row| row.starts_with(start)), "{start}: {expected:#?}");
    has("profile | anonymous_id:b-2,id:c-2 | ");
    has("profile | anonymous_id:b-3,id:c-3 | ");
    has("device | anonymous_id:b-1,id:c-1 | t-1 | f | push | two | t | 2026-11-02");
    has("line | anonymous_id:b-1,id:c-1 | email |  | subscribed");
    has("line | anonymous_id:b-2,id:c-2 | push |  | unsubscribed");
    has("confirmed | anonymous_id:b-1,id:c-1 | a@example.com");
    has("confirmed | anonymous_id:b-1,id:c-1 | email | {\"yes\"");
    has("consent | anonymous_id:b-1,id:c-1 | gdpr.x | t");
    has("restriction | anonymous_id:b-1,id:c-1 | disabled |  |  |  | request | ");
    has("restriction | anonymous_id:b-1,id:c-1 | suppressed | sms |  |  | list");
    has("restriction | anonymous_id:b-2,id:c-2 | suppressed | all | email | a@example.com | list | 2026-12-03");
    has("restriction of address | a@example.com | blocked |  | 1");
    has("consent | anonymous_id:b-1,id:c-1 | gdpr.y | f");
    let config =
        ProptestConfig { cases: 40, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() };
    let orders = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
    let cuts = prop::collection::vec(1..12_usize, 1..4);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let checked = runner.run(&(orders, cuts, any::<bool>()), |(order, cuts, twice)| {
        same(&run(&order, &cuts, twice), &expected, "in that order");
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_is_gone_from_a_list_is_not_brought_back_by_what_is_older() {
    let (db, pool, live) = environment(1);
    let say = |person: Person, time: &str| submit(&pool, live, at(NOW), &person.said_at(time).items(at(NOW)));
    let groups = || db.one("SELECT attributes->'groups' FROM profiles");
    say(Person::new("c-1").entry("groups", "a"), "2026-11-01T00:00:00Z");
    say(Person::new("c-1").unset("groups"), "2026-11-03T00:00:00Z");
    say(Person::new("c-1").entry("groups", "b"), "2026-11-02T00:00:00Z");
    assert_eq!(groups(), "null");
    say(Person::new("c-1").entry("groups", "c"), "2026-11-04T00:00:00Z");
    say(Person::new("c-1").entry("groups", "c"), "2026-11-06T00:00:00Z");
    say(Person::new("c-1").unset("groups"), "2026-11-05T00:00:00Z");
    assert_eq!(groups(), r#"["c"]"#, "it was said again since");
}

#[test]
fn a_default_gives_way_to_whatever_was_ever_said_and_to_an_earlier_one() {
    let (db, pool, live) = environment(1);
    let say = |person: Person, time: &str| submit(&pool, live, at(NOW), &person.said_at(time).items(at(NOW)));
    let locale = || db.one("SELECT attributes->>'locale' FROM profiles");
    say(Person::new("c-1").default("locale", "de"), "2026-11-05T00:00:00Z");
    say(Person::new("c-1").default("locale", "fr"), "2026-11-06T00:00:00Z");
    assert_eq!(locale(), "de");
    say(Person::new("c-1").default("locale", "pl"), "2026-11-04T00:00:00Z");
    assert_eq!(locale(), "pl");
    let stamps = "SELECT as_of::date FROM changes WHERE subject = 'locale' ORDER BY as_of";
    assert_eq!(db.column(stamps), ["2026-11-04", "2026-11-05"], "the ledger says when");
    say(Person::new("c-1").unset("locale"), "2026-11-01T00:00:00Z");
    assert_eq!(locale(), "null");
    say(Person::new("c-1").default("locale", "it"), "2026-11-07T00:00:00Z");
    assert_eq!(locale(), "null", "that it is none was said");
}

#[test]
fn the_ledger_keeps_the_order_of_a_call_however_it_is_cut() {
    let (db, pool, live) = environment(1);
    let items: Vec<Item> = (0..200).flat_map(|n| Person::new("c-1").set("n", n).items(at(NOW))).collect();
    let whole = crate::support::build::batch(&pool, live, at(NOW));
    for (before, end) in [(0, 50), (50, 51), (51, 200)] {
        let batch = kith::ledger::Batch { before, ..whole.clone() };
        kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &items[before..end])
            .unwrap_or_else(|error| panic!("stored: {error:?}"));
    }
    let told = db.column("SELECT after FROM changes WHERE kind = 'attribute' ORDER BY recorded_at, id");
    assert_eq!(told, (0..200).map(|n| n.to_string()).collect::<Vec<_>>());
}
