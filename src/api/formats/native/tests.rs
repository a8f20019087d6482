//! Tests of the native format.

use serde_json::{Value, json};

use super::*;
use crate::{
    api::formats::shape::{browser, said, server},
    db::ids::ProfileId,
    identities::Reading,
};

fn item(item: Value) -> Value {
    item_as(&server(), item)
}

fn item_as(call: &Call, item: Value) -> Value {
    said(&read_batch(&json!({"items": [item]}).to_string(), call).unwrap()[0])
}

/// Code and field of the refusal of an item.
fn refused(given: Value) -> (String, String) {
    let refused = item(given);
    let text = |name: &str| refused[name].as_str().unwrap_or_else(|| panic!("{refused}")).to_owned();
    (text("refused"), text("field"))
}

/// An identify item with these additional fields.
fn identify(more: Value) -> Value {
    let mut item = json!({"type": "identify", "profile": {"id": "42"}});
    for (name, value) in more.as_object().unwrap() {
        item[name] = value.clone();
    }
    item
}

fn who() -> Person {
    read_reference("id", "id:42", Reading::default()).unwrap()
}

/// The statements of a body.
fn body_of(read: Result<Vec<Item>, Refused>) -> Value {
    said(&Entry { kind: "", raw: String::new(), said: read, warnings: Vec::new() })
}

#[test]
fn identify_says_everything_about_a_profile() {
    let full = identify(json!({
        "profile": {"id": 42, "anonymous_id": "a1", "email": "Ann@example.com", "phone": "+1 415 555 0123", "crm-2": "x", "none": null},
        "as_of": "2026-11-01T00:00:00Z", "created_at": 1_767_225_600,
        "attributes": {"plan": "pro", "gone": null, "deep": {"a": [1]}},
        "tags": {"add": ["vip", 7], "remove": ["trial"]},
        "channels": {"email": "ann@example.com", "sms": null},
        "devices": [
            {"token": "t", "type": "webpush", "platform": "Web", "model": "m", "os_version": "1", "active": false,
             "limits_ad_tracking": true, "att_status": "denied"},
            {"token": "old", "removed": true},
        ],
        "consents": {"news": {"given": true, "document": "v3", "location": "/", "hardware_id": "h", "as_of": "2026-10-01T00:00:00Z"}},
        "subscriptions": [{"channel": "email", "state": "pending", "reason": "user"}, {"topic": "news", "state": "subscribed"}],
    }));
    let person = json!(["anonymous_id:a1", "crm-2:x", "email:ann@example.com", "id:42", "phone:+14155550123"]);
    let at = "2026-11-01T00:00:00Z";
    let expected = json!([
        {
            "who": person, "at": at, "created_at": "2026-01-01T00:00:00Z",
            "attributes": {"plan": "pro", "gone": null, "deep": {"a": [1]}},
            "addresses": {"email": "ann@example.com", "sms": null},
            "devices": {
                "t": {"type": "webpush", "platform": "web", "model": "m", "os_version": "1", "active": false,
                      "limits_ad_tracking": true, "att_status": "denied"},
                "old": null,
            },
            "consents": {"news": {
                "given": true, "document": "v3", "location": "/", "hardware_id": "h", "as_of": "2026-10-01T00:00:00Z",
            }},
        },
        {"who": person, "at": at, "add": ["vip", "7"], "remove": ["trial"]},
        {"who": person, "at": at, "channel": "email", "state": "pending", "reason": "user"},
        {"who": person, "at": at, "channel": "all", "topic": "news", "state": "subscribed", "reason": "api"},
    ]);
    assert_eq!(item(full), expected);
    assert_eq!(item(identify(json!({}))), json!([{"who": ["id:42"], "identify": true}]));
}

