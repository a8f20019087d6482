//! Tests of Vero's format.

use serde_json::{Value, json};

use super::{Endpoint, read};
use crate::{
    api::formats::{
        Call, Entry,
        shape::{browser, left_out, said, server},
    },
    rejections::codes,
};

fn entry(endpoint: Endpoint, body: &Value) -> Entry {
    entry_of(endpoint, &body.to_string(), &server())
}

fn entry_of(endpoint: Endpoint, body: &str, call: &Call) -> Entry {
    let mut read = read(endpoint, body, call).unwrap();
    assert_eq!(read.entries.len(), 1);
    read.entries.remove(0)
}

fn track(more: Value) -> Value {
    let mut body = json!({"identity": {"id": "42"}, "event_name": "Purchased Item"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    said(&entry(Endpoint::Track, &body))
}

#[test]
fn people_are_named_by_id_or_else_by_email() {
    let identify = |body: Value| said(&entry(Endpoint::Identify, &body));
    let addresses = json!({"email": "Ann@example.com"});
    assert_eq!(identify(json!({"id": 42})), json!([{"who": ["id:42"], "identify": true}]));
    let both = json!({"id": "42", "email": "Ann@example.com"});
    assert_eq!(identify(both), json!([{"who": ["id:42"], "addresses": addresses}]));
    let email_only = json!([{"who": ["id:ann@example.com"], "addresses": addresses}]);
    assert_eq!(identify(json!({"id": null, "email": "Ann@example.com", "data": null})), email_only);
    let null = json!([{"who": ["id:42"], "identify": true}]);
    assert_eq!(identify(json!({"id": "42", "email": null, "data": null, "channels": null})), null);
    for nobody in [json!({}), json!({"id": null, "email": null}), json!({"id": " "})] {
        assert_eq!(identify(nobody), json!({"refused": codes::MISSING_ID, "field": "id"}));
    }
    assert_eq!(identify(json!({"id": "x".repeat(256)})), json!({"refused": codes::INVALID_VALUE, "field": "id"}));
}

#[test]
fn data_and_changes_are_attributes() {
    for (endpoint, field, kind) in [(Endpoint::Identify, "data", "identify"), (Endpoint::Edit, "changes", "edit")] {
        let entry = entry(
            endpoint,
            &json!({"id": "42", field: {
                "plan": "pro", "gone": null, "language": "en", "timezone": "+1", "_user_type": "User",
                "phone_number": "+1 415 555 0123",
            }}),
        );
        let attributes = json!({"plan": "pro", "gone": null, "language": "en", "timezone": "+1", "_user_type": "User"});
        let addresses = json!({"sms": "+14155550123"});
        assert_eq!(said(&entry), json!([{"who": ["id:42"], "attributes": attributes, "addresses": addresses}]));
        assert_eq!(entry.kind, kind);
    }
    let bad = entry(Endpoint::Edit, &json!({"id": "42", "changes": {"phone_number": "12", "plan": "pro"}}));
    assert_eq!(said(&bad), json!([{"who": ["id:42"], "attributes": {"plan": "pro"}}]));
    assert_eq!(left_out(&bad), ["phone"]);
    let none = entry(Endpoint::Edit, &json!({"id": "42", "changes": {"phone_number": null}}));
    assert_eq!(said(&none)[0]["addresses"], json!({"sms": null}));
}

#[test]
fn channels_are_devices() {
    let body = json!({"id": "42", "channels": [
        {"type": "push", "address": "t0k", "platform": "Android"}, {"type": "fax", "address": "1"}, {"type": "push"}, 7,
    ]});
    let entry_ = entry(Endpoint::Identify, &body);
    let device = json!({"type": "push", "platform": "android", "active": true});
    assert_eq!(said(&entry_), json!([{"who": ["id:42"], "devices": {"t0k": device}}]));
    assert_eq!(left_out(&entry_), ["channels", "device token", "channels"]);
    assert_eq!(
        said(&entry(Endpoint::Identify, &json!({"id": "42", "channels": []}))),
        json!([{"who": ["id:42"], "identify": true}])
    );
    assert_eq!(left_out(&entry(Endpoint::Identify, &json!({"id": "42", "channels": "push"}))), ["channels"]);
}

#[test]
fn tags_are_added_and_removed() {
    let body = json!({"id": "42", "add": [" vip ", "not a tag"], "remove": ["old"]});
    let both = entry(Endpoint::Tags, &body);
    assert_eq!(said(&both), json!([{"who": ["id:42"], "add": ["vip"], "remove": ["old"]}]));
    assert_eq!(left_out(&both), ["tags"]);
    assert_eq!(said(&entry(Endpoint::Tags, &json!({"id": "42", "add": []}))), json!([{"who": ["id:42"]}]));
}

#[test]
fn subscriptions_are_by_id_or_by_address() {
    for (endpoint, state) in [(Endpoint::Unsubscribe, "unsubscribed"), (Endpoint::Resubscribe, "subscribed")] {
        let line = |who: Value| json!([{"who": who, "channel": "all", "state": state, "reason": "api"}]);
        assert_eq!(said(&entry(endpoint, &json!({"id": 42, "email": null}))), line(json!(["id:42"])));
        let by_email = entry(endpoint, &json!({"id": null, "email": "Ann@example.com"}));
        assert_eq!(said(&by_email), line(json!("email Ann@example.com")));
        assert_eq!(said(&entry(endpoint, &json!({"email": "nobody"})))["field"], "email");
        assert_eq!(said(&entry(endpoint, &json!({})))["refused"], codes::MISSING_ID.as_str());
    }
}

#[test]
fn reidentify_merges_into_the_new_id() {
    let body = json!({"id": "old", "new_id": 42});
    let merge = |joins: bool| json!([{"who": ["id:42"], "merge": ["id:old"], "joins_known": joins}]);
    assert_eq!(said(&entry(Endpoint::Reidentify, &body)), merge(true));
    let weak = Call { can_merge: false, ..server() };
    assert_eq!(said(&entry_of(Endpoint::Reidentify, &body.to_string(), &weak)), merge(false));
    for (body, field) in [(json!({"id": "old"}), "new_id"), (json!({"new_id": "1"}), "id")] {
        assert_eq!(said(&entry(Endpoint::Reidentify, &body)), json!({"refused": codes::MISSING_ID, "field": field}));
    }
}

#[test]
fn only_keys_that_may_delete_do() {
    let body = json!({"id": "42"});
    assert_eq!(said(&entry(Endpoint::Delete, &body)), json!([{"who": ["id:42"], "delete": true, "block": false}]));
    let refused = said(&entry_of(Endpoint::Delete, &body.to_string(), &browser()));
    assert_eq!(refused["refused"], codes::NOT_ALLOWED.as_str());
}

#[test]
fn events_have_their_time_and_what_makes_them_the_same() {
    let first =
        track(json!({"data": {"sku": "a"}, "extras": {"source": "js", "created_at": "2026-11-01T01:00:00+0100"}}));
    let at = "2026-11-01T00:00:00Z";
    let expected = json!([{
        "who": ["id:42"], "event": "Purchased Item", "properties": {"sku": "a"}, "context": {"source": "js"}, "at": at,
        "occurred_at": at, "repeats_for": 5, "id": first[0]["id"],
    }]);
    assert_eq!(first, expected);
    for same in ["2026-11-01T00:00:00Z", "2026-11-01T01:00:00+01:00", "1793491200"] {
        assert_eq!(track(json!({"extras": {"created_at": same}}))[0]["at"], at, "{same}");
    }
    assert_eq!(track(json!({"extras": {"created_at": 1_793_491_200}}))[0]["at"], at);
    let odd = track(json!({"extras": {"created_at": "2031-01-01"}}));
    assert_eq!((odd[0].get("at"), &odd[0]["context"]), (None, &json!({"claimed_time": "2031-01-01"})));
    assert_eq!(track(json!({"event_name": " "}))["field"], "event");

    let id = |more: Value| track(more)[0]["id"].clone();
    assert_eq!(id(json!({"data": {"sku": "a"}})), first[0]["id"]);
    assert_eq!(
        id(json!({"data": {"sku": "a"}, "event_name": "purchased_item", "extras": {"check_id": 1}})),
        first[0]["id"]
    );
    let others = [
        json!({"data": {"sku": "b"}}),
        json!({}),
        json!({"extras": {"check_id": "1"}}),
        json!({"data": {"sku": "a"}, "event_name": "Other"}),
        json!({"data": {"sku": "a"}, "identity": {"id": "43"}}),
    ];
    let mut ids: Vec<_> =
        others.into_iter().map(|other| id(other).to_string()).chain([first[0]["id"].to_string()]).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn an_event_says_where_its_person_is_reached() {
    let who = json!(["id:ann@example.com"]);
    let alone = track(json!({"identity": {"id": null, "email": "ann@example.com"}}));
    assert_eq!((alone.as_array().unwrap().len(), &alone[0]["who"]), (1, &who), "an email alone only names them");
    let (told, who) = (track(json!({"identity": {"id": 42, "email": "ann@example.com"}})), json!(["id:42"]));
    assert_eq!(told[0], json!({"who": who, "addresses": {"email": "ann@example.com"}}));
    assert_eq!((&told[1]["who"], &told[1]["event"]), (&who, &json!("Purchased Item")));
    assert_eq!(track(json!({"identity": null})), json!({"refused": codes::MISSING_ID, "field": "id"}));
    assert_eq!(track(json!({"identity": {"id": 1, "email": "nobody"}})).as_array().unwrap().len(), 1);
}

#[test]
fn keys_are_no_part_of_what_is_said() {
    for flag in [json!(true), json!("true")] {
        let body = json!({"auth_token": "s3cret", "tracking_api_key": "s3cret", "development_mode": flag, "id": "42"});
        let found = read(Endpoint::Identify, &body.to_string(), &server()).unwrap();
        assert!(found.is_development);
        assert_eq!(found.entries[0].raw, r#"{"id":"42"}"#);
    }
    assert!(!read(Endpoint::Identify, r#"{"development_mode":false}"#, &server()).unwrap().is_development);
}

#[test]
fn forms_are_read_too() {
    let body = "auth_token=s3cret&development_mode=true&event_name=Purchased+Item&data=%7B%22sku%22%3A%22a%22%7D\
        &identity=%7B%22id%22%3A42%2C%22email%22%3Anull%7D";
    let found = read(Endpoint::Track, body, &server()).unwrap();
    assert!(found.is_development && !found.entries[0].raw.contains("s3cret"));
    let event = said(&found.entries[0]);
    assert_eq!((&event[0]["who"], &event[0]["properties"]), (&json!(["id:42"]), &json!({"sku": "a"})));
    let plain = entry_of(Endpoint::Unsubscribe, "id=42&email=null", &server());
    assert_eq!(said(&plain)[0]["who"], json!(["id:42"]));
    for bad in ["", "hello", "[1]", "{\"id\":", "\"a=b\""] {
        assert!(read(Endpoint::Track, bad, &server()).is_err(), "{bad}");
    }
}

#[test]
fn what_the_published_clients_send_is_understood() {
    // Python: every field, null where there is no value.
    let python = r#"{"auth_token":"k","id":null,"email":"a@example.com","data":{"n":NaN},"development_mode":false}"#;
    let said_by_python = said(&entry_of(Endpoint::Identify, python, &server()));
    assert_eq!(said_by_python[0]["who"], json!(["id:a@example.com"]));
    assert_eq!(said_by_python[0]["attributes"], json!({"n": null}));
    // PHP: null for empty data and for the other identifier.
    let php = r#"{"auth_token":"k","id":"7","email":null,"channels":null,"data":null}"#;
    assert_eq!(said(&entry_of(Endpoint::Identify, php, &server())), json!([{"who": ["id:7"], "identify": true}]));
    // JavaScript: numbers as ids and always a list of channels.
    let js = r#"{"id":7,"email":"a@example.com","data":{},"channels":[]}"#;
    assert_eq!(said(&entry_of(Endpoint::Identify, js, &server()))[0]["addresses"], json!({"email": "a@example.com"}));
    // Ruby: the class of the user in the data.
    let ruby = r#"{"tracking_api_key":"k","id":"7","email":"a@example.com","data":{"_user_type":"User"}}"#;
    assert_eq!(said(&entry_of(Endpoint::Identify, ruby, &server()))[0]["attributes"], json!({"_user_type": "User"}));
}
