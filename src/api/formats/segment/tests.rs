//! Tests of Segment's format.

use serde_json::{Value, json};

use super::{read_batch, read_single};
use crate::{
    api::formats::{
        Call, Entry,
        shape::{browser, left_out, said, server},
    },
    rejections::codes,
};

fn read(message: Value) -> Entry {
    read_as(&server(), message)
}

fn read_as(call: &Call, message: Value) -> Entry {
    let body = json!({"batch": [message], "sentAt": "2026-11-22T08:30:00Z"}).to_string();
    read_batch(&body, call).unwrap().remove(0)
}

fn identify(traits: Value) -> Entry {
    read(json!({"type": "identify", "userId": "42", "traits": traits}))
}

/// A message of each type with these additional fields.
fn with(kind: &str, more: Value) -> Entry {
    let mut message = json!({"type": kind, "userId": "42", "event": "A", "groupId": "g", "previousId": "old"});
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    read(message)
}

#[test]
fn people_are_named_by_either_id() {
    let who = |message: Value| said(&read(message))[0]["who"].clone();
    assert_eq!(
        who(json!({"type": "identify", "userId": " 42 ", "anonymousId": "a"})),
        json!(["id:42", "anonymous_id:a"])
    );
    assert_eq!(who(json!({"type": "identify", "userId": 42, "anonymousId": null})), json!(["id:42"]));
    assert_eq!(who(json!({"type": "identify", "userId": "", "anonymousId": "a"})), json!(["anonymous_id:a"]));
    for message in [json!({"userId": " "}), json!({"userId": null, "anonymousId": null}), json!({})] {
        for kind in ["identify", "track", "page", "screen", "group"] {
            let mut message = message.clone();
            (message["type"], message["event"], message["groupId"]) = (json!(kind), json!("A"), json!("g"));
            assert_eq!(said(&read(message)), json!({"refused": codes::MISSING_ID, "field": "userId"}));
        }
    }
    let bad = said(&read(json!({"type": "identify", "userId": "a\nb"})));
    assert_eq!(bad, json!({"refused": codes::INVALID_VALUE, "field": "userId"}));
    assert_eq!(said(&read(json!({"type": "identify", "userId": {}})))["field"], "userId");
}

#[test]
fn traits_are_attributes_wherever_they_are() {
    let entry = read(json!({
        "type": "identify", "userId": "42",
        "traits": {"plan": "pro", "gone": null, "nested": {"a": [1]}, "": 1},
        "context": {"traits": {"plan": "basic", "city": "Gdańsk"}},
    }));
    assert_eq!(entry.kind, "identify");
    let attributes = json!({"plan": "pro", "gone": null, "nested": {"a": [1]}, "city": "Gdańsk"});
    assert_eq!(said(&entry), json!([{"who": ["id:42"], "attributes": attributes}]));
    assert_eq!(left_out(&entry), ["attribute name"]);
}

#[test]
fn email_and_phone_are_addresses_too() {
    let entry = identify(json!({"email": "Ann@example.com", "phone": "+1 415 555 0123"}));
    let addresses = json!({"email": "Ann@example.com", "sms": "+14155550123"});
    let attributes = json!({"email": "Ann@example.com", "phone": "+1 415 555 0123"});
    assert_eq!(said(&entry), json!([{"who": ["id:42"], "attributes": attributes, "addresses": addresses}]));
    assert_eq!(said(&identify(json!({"email": null})))[0]["addresses"], json!({"email": null}));
    let blank = identify(json!({"email": ""}));
    assert_eq!((said(&blank)[0].get("addresses"), left_out(&blank).len()), (None, 0));
}

#[test]
fn an_unusable_address_costs_only_itself() {
    let entry = identify(json!({"email": "nobody", "phone": 4155550123_i64, "plan": "pro"}));
    assert_eq!(said(&entry), json!([{"who": ["id:42"], "attributes": {"plan": "pro"}}]));
    assert_eq!(left_out(&entry), ["email", "phone"]);
    assert!(entry.warnings[0].message.contains("nobody"));
}

