//! Our own addresses: what is written is what is read.

use actix_web::http::Method;
use kith::keys::{Capabilities, Capability, Grant};
use serde_json::{Value, json};

use crate::support::{
    App,
    sender::{MadeKey, server},
};

fn may(all: &[Capability]) -> Grant {
    Grant::Server(Capabilities::new(all.iter().copied()).expect("one at least"))
}

/// A sender in our own format.
pub struct Sender<'a> {
    pub app: &'a App,
    pub key: MadeKey,
}

impl<'a> Sender<'a> {
    pub fn new(app: &'a App, grant: Grant) -> Self {
        let sender = Self { app, key: app.key(grant) };
        // Statements of one moment from different calls would be ties.
        sender.app.clock.advance(chrono::TimeDelta::milliseconds(1));
        sender
    }

    pub fn send(&self, method: Method, rest: &str, body: &Value, status: u16) -> Value {
        self.app.clock.advance(chrono::TimeDelta::milliseconds(1));
        let bearer = self.key.bearer();
        let address = format!("/api/data/v1/{rest}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.app.send(method, &address, &[("authorization", &bearer)], body);
        answer.expect(status);
        answer.json()
    }

    pub fn get(&self, rest: &str) -> Value {
        self.send(Method::GET, rest, &Value::Null, 200)
    }

    pub fn put(&self, rest: &str, body: Value) -> Value {
        self.send(Method::PUT, rest, &body, 200)
    }
}

/// Without what depends on the moment.
fn plain(mut profile: Value, names: &[&str]) -> Value {
    let fields = profile.as_object_mut().expect("an object");
    fields.retain(|name, _| names.contains(&name.as_str()));
    profile
}

const PARTS: [&str; 7] = ["identifiers", "attributes", "tags", "addresses", "devices", "subscriptions", "consents"];

#[test]
fn a_profile_is_read_as_it_was_written() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let written = sender.put(
        "profiles/id:42",
        json!({
            "identifiers": {"anonymous_id": "a1"}, "attributes": {"plan": "pro", "huge": 1180591620717411303424_u128, "hundred": 1e2},
            "tags": {"add": ["vip"]}, "channels": {"email": "Ann@example.com"},
            "devices": [{"token": "t", "platform": "iOS"}], "consents": {"news": {"given": true, "document": "v3"}},
            "subscriptions": [{"channel": "email", "topic": "news", "state": "pending"}], "created_at": "2026-01-01T00:00:00Z",
        }),
    );
    let mut shown = written.clone();
    for identifier in shown["identifiers"].as_array_mut().expect("a list") {
        let fields = identifier.as_object_mut().expect("an object");
        assert!(fields.remove("first_seen_at").is_some() && fields.remove("source").is_some());
    }
    let device = shown["devices"][0].as_object_mut().expect("an object");
    assert!(device.remove("first_seen_at").is_some() && device.remove("last_seen_at").is_some());
    let expected = json!({
        "identifiers": [{"kind": "id", "value": "42"}, {"kind": "anonymous_id", "value": "a1"}],
        "attributes": {"plan": "pro", "huge": 1180591620717411303424_u128, "hundred": 100.0},
        "tags": ["vip"],
        "addresses": [{"channel": "email", "address": "Ann@example.com"}],
        "devices": [{
            "token": "t", "type": "push", "platform": "ios", "active": true, "model": null, "os_version": null,
            "limits_ad_tracking": null, "att_status": null,
        }],
        "subscriptions": [{"channel": "email", "topic": "news", "state": "pending", "reason": "api"}],
        "consents": [{"purpose": "news", "given": true, "document": "v3"}],
    });
    assert_eq!(plain(shown, &PARTS), expected);
    assert!(written["created_at"].as_str().is_some_and(|at| at.starts_with("2026-01-01T00:00:00")));
    let id = written["id"].as_str().expect("an id");
    for same in [format!("profiles/{id}"), "profiles/42".to_owned(), "profiles/anonymous_id%3Aa1".to_owned()] {
        assert_eq!(sender.get(&same), written, "{same}");
    }
    assert_eq!(sender.get("profiles?identifier=id:42"), written);
    let some = sender.get("profiles/42?fields=tags,consents");
    assert_eq!((&some["tags"], some.get("attributes"), some.get("consents").is_some()), (&json!(["vip"]), None, true));
    sender.send(Method::GET, "profiles/42?fields=tag", &Value::Null, 400);
    sender.send(Method::GET, "profiles/43", &Value::Null, 404);
    sender.send(Method::GET, "profiles/0193b2c4-0000-7000-8000-000000000001", &Value::Null, 404);
    sender.send(Method::PUT, "profiles/0193b2c4-0000-7000-8000-000000000001", &json!({}), 404);
}

