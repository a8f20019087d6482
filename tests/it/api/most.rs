//! Limits of people and keys: what goes beyond is refused in words, and the rest is kept where the format keeps it.

use actix_web::http::Method;
use kith::{
    identities::{Device, Devices, Token},
    ingest::{Identify, Item, Statement},
    keys::Format,
    registers::Fact,
};
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    app::NOW,
    at,
    build::{submit, tag_of},
    sender::{MadeKey, browser, server},
};

fn send(app: &App, key: &MadeKey, rest: &str, body: &Value, status: u16) -> Value {
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    let headers = [("authorization", &*key.bearer())];
    let answer = app.send(Method::PATCH, &format!("/api/data/v1/profiles/{rest}"), &headers, body.to_string());
    answer.expect(status).json()
}

fn words(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n}")).collect()
}

fn tags(app: &App) -> i64 {
    app.db.number("SELECT coalesce(max(cardinality(tags)), 0) FROM profiles")
}

#[test]
fn a_person_has_at_most_a_thousand_tags() {
    let app = App::new();
    let key = app.key(browser());
    send(&app, &key, "anonymous_id:bt/tags", &json!({"add": words("w", 990)}), 200);
    let answer = send(&app, &key, "anonymous_id:bt/tags", &json!({"add": words("x", 11)}), 409);
    assert_eq!(answer["code"], "limit_reached");
    assert!(answer["message"].as_str().is_some_and(|it| it.contains("1,000 tags of one person")), "{answer}");
    assert_eq!(tags(&app), 990, "an item is taken whole or not at all");
    send(&app, &key, "anonymous_id:bt/tags", &json!({"add": words("x", 10)}), 200);
    // What is there already goes on, and taking off makes room.
    send(&app, &key, "anonymous_id:bt/tags", &json!({"add": words("w", 5), "remove": ["w9"]}), 200);
    send(&app, &key, "anonymous_id:bt/tags", &json!({"add": ["y"]}), 200);
    send(&app, &key, "anonymous_id:bt/attributes", &json!({"plan": "pro"}), 200);
    assert_eq!(tags(&app), 1_000);
    // Taking off what was never put on is bounded, too.
    for n in 0..8 {
        send(&app, &key, "anonymous_id:bt/tags", &json!({"remove": words(&format!("r{n}-"), 1_000)}), 200);
    }
    send(&app, &key, "anonymous_id:bt/tags", &json!({"remove": words("s", 1_000)}), 409);
    assert_eq!(app.db.column("SELECT DISTINCT code FROM rejections"), ["limit_reached"]);
}

/// Whoever has as many as they may can have another in place of one.
#[test]
fn what_is_taken_off_makes_room_for_what_is_added() {
    let app = App::new();
    let key = app.key(server());
    send(&app, &key, "id:c-1/tags", &json!({"add": words("w", 1_000)}), 200);
    send(&app, &key, "id:c-1/tags", &json!({"add": ["x"], "remove": ["w1"]}), 200);
    send(&app, &key, "id:c-1/tags", &json!({"add": ["y", "z"], "remove": ["w2"]}), 409);
    send(&app, &key, "id:c-1/tags", &json!({"add": ["y"], "remove": ["never"]}), 409);
    assert_eq!(tags(&app), 1_000);
    let item = |tags: Value, as_of: &str| json!({"type": "tag", "profile": {"id": "c-1"}, "add": tags["add"], "remove": tags["remove"], "as_of": as_of});
    let tagged = || app.db.one("SELECT string_agg(t, ' ' ORDER BY t) FROM profiles, unnest(tags) t WHERE t !~ '^w'");
    let batch = |items: Vec<Value>| {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let headers = [("authorization", &*key.bearer())];
        let answer = app.send(Method::POST, "/api/data/v1/batch", &headers, json!({"items": items}).to_string()).json();
        let refused = answer["rejected"].as_array().expect("a list").iter();
        assert!(refused.clone().all(|it| it["code"] == "limit_reached"), "{answer}");
        let is = tagged();
        (refused.count(), is)
    };
    let now = app.clock.now().to_rfc3339();
    // What was put on since is not taken off.
    assert_eq!(batch(vec![item(json!({"add": ["y"], "remove": ["w3"]}), "2020-01-01T00:00:00Z")]), (1, "x".to_owned()));
    // An item that is refused takes nothing off; one that is taken does.
    let spoilt = item(json!({"add": words("v", 5), "remove": ["w3"]}), &now);
    assert_eq!(batch(vec![spoilt, item(json!({"add": ["y"], "remove": []}), &now)]), (2, "x".to_owned()));
    let takes_off = item(json!({"add": [], "remove": ["w3"]}), &now);
    let adds = |tag: &str| item(json!({"add": [tag], "remove": []}), &now);
    assert_eq!(batch(vec![takes_off, adds("y"), adds("z")]), (1, "x y".to_owned()));
    // In a format that leaves values out of messages, all messages of a call count together.
    let tags_of = |tags: Value| json!({"type": "identify", "userId": "c-1", "integrations": {"kith": {"tags": tags}}});
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let call = json!({"batch": [tags_of(json!({"add": ["z", "zz"]})), tags_of(json!({"remove": ["w4"]}))]});
    app.post(&key, "/v1/batch", &call).expect(200);
    assert_eq!(tagged(), "x y z");
    assert_eq!(tags(&app), 1_000);
}

