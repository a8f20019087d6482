//! Webhooks through the API.

use actix_web::http::Method;
use kith::{
    auth::Role,
    keys::{Capabilities, Capability, Format, Grant, PerMinute},
};
use serde_json::{Value, json};

use super::VIPS;
use crate::support::{
    App,
    app::Answer,
    sender::{MadeKey, server},
};

const LIST: &str = "/api/data/v1/webhooks";

fn call(app: &App, key: &MadeKey, method: Method, path: &str, body: &Value) -> Answer {
    app.send(method, &format!("{LIST}{path}"), &[("authorization", &key.bearer())], body.to_string())
}

#[test]
fn they_are_made_read_changed_and_deleted() {
    let (app, address) = (App::new(), "https://shop.example/x");
    let key = app.key(server());
    let made = call(&app, &key, Method::POST, "", &json!({"name": "Shop", "url": address})).expect(201).json();
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    assert_eq!(made["happenings"], json!(["segment.entered", "segment.left"]));
    assert_eq!((&made["segments"], &made["on"]), (&Value::Null, &json!(true)));
    let path = format!("/{}", made["id"].as_str().expect("an id"));
    let read = |path: &str| call(&app, &key, Method::GET, path, &Value::Null).expect(200).json();
    assert_eq!(read(&path)["secret"], Value::Null, "it is told once");
    assert_eq!(read("")["webhooks"], json!([read(&path)]));
    let change = |body: Value| call(&app, &key, Method::PATCH, &path, &body);
    let changed = change(json!({"segments": [VIPS], "happenings": ["segment.left"], "on": false})).expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["segments"], &changed["on"]),
        (&json!("Shop"), &json!([VIPS]), &json!(false))
    );
    assert_eq!(change(json!({"name": "Till"})).expect(200).json()["segments"], json!([VIPS]), "the rest stays");
    assert_eq!(change(json!({"segments": null})).expect(200).json()["segments"], Value::Null);
    change(json!({"secret": made["secret"]})).expect(200);
    assert_eq!(app.db.number("SELECT count(*) FROM webhooks WHERE old_secret IS NOT NULL"), 0, "it is the same");
    call(&app, &key, Method::DELETE, &path, &Value::Null).expect(200);
    call(&app, &key, Method::DELETE, &path, &Value::Null).expect_error(404, "not_found", Format::Native);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit?about=webhooks")).shows("Deleted the webhook Till (with the API key Shop backend)");
}

#[test]
fn a_call_that_is_repeated_makes_one() {
    let app = App::new();
    let (key, body) = (app.key(server()), json!({"name": "Shop", "url": "https://shop.example/x"}).to_string());
    let headers = [("authorization", &*key.bearer()), ("idempotency-key", "k-1")];
    let first = app.send(Method::POST, LIST, &headers, body.clone()).expect(201).json();
    // As after an answer that was lost with the process.
    app.db.run("UPDATE idempotent_calls SET status = NULL, body = NULL");
    assert_eq!(app.send(Method::POST, LIST, &headers, body).expect(201).json(), first);
    assert_eq!(app.db.number("SELECT count(*) FROM webhooks"), 1);
}

#[test]
fn wrong_values_are_named_and_secrets_are_not_repeated() {
    let app = App::new();
    let key = app.key(server());
    let well = || json!({"name": "Shop", "url": "https://shop.example/x"});
    for (field, value) in [
        ("name", json!("")),
        ("name", json!(7)),
        ("url", json!("http://shop.example/x")),
        ("url", json!("https://127.0.0.1/x")),
        ("happenings", json!([])),
        ("happenings", json!(["segment.burnt"])),
        ("segments", json!([])),
        ("segments", json!(["vips"])),
        ("on", json!("yes")),
        ("secret", json!("whsec_dG9vc2hvcnQ=")),
    ] {
        let mut body = well();
        body[field] = value.clone();
        let answer = call(&app, &key, Method::POST, "", &body);
        answer.expect_error(400, "invalid_value", Format::Native);
        assert_eq!(answer.json()["field"], field, "{value}");
        assert!(!answer.body.contains("dG9vc2hvcnQ"), "{}", answer.body);
    }
    call(&app, &key, Method::POST, "", &json!({"name": "Shop"})).expect_error(400, "invalid_value", Format::Native);
    let mut more = well();
    more["colour"] = json!("red");
    call(&app, &key, Method::POST, "", &more).expect_error(400, "unknown_field", Format::Native);
    assert_eq!(app.db.number("SELECT count(*) FROM webhooks"), 0);
}

#[test]
fn only_keys_that_may_configure_and_only_their_environment() {
    let app = App::new();
    let others = Capabilities::new(Capability::ABOUT_PEOPLE).expect("some");
    let (all, other) = (app.key(server()), app.key(Grant::Server(others)));
    let body = json!({"name": "Shop", "url": "https://shop.example/x"});
    call(&app, &other, Method::POST, "", &body).expect_error(403, "not_allowed", Format::Native);
    let made = call(&app, &all, Method::POST, "", &body).expect(201).json();
    let test = app.key_with(app.test, server(), &Format::ALL, PerMinute::DEFAULT);
    let path = format!("/{}", made["id"].as_str().expect("an id"));
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        call(&app, &test, method, &path, &json!({})).expect_error(404, "not_found", Format::Native);
    }
    assert_eq!(call(&app, &test, Method::GET, "", &Value::Null).json()["webhooks"], json!([]));
}