#[test]
fn each_part_has_an_address_of_its_own() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    sender.put("profiles/42", json!({"attributes": {"a": 1, "b": 2}, "tags": {"add": ["x"]}}));
    let patch = |rest: &str, body: Value| sender.send(Method::PATCH, rest, &body, 200);
    assert_eq!(patch("profiles/42/attributes", json!({"a": null, "c": 3}))["attributes"], json!({"b": 2, "c": 3}));
    assert_eq!(patch("profiles/42/tags", json!({"add": ["y"], "remove": ["x"]}))["tags"], json!(["y"]));
    let line =
        sender.put("profiles/42/subscriptions", json!({"channel": "all", "state": "unsubscribed", "reason": "user"}));
    let expected = json!([{"channel": "all", "topic": null, "state": "unsubscribed", "reason": "user"}]);
    assert_eq!(line["subscriptions"], expected);
    assert_eq!(sender.get("profiles/42/subscriptions"), json!({"subscriptions": expected}));
    assert_eq!(sender.put("profiles/42/devices/t%2F0", json!({"active": false}))["devices"][0]["token"], "t/0");
    let gone = sender.send(Method::DELETE, "profiles/42/devices/t%2F0", &Value::Null, 200);
    assert_eq!(gone["devices"], json!([]));
    let consent = sender.put("profiles/42/consents/news", json!({"given": false}));
    assert_eq!(consent["consents"], json!([{"purpose": "news", "given": false}]));
    for (method, rest, body, field) in [
        (Method::PUT, "profiles/42", json!({"atributes": {}}), "atributes"),
        (Method::PATCH, "profiles/42/tags", json!({"add": ["a b"]}), "add[0]"),
        (Method::PUT, "profiles/42/consents/news", json!({}), "given"),
        (Method::PUT, "profiles/email:nobody", json!({}), "id"),
    ] {
        assert_eq!(sender.send(method, rest, &body, 400)["field"], field, "{rest}");
    }
}

#[test]
fn merged_people_answer_as_one() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let old = sender.put("profiles/old", json!({"attributes": {"loyalty": "gold"}}));
    sender.put("profiles/new", json!({"attributes": {"city": "Łódź"}}));
    let one = sender.send(Method::POST, "profiles/new/merge", &json!({"from": "id:old"}), 200);
    assert_eq!(one["attributes"], json!({"city": "Łódź", "loyalty": "gold"}));
    assert_eq!(one["merged_from"], json!([old["id"]]));
    for same in ["profiles/old".to_owned(), format!("profiles/{}", old["id"].as_str().expect("an id"))] {
        assert_eq!(sender.get(&same), one, "{same}");
    }
    assert_eq!(sender.get("profiles")["profiles"].as_array().map(Vec::len), Some(1));
    let writer = Sender::new(&app, may(&[Capability::Write]));
    writer.send(Method::POST, "profiles/new/merge", &json!({"from": "id:x"}), 403);
}

#[test]
fn who_may_not_read_or_delete_does_not() {
    let app = App::new();
    let (all, writer) = (Sender::new(&app, server()), Sender::new(&app, may(&[Capability::Write])));
    assert_eq!(writer.put("profiles/42", json!({"attributes": {"secret": 1}})), json!({}));
    writer.send(Method::GET, "profiles/42", &Value::Null, 403);
    writer.send(Method::DELETE, "profiles/42", &Value::Null, 403);
    let items = json!({"items": [{"type": "delete", "profile": {"id": "42"}}]});
    assert_eq!(writer.send(Method::POST, "batch", &items, 200)["rejected"][0]["code"], "not_allowed");
    all.send(Method::DELETE, "profiles/42?block=perhaps", &Value::Null, 400);
    all.send(Method::DELETE, "profiles/42", &Value::Null, 202);
    all.send(Method::GET, "profiles/42", &Value::Null, 404);
}