#[test]
fn a_call_puts_on_at_most_a_thousand_tags() {
    let app = App::new();
    let key = app.key(server());
    let add = |prefix: &str| json!({"type": "identify", "userId": prefix, "integrations": {"kith": {"tags": {"add": words(prefix, 600)}}}});
    app.post(&key, "/v1/batch", &json!({"batch": [add("a"), add("b")]})).expect(200);
    assert_eq!(app.db.number("SELECT count(*) FROM tag_definitions"), 1_000);
    assert_eq!(app.db.number("SELECT sum(cardinality(tags)) FROM profiles"), 1_000, "the rest of the item is kept");
    assert_eq!(app.db.column("SELECT code || rest_kept FROM rejections"), ["limit_reachedtrue"]);
}

#[test]
fn attributes_and_devices_of_a_person_are_bounded() {
    let app = App::new();
    let key = app.key(server());
    let traits: serde_json::Map<String, Value> = words("a", 1_999).into_iter().map(|name| (name, json!(1))).collect();
    app.post(&key, "/v1/identify", &json!({"userId": "c-1", "traits": traits})).expect(200);
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    app.post(&key, "/v1/identify", &json!({"userId": "c-1", "traits": {"a1": 2, "b1": 1, "b2": 1}})).expect(200);
    let kept = "SELECT count(*) FROM profiles p, jsonb_object_keys(p.attributes)";
    assert_eq!(app.db.number(kept), 2_000);
    assert_eq!(app.db.one("SELECT attributes->>'a1' FROM profiles"), "2");
    assert!(app.db.one("SELECT message FROM rejections").contains("b2 would be more than 2,000 attributes"));
    let device = |n: usize| json!({"type": "push", "address": format!("t-{n}")});
    let body = json!({"id": "c-1", "channels": (0..501).map(device).collect::<Vec<_>>()});
    app.post(&key, "/api/v2/users/track", &body).expect(200);
    assert_eq!(app.db.number("SELECT count(*) FROM devices"), 500);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections WHERE message LIKE '%500 devices of one person%'"), 1);
}

