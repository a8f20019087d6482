use actix_web::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use kith::{
    auth::{Actor, Place},
    keys::{self, Capabilities, Capability, Format, Grant, PerMinute, Secret},
};
use serde_json::json;

use crate::support::{
    App,
    sender::{browser, server},
};

const IDENTIFY: &str = r#"{"userId": "c-1", "traits": {"first_name": "Priya"}}"#;

#[test]
fn a_key_is_taken_from_wherever_clients_put_it() {
    let app = App::new();
    let key = app.key(server());
    let basic = |pair: String| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let ok = |headers: &[(&str, &str)], address: &str, body: &str| {
        app.send(Method::POST, address, headers, body.to_owned()).expect(200);
    };
    ok(&[("authorization", &key.bearer())], "/v1/identify", IDENTIFY);
    ok(&[("authorization", &format!("bearer  {}", key.secret))], "/v1/identify", IDENTIFY);
    ok(&[("authorization", &basic(format!("{}:", key.secret)))], "/v1/identify", IDENTIFY);
    ok(&[("authorization", &basic(key.secret.clone()))], "/v1/identify", IDENTIFY);
    ok(&[("authorization", &basic(format!("anybody:{}", key.secret)))], "/v1/identify", IDENTIFY);
    for name in ["auth_token", "tracking_api_key", "writeKey", "token"] {
        ok(&[], &format!("/v1/identify?{name}={}", key.secret), IDENTIFY);
        let body = json!({name: key.secret, "userId": "c-1", "x": null}).to_string();
        ok(&[], "/v1/identify", &body);
        ok(&[("content-type", "text/plain")], "/v1/identify", &body.replace("null", "NaN"));
    }
    let body = json!({"auth_token": key.secret, "id": 42, "email": "a@example.com"}).to_string();
    ok(&[], "/api/v2/users/track", &body);
    ok(&[], "/api/v2/users/track.json", &body);
    ok(&[], "/api/v2/users/track/", &body);
    let form = format!("auth_token={}&id=43&email=b%40example.com", key.secret);
    ok(&[("content-type", "application/x-www-form-urlencoded")], "/api/v2/users/track", &form);
    assert_eq!(app.live_profiles(), 3);
}

#[test]
fn what_is_no_key_is_told_apart_from_none() {
    let app = App::new();
    let key = app.key(server());
    let none = app.send(Method::POST, "/v1/identify", &[], IDENTIFY);
    none.expect_error(401, "missing_key", Format::Segment);
    assert_eq!(none.header("www-authenticate"), "Bearer");
    let short = &key.secret[..key.secret.len() - 1];
    for wrong in ["abc", short, Secret::new(kith::workspaces::EnvironmentKind::Live).as_str()] {
        let headers = [("authorization", &*format!("Bearer {wrong}"))];
        app.send(Method::POST, "/v1/identify", &headers, IDENTIFY).expect_error(401, "unknown_key", Format::Segment);
        let answer = app.send(Method::POST, &format!("/api/v2/users/track?auth_token={wrong}"), &[], IDENTIFY);
        answer.expect_error(401, "unknown_key", Format::Vero);
    }
    assert_eq!(app.live_profiles(), 0);
}

#[test]
fn a_wrong_key_in_the_head_is_refused_before_the_body_is_read() {
    let app = App::new();
    let headers = [("authorization", "Bearer kith_live_wrong")];
    let large = vec![b' '; 13 << 20];
    app.send(Method::POST, "/v1/batch", &headers, large).expect_error(401, "unknown_key", Format::Segment);
}

#[test]
fn a_revoked_key_is_refused_within_seconds() {
    let app = App::new();
    let key = app.key(server());
    let call = || app.send(Method::POST, "/v1/identify", &[("authorization", &key.bearer())], IDENTIFY);
    call().expect(200);
    // As the command does it, past the running console.
    let now = app.clock.now();
    let by = Actor::command_line(Place::Environment(app.live));
    app.state.db.tx_now(|conn| keys::revoke(conn, app.live, key.id, &by, now)).expect("stored").expect("a name");
    call().expect(200);
    app.clock.advance(TimeDelta::seconds(5));
    call().expect_error(401, "revoked_key", Format::Segment);
}