#[test]
fn a_user_id_that_is_an_email_reaches_them() {
    let named = |traits: Value| {
        said(&read(json!({"type": "identify", "userId": "Ann@example.com", "traits": traits})))[0]["addresses"].clone()
    };
    assert_eq!(named(json!({})), json!({"email": "Ann@example.com"}));
    assert_eq!(named(json!({"email": "b@example.com"})), json!({"email": "b@example.com"}));
    assert_eq!(named(json!({"email": null})), json!({"email": null}));
}

#[test]
fn unsubscribed_is_a_subscription_and_no_attribute() {
    let line = |state: &str| json!({"who": ["id:42"], "channel": "all", "state": state, "reason": "trait"});
    let expect = |state: &str| json!([{"who": ["id:42"], "attributes": {"plan": "pro"}}, line(state)]);
    assert_eq!(said(&identify(json!({"unsubscribed": true, "plan": "pro"}))), expect("unsubscribed"));
    assert_eq!(said(&identify(json!({"unsubscribed": "False", "plan": "pro"}))), expect("subscribed"));
    assert_eq!(said(&identify(json!({"unsubscribed": null}))), json!([{"who": ["id:42"], "identify": true}]));
    assert_eq!(left_out(&identify(json!({"unsubscribed": "maybe"}))), ["unsubscribed"]);
}

#[test]
fn preferences_are_topics() {
    let topic = |name: &str, state: &str| json!({"who": ["id:42"], "channel": "all", "topic": name, "state": state, "reason": "trait"});
    let nested = identify(json!({"cio_subscription_preferences": {"topics": {"news": true, "offers": false, "x": 3}}}));
    let who = json!({"who": ["id:42"], "identify": true});
    assert_eq!(said(&nested), json!([who, topic("news", "subscribed"), topic("offers", "unsubscribed")]));
    assert_eq!(left_out(&nested), ["x"]);
    let flat = identify(json!({"cio_subscription_preferences.topics.news": false}));
    assert_eq!(said(&flat), json!([who, topic("news", "unsubscribed")]));
}

#[test]
fn tags_come_under_two_names_with_any_message() {
    let tags = json!({"Vero": {"tags": {"add": ["vip"], "remove": "trial"}}, "kith": {"tags": {"add": ["two words", "b", 7]}}});
    let expected = json!({"who": ["id:42"], "add": ["vip", "b", "7"], "remove": ["trial"]});
    for kind in ["identify", "track", "page", "screen", "group"] {
        let entry = with(kind, json!({"integrations": tags}));
        assert_eq!(said(&entry).as_array().unwrap().last(), Some(&expected), "{kind}");
        assert_eq!(left_out(&entry), ["tags"]);
    }
    for none in [json!({"All": true}), json!({"Vero": true}), json!({"Other": {"tags": {"add": ["x"]}}})] {
        assert_eq!(said(&with("track", json!({"integrations": none}))).as_array().unwrap().len(), 1);
    }
}

#[test]
fn unsubscribe_and_resubscribe_are_events_and_subscriptions() {
    for (event, state) in [("Unsubscribe", "unsubscribed"), ("RESUBSCRIBE", "subscribed")] {
        let entry = with("track", json!({"event": event, "messageId": "m", "timestamp": "2026-11-01T00:00:00Z"}));
        let at = "2026-11-01T00:00:00Z";
        let expected = json!([
            {"who": ["id:42"], "event": event, "id": "m", "occurred_at": at, "at": at},
            {"who": ["id:42"], "channel": "all", "state": state, "reason": "event", "at": at},
        ]);
        assert_eq!(said(&entry), expected);
    }
    let other = with("track", json!({"event": "unsubscribe", "properties": {"id": 7}}));
    assert_eq!([&said(&other)[0]["who"], &said(&other)[1]["who"]], [&json!(["id:7"]); 2]);
    let nobody = json!({"type": "track", "event": "Unsubscribe", "properties": {"id": "7"}});
    assert_eq!(said(&read(nobody))[1]["who"], json!(["id:7"]));
    let strange = with("track", json!({"event": "Unsubscribe", "properties": {"id": {}}}));
    assert_eq!((said(&strange)[1]["who"].clone(), left_out(&strange)), (json!(["id:42"]), vec!["properties.id"]));
    let order = with("track", json!({"event": "Order", "properties": {"id": "7"}}));
    assert_eq!(said(&order)[0]["who"], json!(["id:42"]));
}

