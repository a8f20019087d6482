//! `ETag` and `If-Match`: who has read a profile changes what was seen, or nothing.

use actix_web::http::Method;
use kith::keys::Format;
use serde_json::{Value, json};

use super::profiles::Sender;
use crate::support::{App, Person, app::Answer, build::batch, sender::server};

#[test]
fn a_change_is_of_the_version_that_was_seen_or_of_none() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let bearer = sender.key.bearer();
    let call = |method: Method, rest: &str, version: &str, body: Value| {
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
        let headers = [("authorization", &*bearer), ("if-match", version)];
        let headers = if version.is_empty() { &headers[..1] } else { &headers };
        app.send(method, &format!("/api/data/v1/profiles/42{rest}"), headers, body.to_string())
    };
    let refused = |answer: &Answer| answer.expect_error(412, "changed", Format::Native).json()["field"] == "If-Match";
    assert!(refused(&call(Method::PUT, "", "*", json!({}))), "there is nobody");
    assert_eq!(app.live_profiles(), 0);
    let first = call(Method::PUT, "", "", json!({"attributes": {"n": 1}})).expect(200).header("etag").to_owned();
    assert_eq!(call(Method::GET, "", "", json!({})).header("etag"), first);
    assert_eq!(call(Method::GET, "?fields=tags", "", json!({})).header("etag"), first);
    let second = call(Method::PATCH, "/attributes", &first, json!({"n": 2}));
    let second = second.expect(200).header("etag").to_owned();
    assert_ne!(first, second);
    for (method, rest, body) in [
        (Method::PUT, "", json!({"attributes": {"n": 3}})),
        (Method::PATCH, "/attributes", json!({"n": 3})),
        (Method::PATCH, "/tags", json!({"add": ["x"]})),
        (Method::PUT, "/subscriptions", json!({"channel": "email", "state": "subscribed"})),
        (Method::PUT, "/consents/news", json!({"given": true})),
        (Method::PUT, "/devices/t", json!({})),
        (Method::DELETE, "/devices/t", json!({})),
        (Method::POST, "/merge", json!({"from": "id:43"})),
        (Method::DELETE, "", json!({})),
    ] {
        assert!(refused(&call(method, rest, &first, body)), "{rest}");
    }
    let now = call(Method::GET, "", "", json!({}));
    assert_eq!((now.header("etag"), &now.json()["attributes"]["n"]), (&*second, &json!(2)));
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 0);
    call(Method::PUT, "", "*", json!({"attributes": {"whatever": "the version"}})).expect(200);
    let second = call(Method::GET, "", "", json!({})).header("etag").to_owned();
    let weak = format!("\"other\", W/{second}");
    call(Method::PATCH, "/tags", &weak, json!({"add": ["x"]})).expect(200);
    call(Method::DELETE, "", "*", json!({})).expect(202);
}

#[test]
fn an_undo_is_of_the_version_that_was_seen_too() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    sender.put("profiles/43", json!({}));
    let before = sender.put("profiles/42", json!({}));
    sender.send(Method::POST, "profiles/42/merge", &json!({"from": "id:43"}), 200);
    let address = format!("/api/data/v1/profiles/42/merges/{}/undo", app.db.one("SELECT id FROM merges"));
    let bearer = sender.key.bearer();
    let undo = |version: &str| {
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
        app.send(Method::POST, &address, &[("authorization", &*bearer), ("if-match", version)], "")
    };
    let old = format!("\"{}-1\"", before["id"].as_str().expect("an id").replace('-', ""));
    undo(&old).expect_error(412, "changed", Format::Native);
    assert_eq!(app.live_profiles(), 2);
    assert_eq!(app.db.number("SELECT count(*) FROM merges WHERE undone_at IS NULL"), 1);
    undo("*").expect(200);
}

/// The write checks the version once more: of many that saw the same one, one wins.
#[test]
fn of_those_that_saw_one_version_one_wins() {
    let app = App::new();
    let now = app.clock.now();
    let profile = app.add(Person::new("42"));
    let version = app.db.number("SELECT version FROM profiles");
    let write = |n: i64| {
        let batch = batch(&app.state.db, app.live, now);
        let (db, seen) = (app.state.db.clone(), kith::ingest::Seen { profile, version });
        let tag = kith::tags::Tag::new(&format!("t{n}")).expect("a tag");
        let statement = kith::ingest::Statement::Tags { add: vec![tag], remove: Vec::new() };
        let item = kith::ingest::Item { person: kith::ingest::Person::Profile(profile), as_of: now, statement };
        std::thread::spawn(move || {
            let trust = kith::ingest::Trust::Person;
            let done = kith::ingest::submit_trusting(&db, batch, vec![item], trust, now, Some(seen));
            actix_web::rt::System::new().block_on(done).expect("it is written or not").0[0].effect
        })
    };
    let all: Vec<_> = (0..4).map(write).collect();
    let all: Vec<_> = all.into_iter().map(|one| one.join().expect("an outcome")).collect();
    assert_eq!(all.iter().filter(|it| **it == kith::ledger::Effect::Changed).count(), 1, "{all:?}");
    assert_eq!(all.iter().filter(|it| **it == kith::ledger::Effect::Conflict).count(), 3, "{all:?}");
}