#[test]
fn a_known_key_costs_no_statement() {
    let app = App::new();
    let key = app.key(server());
    let call = || app.send(Method::POST, "/v1/m", &[("authorization", &key.bearer())], "{}");
    call().expect(200);
    app.db.set_open(false);
    call().expect(200);
    app.db.set_open(true);
}

#[test]
fn a_key_does_what_it_was_made_for() {
    let app = App::new();
    let write = Grant::Server(Capabilities::new([Capability::Write]).expect("some"));
    let key = app.key_with(app.live, write, &[Format::Vero], PerMinute::DEFAULT);
    app.post(&key, "/v1/identify", &json!({"userId": "c-1"})).expect_error(403, "format_not_allowed", Format::Segment);
    app.post(&key, "/api/v2/users/track", &json!({"id": "c-1"})).expect(200);
    let delete = app.post(&key, "/api/v2/users/delete", &json!({"id": "c-1"}));
    delete.expect_error(403, "not_allowed", Format::Vero);
    assert!(delete.body.contains("may not delete"), "{}", delete.body);
    let page = app.key(browser());
    let headers = [("authorization", &*page.bearer())];
    let delete = app.send(Method::DELETE, "/api/v2/users/delete", &headers, r#"{"id": "c-1"}"#);
    delete.expect_error(403, "not_allowed", Format::Vero);
    app.post(&app.key(server()), "/api/v2/users/delete", &json!({"id": "c-1"})).expect(200);
}

#[test]
fn test_and_live_never_mix() {
    let app = App::new();
    let test = app.key_with(app.test, server(), &Format::ALL, PerMinute::DEFAULT);
    assert!(test.secret.starts_with("kith_test_"));
    let count =
        |environment| app.db.number(&format!("SELECT count(*) FROM profiles WHERE environment_id = {environment}"));
    app.post(&test, "/v1/identify", &json!({"userId": "c-1", "environment": "live"})).expect(200);
    app.post(&test, "/api/v2/users/track", &json!({"id": "c-2", "development_mode": false})).expect(200);
    assert_eq!((count(app.live), count(app.test)), (0, 2));
    let live = app.key(server());
    app.post(&live, "/api/v2/users/track", &json!({"id": "c-3", "development_mode": true})).expect(200);
    assert_eq!((count(app.live), count(app.test)), (0, 3));
    app.post(&live, "/api/v2/users/track", &json!({"id": "c-3"})).expect(200);
    assert_eq!((count(app.live), count(app.test)), (1, 3));
    let source = format!(
        "SELECT s.name FROM profiles p JOIN sources s ON s.id = p.source_id WHERE p.environment_id = {}",
        app.live
    );
    assert_eq!(app.db.one(&source), "API key Shop backend");
}

#[test]
fn the_last_use_is_noted_once_a_minute() {
    let app = App::new();
    let key = app.key(server());
    let call = || {
        app.post(&key, "/v1/m", &json!({})).expect(200);
    };
    // Nobody waits for the note; it is written while others are answered.
    let noted = |wanted: Option<&str>| {
        let mut at = String::new();
        for _ in 0..200 {
            app.visitor().get("/readyz").expect(200);
            at = app.db.one("SELECT coalesce(last_used_at::text, '') FROM api_keys");
            if wanted.map_or(!at.is_empty(), |wanted| at != wanted) {
                return at;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        at
    };
    call();
    let first = noted(None);
    assert!(first.starts_with("2026-11-22 03:24:05"), "{first}");
    app.clock.advance(TimeDelta::seconds(59));
    call();
    assert_eq!(noted(Some(&first)), first);
    app.clock.advance(TimeDelta::seconds(1));
    call();
    assert!(noted(Some(&first)).starts_with("2026-11-22 03:25:05"));
}