#[test]
fn events_keep_name_properties_and_context() {
    let entry = with(
        "track",
        json!({
            "event": "Order Completed", "messageId": "m1", "timestamp": "2026-11-22T08:00:00.123456+00:00",
            "channel": "server", "properties": {"total": 6.07, "big": 1180591620717411303424_u128},
            "context": {"ip": "10.0.0.1", "page": {"path": "/"}, "library": {"name": "analytics-python"}, "traits": {"a": 1}},
        }),
    );
    let at = "2026-11-22T08:00:00.123456Z";
    let expected = json!([{
        "who": ["id:42"], "event": "Order Completed", "id": "m1", "occurred_at": at, "at": at,
        "properties": {"total": 6.07, "big": 1180591620717411303424_u128},
        "context": {"ip": "10.0.0.1", "page": {"path": "/"}, "library": {"name": "analytics-python"}, "channel": "server"},
    }]);
    assert_eq!(said(&entry), expected);
    assert_eq!(said(&with("track", json!({"event": null})))["field"], "event");
    let list = with("track", json!({"properties": [1]}));
    assert_eq!((said(&list), left_out(&list)), (json!([{"who": ["id:42"], "event": "A"}]), vec!["properties"]));
}

#[test]
fn pages_and_screens_are_named_by_category_and_name() {
    let name = |kind: &str, more: Value| said(&with(kind, more))[0][kind].clone();
    assert_eq!(name("page", json!({"name": "Home"})), "Home");
    assert_eq!(name("page", json!({"name": "Index", "category": "Docs"})), "Docs Index");
    assert_eq!(name("screen", json!({"category": "Docs", "properties": {"name": "other"}})), "Docs");
    assert_eq!(name("screen", json!({})), "screen");
    assert_eq!(said(&with("page", json!({"properties": {"url": "/"}})))[0]["properties"], json!({"url": "/"}));
}

#[test]
fn groups_are_a_list_and_an_attribute_each() {
    let entry = with("group", json!({"groupId": 7, "traits": {"name": "Acme"}}));
    let attributes = json!({"group:7": {"name": "Acme"}});
    assert_eq!(said(&entry), json!([{"who": ["id:42"], "lists": [["groups", "7"]], "attributes": attributes}]));
    assert_eq!(said(&with("group", json!({"traits": {}}))), json!([{"who": ["id:42"], "lists": [["groups", "g"]]}]));
    assert_eq!(said(&with("group", json!({"groupId": ""}))), json!({"refused": codes::MISSING_ID, "field": "groupId"}));
}

#[test]
fn an_alias_leaves_open_what_sort_of_id_the_old_one_was() {
    let merge =
        |joins: bool| json!([{"who": ["id:42"], "merge": ["id:old", "anonymous_id:old"], "joins_known": joins}]);
    assert_eq!(said(&with("alias", json!({}))), merge(true));
    let sent = json!({"type": "alias", "userId": "42", "previousId": "old"});
    assert_eq!(said(&read_as(&browser(), sent)), merge(false));
    for field in ["userId", "previousId"] {
        assert_eq!(said(&with("alias", json!({field: null}))), json!({"refused": codes::MISSING_ID, "field": field}));
    }
}

#[test]
fn devices_come_from_the_context() {
    let context = json!({
        "device": {"token": "t0k", "id": "d", "type": "iOS", "manufacturer": "Apple", "model": "iPhone17,1", "adTrackingEnabled": false},
        "os": {"name": "iOS", "version": "26.1"},
    });
    let device = json!({"t0k": {
        "type": "push", "platform": "ios", "model": "Apple iPhone17,1", "os_version": "26.1", "active": true,
        "limits_ad_tracking": true,
    }});
    assert_eq!(said(&with("identify", json!({"context": context})))[0]["devices"], device);
    assert_eq!(said(&with("track", json!({"context": context})))[1], json!({"who": ["id:42"], "devices": device}));
    let unpushed = json!({"context": {"device": {"id": "d", "type": "android"}}});
    let known = json!({"d": {"type": "push", "platform": "android", "active": false}});
    assert_eq!(said(&with("identify", unpushed.clone()))[0]["devices"], known);
    assert_eq!(said(&with("track", unpushed)).as_array().unwrap().len(), 1);
    assert_eq!(left_out(&with("track", json!({"context": {"device": {"token": "a b"}}}))), ["device token"]);
}