#[test]
fn a_typing_error_is_refused_by_its_name() {
    for (more, field) in [
        (json!({"atributes": {}}), "atributes"),
        (json!({"tags": {"ad": []}}), "tags.ad"),
        (json!({"channels": {"phone": "+14155550123"}}), "channels.phone"),
        (json!({"devices": [{"token": "t"}, {"token": "u", "os": "1"}]}), "devices[1].os"),
        (json!({"consents": {"news": {"given": true, "doc": "1"}}}), "consents.news.doc"),
        (json!({"subscriptions": [{"channel": "email", "state": "subscribed", "why": 1}]}), "subscriptions[0].why"),
    ] {
        assert_eq!(refused(identify(more)), (codes::UNKNOWN_FIELD.to_string(), field.to_owned()));
    }
    let more = [
        json!({"type": "event", "profile": {"id": "1"}, "name": "A", "props": {}}),
        json!({"type": "tag", "profile": {"id": "1"}, "tags": ["a"]}),
        json!({"type": "merge", "profile": {"id": "1"}, "from": "id:2", "as_of": "2026-01-01"}),
        json!({"type": "delete", "profile": {"id": "1"}, "blocked": true}),
        json!({"type": "subscribe", "profile": {"id": "1"}, "channel": "sms", "topics": []}),
    ];
    for given in more {
        assert_eq!(refused(given).0, codes::UNKNOWN_FIELD.as_str());
    }
    assert_eq!(read_batch(r#"{"items":[],"sent":1}"#, &server()).unwrap_err().code, codes::UNKNOWN_FIELD);
}

#[test]
fn wrong_values_are_refused_at_their_place() {
    for (more, field) in [
        (json!({"profile": {"id": {}}}), "profile.id"),
        (json!({"profile": {"email": "nobody"}}), "profile.email"),
        (json!({"profile": {"Email": "a@example.com"}}), "profile.Email"),
        (json!({"profile": "42"}), "profile"),
        (json!({"attributes": []}), "attributes"),
        (json!({"attributes": {"a\nb": 1}}), "attributes.a\nb"),
        (json!({"attributes": {"big": "x".repeat(70_000)}}), "attributes.big"),
        (json!({"tags": ["vip"]}), "tags"),
        (json!({"tags": {"add": "vip"}}), "tags.add"),
        (json!({"tags": {"add": ["a", "two words"]}}), "tags.add[1]"),
        (json!({"channels": {"sms": "12"}}), "channels.sms"),
        (json!({"channels": {"email": 7}}), "channels.email"),
        (json!({"devices": {}}), "devices"),
        (json!({"devices": [{"type": "push"}]}), "devices[0].token"),
        (json!({"devices": [{"token": "t", "type": "fax"}]}), "devices[0].type"),
        (json!({"devices": [{"token": "t", "active": "yes"}]}), "devices[0].active"),
        (json!({"consents": {"news": true}}), "consents.news"),
        (json!({"consents": {"news": {}}}), "consents.news.given"),
        (json!({"consents": {"news": {"given": true, "as_of": "2027-01-01"}}}), "consents.news.as_of"),
        (json!({"subscriptions": [{"state": "subscribed"}]}), "subscriptions[0].channel"),
        (json!({"subscriptions": [{"channel": "email"}]}), "subscriptions[0].state"),
        (json!({"subscriptions": [{"channel": "post", "state": "subscribed"}]}), "subscriptions[0].channel"),
        (json!({"subscriptions": [{"channel": "sms", "state": "on"}]}), "subscriptions[0].state"),
        (
            json!({"subscriptions": [{"channel": "sms", "state": "subscribed", "reason": "x"}]}),
            "subscriptions[0].reason",
        ),
        (json!({"created_at": "soon"}), "created_at"),
        (json!({"as_of": "2026-11-22T08:41:00Z"}), "as_of"),
        (json!({"as_of": true}), "as_of"),
    ] {
        assert_eq!(refused(identify(more)), (codes::INVALID_VALUE.to_string(), field.to_owned()));
    }
    for nobody in [json!({"profile": {}}), json!({"profile": null}), json!({"profile": {"id": " "}})] {
        assert_eq!(refused(identify(nobody)), (codes::MISSING_ID.to_string(), "profile".to_owned()));
    }
    for kind in [json!("track"), json!(null)] {
        assert_eq!(refused(json!({"type": kind})), (codes::UNKNOWN_TYPE.to_string(), "type".to_owned()));
    }
    assert_eq!(refused(json!({"type": 7})), (codes::INVALID_VALUE.to_string(), "type".to_owned()));
}

#[test]
fn events_have_kind_time_and_id() {
    let event = |more: Value| {
        let mut given = json!({"type": "event", "profile": {"anonymous_id": "a"}, "name": "Order"});
        for (name, value) in more.as_object().unwrap() {
            given[name] = value.clone();
        }
        item(given)
    };
    let who = json!(["anonymous_id:a"]);
    let at = "2026-11-01T00:00:00Z";
    let full = event(json!({
        "id": 7, "kind": "page", "occurred_at": "2026-11-01T01:00:00+01:00", "properties": {"n": 1}, "context": {"ip": "::1"},
    }));
    let expected = json!([{
        "who": who, "at": at, "occurred_at": at, "page": "Order", "id": "7", "properties": {"n": 1}, "context": {"ip": "::1"},
    }]);
    assert_eq!(full, expected);
    assert_eq!(event(json!({})), json!([{"who": who, "event": "Order"}]));
    assert_eq!(event(json!({"id": "e1"}))[0]["repeats_for"], 60 * 24 * 60);
    let ahead = event(json!({"occurred_at": "2027-01-01T00:00:00Z"}));
    assert_eq!(ahead[0]["context"]["claimed_time"], "2027-01-01T00:00:00Z");
    for (more, field) in [
        (json!({"name": null}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"kind": "click"}), "kind"),
        (json!({"id": {}}), "id"),
        (json!({"occurred_at": "soon"}), "occurred_at"),
        (json!({"properties": [1]}), "properties"),
        (json!({"context": "x"}), "context"),
    ] {
        assert_eq!(event(more), json!({"refused": codes::INVALID_VALUE, "field": field}));
    }
    assert_eq!(event(json!({"properties": {"a": "x".repeat(262_144)}}))["refused"], codes::TOO_LARGE);
    let alone = r#"{"name":"Order","profile":{"id":"1"},"properties":{"a":NaN}}"#;
    assert_eq!(
        said(&read_event(alone, &server()).unwrap()[0]),
        json!([{"who": ["id:1"], "event": "Order", "properties": {"a": null}}])
    );
    assert!(read_event("[]", &server()).is_err());
}

#[test]
fn the_other_items_are_one_statement_each() {
    let person = json!({"id": "42"});
    let tag = json!({"type": "tag", "profile": person, "add": ["a"], "remove": ["b"], "as_of": "2026-11-01"});
    assert_eq!(item(tag), json!([{"who": ["id:42"], "at": "2026-11-01T00:00:00Z", "add": ["a"], "remove": ["b"]}]));
    for (kind, state) in [("subscribe", "subscribed"), ("unsubscribe", "unsubscribed")] {
        let line = json!({"type": kind, "profile": person, "channel": "email", "topic": "news"});
        let expected =
            json!([{"who": ["id:42"], "channel": "email", "topic": "news", "state": state, "reason": "api"}]);
        assert_eq!(item(line), expected);
    }
    let bounced =
        json!({"type": "unsubscribe", "profile": person, "channel": "sms", "state": "suppressed", "reason": "bounce"});
    assert_eq!(item(bounced)[0]["restriction"], "Blocked(Sms)");
    let merge = json!({"type": "merge", "profile": person, "from": "id:a:b"});
    let joined = |joins: bool| json!([{"who": ["id:42"], "merge": ["id:a:b"], "joins_known": joins}]);
    assert_eq!((item(merge.clone()), item_as(&browser(), merge)), (joined(true), joined(false)));
    for from in [json!(null), json!("42"), json!("id:"), json!("Id:1")] {
        assert_eq!(item(json!({"type": "merge", "profile": person, "from": from}))["field"], "from");
    }
    let delete = json!({"type": "delete", "profile": person, "block": true});
    assert_eq!(item(delete.clone()), json!([{"who": ["id:42"], "delete": true, "block": true}]));
    assert_eq!(item_as(&browser(), delete)["refused"], codes::NOT_ALLOWED);
}

#[test]
fn bodies_say_what_items_say() {
    let call = server();
    let put = |body: &str| body_of(read_profile(who(), body, &call));
    assert_eq!(put(r#"{"identifiers":{"anonymous_id":"a","id":"42"}}"#)[0]["who"], json!(["id:42", "anonymous_id:a"]));
    assert_eq!(put(r#"{"attributes":{"plan":null},"as_of":"2026-11-01"}"#)[0]["attributes"], json!({"plan": null}));
    assert_eq!(put(r#"{"tags":{"add":["a"]}}"#)[1]["add"], json!(["a"]));
    assert_eq!(put(r#"{"profile":{}}"#), json!({"refused": codes::UNKNOWN_FIELD, "field": "profile"}));
    assert_eq!(put("nope")["refused"], codes::INVALID_JSON);
    let ours = Person::Profile(ProfileId(uuid::Uuid::from_u128(1)));
    assert_eq!(body_of(read_profile(ours.clone(), r#"{"identifiers":{"id":"1"}}"#, &call))["field"], "identifiers");
    assert!(body_of(read_profile(ours, "{}", &call)).is_array());

    let attributes = read_attributes(who(), r#"{"plan":"pro","gone":null}"#, &call);
    assert_eq!(body_of(attributes), json!([{"who": ["id:42"], "attributes": {"plan": "pro", "gone": null}}]));
    assert_eq!(body_of(read_attributes(who(), r#"{"a\nb":1}"#, &call))["field"], "a\nb");
    assert_eq!(body_of(read_tags(who(), r#"{"remove":["a"]}"#, &call)), json!([{"who": ["id:42"], "remove": ["a"]}]));
    let line = read_subscription(who(), r#"{"channel":"email","state":"unsubscribed","as_of":"2026-11-01"}"#, &call);
    let at = "2026-11-01T00:00:00Z";
    let expected = json!([{"who": ["id:42"], "at": at, "channel": "email", "state": "unsubscribed", "reason": "api"}]);
    assert_eq!(body_of(line), expected);
    let device = read_device(who(), "t", r#"{"platform":"ios"}"#, &call);
    let known = json!({"t": {"type": "push", "platform": "ios", "active": true}});
    assert_eq!(body_of(device), json!([{"who": ["id:42"], "devices": known}]));
    assert_eq!(body_of(read_device(who(), "t", r#"{"token":"u"}"#, &call))["field"], "token");
    assert_eq!(body_of(remove_device(who(), "t", &call)), json!([{"who": ["id:42"], "devices": {"t": null}}]));
    let consent = read_consent(who(), "news", r#"{"given":false}"#, &call);
    assert_eq!(body_of(consent), json!([{"who": ["id:42"], "consents": {"news": {"given": false}}}]));
    let merge = read_merge(who(), r#"{"from":"anonymous_id:a"}"#, &call);
    assert_eq!(body_of(merge), json!([{"who": ["id:42"], "merge": ["anonymous_id:a"], "joins_known": true}]));
    assert_eq!(body_of(delete(who(), false, &browser()))["refused"], codes::NOT_ALLOWED);
}

#[test]
fn at_most_a_thousand_items_come_at_once() {
    let items = |count: usize| json!({"items": vec![json!(1); count]}).to_string();
    assert_eq!(read_batch(&items(1000), &server()).unwrap().len(), 1000);
    assert_eq!(read_batch(&items(1001), &server()).unwrap_err().code, codes::TOO_LARGE);
}