/// Operators and imports are not limited, and whoever is above a limit keeps what they have.
#[test]
fn people_above_a_limit_keep_what_they_have() {
    let app = App::new();
    let many = words("w", 1_200).iter().fold(Person::new("c-1"), |person, tag| person.tag(tag));
    let profile = app.add(many);
    let facts = words("t", 600).into_iter().map(|token| {
        let token = Token::new(&token).unwrap_or_else(|wrong| panic!("{wrong}"));
        Fact::new::<Devices>(token, Some(Device::default()))
    });
    let said = Statement::Identify(Identify { facts: facts.collect(), ..Identify::default() });
    let item = |statement| Item { person: kith::ingest::Person::Profile(profile), as_of: at(NOW), statement };
    submit(&app.state.db, app.live, at(NOW), &[item(said)]);
    let key = app.key(server());
    send(&app, &key, "id:c-1/tags", &json!({"add": ["w1"]}), 200);
    send(&app, &key, "id:c-1/tags", &json!({"add": ["another"]}), 409);
    send(&app, &key, "id:c-1/attributes", &json!({"plan": "pro"}), 200);
    assert_eq!((tags(&app), app.db.number("SELECT count(*) FROM devices")), (1_200, 600));
    submit(
        &app.state.db,
        app.live,
        at(NOW),
        &[item(Statement::Tags { add: vec![tag_of("hand")], remove: Vec::new() })],
    );
    assert_eq!(tags(&app), 1_201);
}

#[test]
fn a_key_adds_at_most_ten_thousand_names_a_day() {
    let app = App::new();
    let (key, other) = (app.key(server()), app.key(server()));
    app.post(&other, "/v1/track", &json!({"userId": "c-0", "event": "Seen", "properties": {}})).expect(200);
    for n in 0..5 {
        let traits: serde_json::Map<String, Value> =
            words(&format!("n{n}-"), 2_000).into_iter().map(|name| (name, json!(1))).collect();
        app.post(&key, "/v1/identify", &json!({"userId": format!("c-{n}"), "traits": traits})).expect(200);
    }
    let names = "SELECT (SELECT count(*) FROM attribute_definitions WHERE name LIKE 'n%-%') + (SELECT count(*) FROM tag_definitions)";
    assert_eq!(app.db.number(names), 10_000);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let known = json!({"type": "identify", "userId": "c-9", "traits": {"n0-1": 5, "unheard": 1},
        "integrations": {"kith": {"tags": {"add": ["unheard"]}}}});
    let events = ["Seen", "Unheard"].map(|event| json!({"type": "track", "userId": "c-9", "event": event}));
    app.post(&key, "/v1/batch", &json!({"batch": [known, events[0], events[1]]})).expect(200);
    assert_eq!(app.db.number(names), 10_000);
    let attributes =
        "SELECT p.attributes FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id AND c.value = 'c-9'";
    assert_eq!(app.db.one(attributes), r#"{"n0-1": 5}"#);
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 2, "an event with a known name is stored");
    let told = "SELECT count(*) FROM rejections WHERE code = 'limit_reached' AND message LIKE '%10,000 new names%'";
    assert_eq!(app.db.number(told), 3);
    // Of whom nothing is stored, nobody is made, and nobody is merged.
    let people = app.live_profiles();
    app.post(&key, "/v1/identify", &json!({"anonymousId": "b-1", "traits": {"n0-1": 6}})).expect(200);
    let unheard = json!({"userId": "c-10", "anonymousId": "b-1", "event": "Unheard"});
    app.post(&key, "/v1/track", &unheard).expect_error(409, "limit_reached", Format::Segment);
    let both = json!({"attributes": {"n0-1": 7, "unheard": 1}, "tags": {"add": ["n0-1"]}});
    let headers = [("authorization", &*key.bearer())];
    app.send(Method::PUT, "/api/data/v1/profiles/id:c-11", &headers, both.to_string()).expect(409);
    assert_eq!(app.live_profiles(), people + 1);
    assert_eq!(app.db.number("SELECT count(*) FROM identifier_claims WHERE value IN ('c-10', 'c-11')"), 0);
    // The next day the key may go on.
    app.clock.advance(chrono::TimeDelta::days(1));
    app.post(&key, "/v1/identify", &json!({"userId": "c-9", "traits": {"unheard": 1}})).expect(200);
    assert_eq!(app.db.number(names), 10_000);
    assert_eq!(app.db.number("SELECT count(*) FROM attribute_definitions WHERE name = 'unheard'"), 1);
}