#[test]
fn items_of_a_batch_are_answered_one_by_one() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let event = json!({"type": "event", "id": "e1", "name": "Order", "profile": {"id": "1"}, "occurred_at": "2026-11-01T00:00:00Z"});
    let answer = sender.send(
        Method::POST,
        "batch",
        &json!({"items": [event, event, {"type": "identify", "profile": {"id": "1"}, "attributes": {"a": 1}}, {"type": "tag"}, 7]}),
        200,
    );
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(1)));
    let codes: Vec<_> =
        answer["rejected"].as_array().expect("a list").iter().map(|it| (&it["index"], &it["code"])).collect();
    assert_eq!(codes, [(&json!(3), &json!("missing_id")), (&json!(4), &json!("invalid_json"))]);
    let mut again = event.clone();
    again.as_object_mut().expect("an object").remove("type");
    assert_eq!(sender.send(Method::POST, "events", &again, 202), json!({"duplicate": true}));
    let listed = sender.get("profiles/1/activity");
    assert_eq!((&listed["activity"][0]["name"], &listed["next_cursor"]), (&json!("Order"), &Value::Null));
    assert_eq!(listed["activity"].as_array().map(Vec::len), Some(1));
    let rejected = sender.get("rejections");
    let mut codes: Vec<_> =
        rejected["rejections"].as_array().expect("a list").iter().map(|it| it["code"].to_string()).collect();
    codes.sort();
    assert_eq!(codes, ["\"invalid_json\"", "\"missing_id\""]);
}

#[test]
fn a_merge_is_listed_and_undone_once() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let old = sender.put("profiles/old", json!({"attributes": {"loyalty": "gold"}}));
    let new = sender.put("profiles/new", json!({"attributes": {"city": "Łódź"}}));
    let merge = |app: &App| {
        sender.send(Method::POST, "profiles/new/merge", &json!({"from": "id:old"}), 200);
        let listed = sender.get("profiles/old/merges");
        assert_eq!(listed["merges"].as_array().map(Vec::len), Some(1), "{listed}");
        assert_eq!((&listed["merges"][0]["profile"], &listed["merges"][0]["identifier"]), (&old["id"], &json!("old")));
        assert_eq!(listed["merges"][0]["id"], app.db.one("SELECT id FROM merges WHERE undone_at IS NULL"));
        format!("profiles/new/merges/{}/undo", listed["merges"][0]["id"].as_str().expect("an id"))
    };
    let undo = merge(&app);
    let reader = Sender::new(&app, may(&[Capability::Read, Capability::Write]));
    reader.send(Method::POST, &undo, &Value::Null, 403);
    let wrong = undo.replace("/new/", "/nobody/");
    sender.send(Method::POST, &wrong, &Value::Null, 404);
    sender.send(Method::POST, "profiles/new/merges/x/undo", &Value::Null, 404);
    sender.send(Method::POST, &format!("profiles/new/merges/{}/undo", uuid::Uuid::nil()), &Value::Null, 404);
    let back = sender.send(Method::POST, &undo, &Value::Null, 200);
    assert_eq!((&back["id"], &back["attributes"]), (&old["id"], &json!({"loyalty": "gold"})));
    let kept = sender.get("profiles/new");
    assert_eq!((&kept["id"], &kept["attributes"]), (&new["id"], &json!({"city": "Łódź"})));
    assert_eq!(kept["merged_from"], json!([]));
    assert_eq!(sender.send(Method::POST, &undo, &Value::Null, 409)["code"], "already_undone");
    assert_eq!(sender.get("profiles/new/merges"), json!({"merges": []}));
    let source = "SELECT DISTINCT s.name FROM changes c JOIN sources s ON s.id = c.source_id WHERE c.kind = 'merge'";
    assert_eq!(app.db.column(source), ["API key Shop backend"]);

    let undo = merge(&app);
    sender.put("profiles/third", json!({}));
    sender.send(Method::POST, "profiles/third/merge", &json!({"from": "id:new"}), 200);
    let undo_by_id = undo.replace("profiles/new", &format!("profiles/{}", new["id"].as_str().expect("an id")));
    // The id leads to the survivor of the survivor, into whom that merge was not.
    sender.send(Method::POST, &undo, &Value::Null, 404);
    assert_eq!(sender.send(Method::POST, &undo_by_id, &Value::Null, 409)["code"], "merged_since");
    let last = sender.get("profiles/third/merges")["merges"][0]["id"].as_str().expect("an id").to_owned();
    app.clock.advance(chrono::TimeDelta::days(31));
    let late = sender.send(Method::POST, &format!("profiles/third/merges/{last}/undo"), &Value::Null, 409);
    assert_eq!(late["code"], "undo_too_late");
}
