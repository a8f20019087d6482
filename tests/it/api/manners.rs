//! Our own addresses: what is asked wrongly is said, and what is answered is spelt alike everywhere.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::profiles::Sender;
use crate::support::{App, sender::server};

#[test]
fn parameters_that_an_address_does_not_have_are_refused_by_name() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    sender.put("profiles/42", json!({}));
    for (rest, name, known) in [
        ("profiles?email=ann@example.com", "email", "identifier, filter, changed_since, fields, limit, cursor"),
        ("profiles/42?field=tags", "field", "fields"),
        ("profiles/42/subscriptions?limit=1", "limit", "none"),
        ("profiles/42/activity?since=1", "since", "limit, cursor"),
    ] {
        let refused = sender.send(Method::GET, rest, &Value::Null, 400);
        assert_eq!((&refused["code"], &refused["field"]), (&json!("unknown_field"), &json!(name)));
        assert!(refused["message"].as_str().is_some_and(|text| text.contains(known)), "{refused}");
    }
    for name in ["identifier", "changed_since", "fields", "limit"] {
        for empty in [format!("profiles?{name}="), format!("profiles?{name}=%20%00")] {
            let refused = sender.send(Method::GET, &empty, &Value::Null, 400);
            assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid_value"), &json!(name)));
        }
    }
    sender.send(Method::GET, "profiles?cursor=", &Value::Null, 200);
    sender.send(Method::DELETE, "profiles/42?block=", &Value::Null, 400);
    sender.send(Method::DELETE, "profiles/42?blok=true", &Value::Null, 400);
    sender.send(Method::POST, "events?x=", &json!({"name": "Visit", "profile": {"id": "42"}}), 400);
    // A key may stand in the query.
    let address = format!("/api/data/v1/profiles/42?auth_token={}", sender.key.secret);
    app.send(Method::GET, &address, &[], "").expect(200);
    // Of other formats nobody knows what clients add.
    app.post(&sender.key, "/v1/track?verbose=1", &json!({"userId": "42", "event": "Visit"})).expect(200);
}

#[test]
fn a_token_may_have_4096_characters() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    // What does not compress, with what Postgres reads as an escape.
    let noise = |seed: u64| -> String {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(33 + u8::try_from((state >> 33) % 94).expect("below 94"))
        };
        (0..4094).map(|_| next()).collect()
    };
    let tokens = [1, 2, 3].map(|seed| format!("\\x{}", noise(seed)));
    for token in &tokens {
        sender.put("profiles/42", json!({"devices": [{"token": token, "platform": "ios"}]}));
    }
    sender.put(
        "profiles/42",
        json!({"devices": [{"token": tokens[0], "platform": "android"}, {"token": tokens[1], "removed": true}]}),
    );
    let shown = sender.get("profiles/42")["devices"].clone();
    let mut shown: Vec<_> =
        shown.as_array().expect("a list").iter().map(|it| (&it["token"], &it["platform"])).collect();
    shown.sort_by_key(|(token, _)| token.as_str() != Some(tokens[0].as_str()));
    let expected = [(&json!(tokens[0]), &json!("android")), (&json!(tokens[2]), &json!("ios"))];
    assert_eq!(shown, expected);
    let long = json!({"devices": [{"token": format!("{}x", tokens[0])}]});
    sender.send(Method::PUT, "profiles/42", &long, 400);
}

#[test]
fn nobody_is_not_found_and_not_made() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let id = sender.put("profiles/42", json!({}))["id"].as_str().expect("an id").to_owned();
    let never = "0193b2c4-0000-7000-8000-000000000001";
    sender.send(Method::DELETE, "profiles/42", &Value::Null, 202);
    for who in ["id:nobody", "email:nobody@example.com", never, &id, "42"] {
        for rest in ["", "/subscriptions", "/activity", "/merges"] {
            sender.send(Method::GET, &format!("profiles/{who}{rest}"), &Value::Null, 404);
        }
        for (method, rest) in [
            (Method::DELETE, ""),
            (Method::DELETE, "?block=true"),
            (Method::DELETE, "/devices/t"),
            (Method::POST, "/merges/0193b2c4-0000-7000-8000-000000000002/undo"),
        ] {
            sender.send(method, &format!("profiles/{who}{rest}"), &Value::Null, 404);
        }
    }
    assert_eq!(app.live_profiles(), 0);
}

#[test]
fn times_have_one_spelling_and_no_name_is_null() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let change = json!({
        "devices": [{"token": "t"}], "created_at": "2026-01-01T00:00:00.5Z", "attributes": {"as_sent": "2026-01-01T00:00:00+00:00"},
    });
    let shown = sender.put("profiles/42", change);
    let event = json!({"name": "Visit", "profile": {"id": "42"}, "occurred_at": "2040-01-01T00:00:00+01:00"});
    sender.send(Method::POST, "events", &event, 202);
    let seen = [shown.clone(), sender.get("profiles/42/activity"), sender.get("profiles")].map(|it| it.to_string());
    assert_eq!(seen.concat().matches("+00:00").count(), 2, "what was sent stays: {seen:?}");
    assert_eq!((&shown["name"], &shown["created_at"]), (&Value::Null, &json!("2026-01-01T00:00:00.5Z")));
    let claimed = &sender.get("profiles/42/activity")["activity"][0]["context"]["claimed_time"];
    assert_eq!(claimed, "2039-12-31T23:00:00Z");
}