#[test]
fn locale_and_timezone_fill_gaps_with_identify_only() {
    let context = json!({"locale": "pl-PL", "timezone": "Europe/Warsaw", "userAgent": "x"});
    let defaults = json!({"locale": "pl-PL", "timezone": "Europe/Warsaw"});
    assert_eq!(said(&with("identify", json!({"context": context}))), json!([{"who": ["id:42"], "defaults": defaults}]));
    let expected = json!([{"who": ["id:42"], "event": "A", "context": context}]);
    assert_eq!(said(&with("track", json!({"context": context}))), expected);
}

#[test]
fn consents_are_kept_by_category() {
    let context = json!({"consent": {"categoryPreferences": {"Advertising": true, "Analytics": false, "Odd": 2}}});
    let consents = json!({"category:Advertising": {"given": true}, "category:Analytics": {"given": false}});
    let entry = with("identify", json!({"context": context}));
    assert_eq!(
        (said(&entry), left_out(&entry)),
        (json!([{"who": ["id:42"], "consents": consents}]), vec!["category:Odd"])
    );
    assert_eq!(said(&with("track", json!({"context": context})))[1]["consents"], consents);
}

#[test]
fn times_that_cannot_be_become_the_arrival() {
    let track = |more: Value| said(&with("track", more))[0].clone();
    assert_eq!(track(json!({"originalTimestamp": "2026-11-01T00:00:00Z"}))["at"], "2026-11-01T00:00:00Z");
    let both = json!({"timestamp": "2026-11-02T00:00:00Z", "originalTimestamp": "2026-11-01T00:00:00Z"});
    assert_eq!(track(both)["at"], "2026-11-02T00:00:00Z");
    assert_eq!(track(json!({"timestamp": null, "originalTimestamp": "2026-11-01"}))["at"], "2026-11-01T00:00:00Z");
    assert_eq!(track(json!({"timestamp": "2026-11-22T08:00:00"}))["at"], "2026-11-22T08:00:00Z", "no zone is UTC");
    assert_eq!(track(json!({"timestamp": "2026-11-22T08:39:00Z"}))["at"], "2026-11-22T08:39:00Z");
    for odd in ["2026-11-22T08:41:00Z", "1999-12-31T23:59:59Z", "soon"] {
        let event = track(json!({"timestamp": odd, "messageId": "m"}));
        assert_eq!((event.get("at"), event.get("occurred_at")), (None, None), "{odd}");
        assert_eq!(event["context"], json!({"claimed_time": odd}));
        assert_eq!(event["repeats_for"], 60 * 24 * 60);
    }
    assert_eq!(said(&with("identify", json!({"timestamp": "2026-11-01T00:00:00Z"})))[0]["at"], "2026-11-01T00:00:00Z");
}

#[test]
fn only_clocks_of_browsers_are_set_right() {
    let sent = |call: &Call, more: Value| {
        let mut message = json!({
            "type": "track", "userId": "1", "event": "A", "messageId": "m",
            "timestamp": "2026-11-22T07:00:00Z", "sentAt": "2026-11-22T07:10:00Z",
        });
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        let event = said(&read_as(call, message))[0].clone();
        (event.get("at").cloned().unwrap_or_default(), event.get("repeats_for").is_some())
    };
    assert_eq!(
        sent(&browser(), json!({})),
        (json!("2026-11-22T08:20:00Z"), true),
        "a repeat is set right by another time"
    );
    assert_eq!(sent(&server(), json!({})), (json!("2026-11-22T07:00:00Z"), false));
    assert_eq!(sent(&browser(), json!({"channel": "server"})), (json!("2026-11-22T07:00:00Z"), false));
    assert_eq!(sent(&browser(), json!({"sentAt": "2026-11-22T08:29:01Z"})), (json!("2026-11-22T07:00:00Z"), false));
    // A message without its own `sentAt` takes that of the call.
    let old = json!({"sentAt": null, "timestamp": "2026-11-22T08:00:00Z"});
    assert_eq!(sent(&browser(), old), (json!("2026-11-22T08:00:00Z"), false));
    let never_set = json!({"timestamp": "1970-01-01T00:05:00Z", "sentAt": "1970-01-01T00:06:00Z"});
    assert_eq!(sent(&browser(), never_set), (json!("2026-11-22T08:29:00Z"), true));
}

