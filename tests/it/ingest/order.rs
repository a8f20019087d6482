//! Neither the order of delivery nor the cut into batches matters.

use chrono::TimeDelta;
use kith::{
    db::{Db, ids::EnvironmentId},
    identities::{Address, Channel},
    ingest::{Identify, Item, Statement},
};
use proptest::prelude::*;
use serde_json::json;

use super::{environment, id, said};
use crate::support::{
    TestDb,
    app::NOW,
    at,
    build::{attribute, submit, tag_of},
};

fn identify(key: &str, as_of: &str, attributes: &[(&str, Option<&str>)], email: Option<Option<&str>>) -> Item {
    let address = |given: &str| Address::new(Channel::Email, given).expect("an address");
    let said_of = Identify {
        attributes: attributes.iter().map(|(name, value)| attribute(name, value.map(|v| json!(v)))).collect(),
        addresses: email.map(|given| (Channel::Email, given.map(address))).into_iter().collect(),
        ..Identify::default()
    };
    said(vec![id(key)], as_of, Statement::Identify(said_of))
}

fn tags(key: &str, as_of: &str, add: &[&str], remove: &[&str]) -> Item {
    let tags = |texts: &[&str]| texts.iter().map(|text| tag_of(text)).collect();
    said(vec![id(key)], as_of, Statement::Tags { add: tags(add), remove: tags(remove) })
}

/// Statements about one person, each at its own time, that contradict each other in every way.
fn statements(key: &str) -> Vec<Item> {
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
fn send(pool: &Db, environment: EnvironmentId, items: &[Item], cuts: &[usize]) {
    let (mut rest, mut now, mut cuts) = (items, at(NOW), cuts.iter().cycle());
    while !rest.is_empty() {
        let size = cuts.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (batch, others) = rest.split_at(size);
        submit(pool, environment, now, batch);
        (rest, now) = (others, now + TimeDelta::seconds(1));
    }
}

#[test]
fn the_newest_statement_wins_in_any_order_and_any_batches() {
    let (db, pool, live) = environment(1);
    send(&pool, live, &statements("first"), &[100]);
    let expected = stored(&db, "first");
    assert!(expected[0].starts_with("Anna | {\"plan\": \"pro\", \"first_name\": \"Anna\"} | "), "{expected:?}");
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
fn at_equal_times_the_later_arrival_wins_and_in_one_batch_the_later_place() {
    let (db, pool, live) = environment(1);
    let plan = |value: &str| identify("c-1", "2026-11-01T00:00:00Z", &[("plan", Some(value))], None);
    let now = at(NOW);
    let stored = || db.one("SELECT attributes->>'plan' FROM profiles");
    submit(&pool, live, now, &[plan("a"), plan("b")]);
    assert_eq!(stored(), "b");
    submit(&pool, live, now + TimeDelta::seconds(1), &[plan("c")]);
    assert_eq!(stored(), "c");
    submit(&pool, live, now - TimeDelta::seconds(1), &[plan("d")]);
    assert_eq!(stored(), "c", "what arrived earlier and comes late is older");
}

#[test]
fn the_ledger_tells_each_change_with_what_was_before() {
    let (db, pool, live) = environment(1);
    send(&pool, live, &statements("c-1")[..4], &[1]);
    let told = db.column(
        "SELECT concat_ws(' ', kind, subject, coalesce(before::text, '-'), coalesce(after::text, '-'), to_char(as_of, 'DD')) \
         FROM changes WHERE kind IN ('attribute', 'address') ORDER BY recorded_at, subject",
    );
    assert_eq!(
        told,
        [
            r#"attribute city - "Łódź" 01"#,
            r#"address email - "a@example.com" 01"#,
            r#"attribute plan - "free" 01"#,
            r#"attribute first_name - "Ann" 02"#,
            r#"attribute plan "free" - 02"#,
            r#"address email "a@example.com" - 03"#,
            r#"attribute plan - "pro" 03"#,
            r#"attribute city "Łódź" - 04"#,
            r#"address email - "b@example.com" 04"#,
            r#"attribute first_name "Ann" "Anna" 04"#,
        ]
    );
}