#[test]
fn message_ids_make_repeats() {
    let id = |more: Value| said(&with("track", more))[0].clone();
    assert_eq!(id(json!({"messageId": "m"})), json!({"who": ["id:42"], "event": "A", "id": "m", "repeats_for": 86400}));
    assert_eq!(id(json!({})), json!({"who": ["id:42"], "event": "A"}));
    let (long, longer) = ("x".repeat(100), "x".repeat(101));
    assert_eq!(id(json!({"messageId": long}))["id"], json!(long));
    let hashed = id(json!({"messageId": longer}))["id"].clone();
    assert!(hashed.as_str().unwrap().len() < 100);
    assert_eq!(id(json!({"messageId": longer}))["id"], hashed);
    assert_ne!(id(json!({"messageId": format!("{longer}x")}))["id"], hashed);
}

#[test]
fn an_event_has_at_most_256_kib() {
    let track =
        |bytes: usize| said(&with("track", json!({"properties": {"a": "x".repeat(bytes)}, "context": {"b": 1}})));
    assert!(track(262_000).is_array());
    assert_eq!(track(262_144), json!({"refused": codes::TOO_LARGE, "field": "properties"}));
    assert_eq!(
        said(&with("identify", json!({"traits": {"a": "x".repeat(1 << 20)}})))["refused"],
        codes::TOO_LARGE.as_str()
    );
    let large = identify(json!({"a": "x".repeat(70_000), "plan": "pro"}));
    assert_eq!(said(&large)[0]["attributes"], json!({"plan": "pro"}));
    assert_eq!(left_out(&large), ["a"]);
}

#[test]
fn neighbours_of_a_bad_item_survive() {
    let good = r#"{"type":"track","userId":"1","event":"A","properties":{"n":NaN,"s":"\ud83d\u0000"}}"#;
    let deep =
        format!(r#"{{"type":"track","userId":"1","event":"A","properties":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let body = format!(r#"{{"batch":[{good},{deep},7,{{"type":"import"}},{good}]}}"#);
    let entries = read_batch(&body, &server()).unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.said.is_ok())).collect();
    assert_eq!(kinds, [("track", true), ("unknown", false), ("unknown", false), ("unknown", false), ("track", true)]);
    assert_eq!(said(&entries[4])[0]["properties"], json!({"n": null, "s": "\u{fffd}"}));
    assert_eq!(said(&entries[3]), json!({"refused": codes::UNKNOWN_TYPE, "field": "type"}));
    assert_eq!(entries[2].raw, "7");
    for body in ["", "[]", "{\"batch\":1}", "{}", "batch=1"] {
        assert!(read_batch(body, &server()).is_err(), "{body}");
    }
}

#[test]
fn single_messages_are_named_by_their_address() {
    let body = r#"{"userId":"42","event":"A","previousId":"old","groupId":"g","type":"nonsense"}"#;
    for (short, long) in
        [("i", "identify"), ("t", "track"), ("p", "page"), ("s", "screen"), ("g", "group"), ("a", "alias")]
    {
        for name in [short, long] {
            let entries = read_single(name, body, &server()).unwrap();
            assert_eq!((entries[0].kind, entries[0].said.is_ok(), &*entries[0].raw), (long, true, body));
        }
    }
    let keyed = read_single("t", r#"{"writeKey":"k","userId":"42","event":"A"}"#, &server()).unwrap();
    assert_eq!((&*keyed[0].raw, keyed[0].said.is_ok()), (r#"{"event":"A","userId":"42"}"#, true));
    assert!(read_single("t", "[]", &server()).is_err() && read_single("t", "nope", &server()).is_err());
}
