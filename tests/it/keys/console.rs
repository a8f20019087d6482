use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Browser, sender::SHOP};

const MAKE: &str = "Create key";

fn make(ada: &mut Browser<'_>, app: &App, fields: &[(&str, &str)]) {
    ada.visit(&app.path("keys/new"));
    ada.submit(MAKE, fields);
}

/// The secret on the page that is open.
fn secret(ada: &Browser<'_>) -> String {
    ada.page().text("pre code")
}

#[test]
fn an_admin_makes_a_key_and_sees_its_secret_once() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("API keys").expect(200).shows("No API keys yet").shows("curl http").check_markup();
    make(
        &mut ada,
        &app,
        &[("Name", " Shop backend "), ("Read", "yes"), ("/api/v2", "no"), ("Calls per minute", "1,200")],
    );
    let page = ada.page().clone();
    page.expect(200).shows("Shop backend is created").shows("shown only once").check_markup();
    assert_eq!(page.header("cache-control"), "no-store");
    let secret = secret(&ada);
    assert!(secret.starts_with("kith_live_") && secret.len() == 53, "{secret}");
    assert!(!format!("{:?}", page.headers).contains(&secret), "{:?}", page.headers);

    let list = ada.visit(&app.path("keys")).clone();
    assert!(!list.has_source(&secret), "{}", list.body);
    list.shows(&format!("{}…", &secret[..14])).shows("never").shows("by Ada Moreau").check_markup();
    let row = "SELECT kind || formats::text || capabilities::text || origins::text || per_minute FROM api_keys";
    assert_eq!(app.db.one(row), "server{native,segment}{write,read,loosen}{}1200");
    assert_eq!(app.db.number("SELECT count(*) FROM api_keys WHERE secret_hash::text LIKE '%kith%'"), 0);
    let audit = "SELECT action || (detail->>'name') FROM audit_log WHERE action LIKE 'key%'";
    assert_eq!(app.db.column(audit), ["key madeShop backend"]);
    assert_eq!(
        app.db.number(&format!("SELECT count(*) FROM audit_log WHERE detail::text LIKE '%{}%'", &secret[14..])),
        0
    );

    let call = |body: &str| {
        app.send(Method::POST, "/v1/track", &[("authorization", &format!("Bearer {secret}"))], body.to_owned()).status
    };
    assert_eq!(call(r#"{"userId": "c-1", "event": "Signed up"}"#), 200);
    assert_eq!(call(r#"{"userId": "c-1"}"#), 400);
    let list = ada.visit(&app.path("keys")).clone();
    let rejected = list.link("1 rejected items of Shop backend").expect("a link");
    ada.visit(&rejected).shows("Shop backend");
}

#[test]
fn the_same_form_sent_twice_makes_one_key() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("keys/new"));
    let form = ada.fill("body", MAKE, &[("Name", "Twice")]);
    ada.post(&form.action, &form.pairs).expect(200);
    ada.post(&form.action, &form.pairs).expect(303);
    ada.follow().shows("This key was already created");
    assert_eq!(app.db.number("SELECT count(*) FROM api_keys"), 1);
}

#[test]
fn a_key_for_browsers_has_origins_and_writes() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let origins = format!("{SHOP}/\n\n http://localhost:3000 ");
    make(&mut ada, &app, &[("Name", "Shop pages"), ("Browser", "yes"), ("Origins", &origins), ("Nothing", "yes")]);
    ada.page().expect(200);
    let secret = secret(&ada);
    let row = "SELECT kind || capabilities::text || origins::text || may_overwrite FROM api_keys";
    assert_eq!(app.db.one(row), "browser{write}{https://shop.example,http://localhost:3000}nothing");
    ada.visit(&app.path("keys"))
        .shows("pages of https://shop.example http://localhost:3000")
        .shows("overwrites nothing");
    let body = json!({"userId": "c-1", "writeKey": secret}).to_string();
    app.send(Method::POST, "/v1/i", &[("origin", "http://localhost:3000")], body).expect(200);
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let long = "x".repeat(101);
    for (fields, said) in [
        (vec![("Name", " ")], "Enter a name"),
        (vec![("Name", &*long)], "at most 100 characters"),
        (vec![("Name", "a"), ("Write", "no")], "at least one permission"),
        (vec![("Name", "a"), ("kith", "no"), ("/v1", "no"), ("/api/v2", "no")], "at least one format"),
        (vec![("Name", "a"), ("Browser", "yes")], "at least one origin"),
        (vec![("Name", "a"), ("Browser", "yes"), ("Delete", "yes"), ("Origins", SHOP)], "may only write"),
        (vec![("Name", "a"), ("Browser", "yes"), ("Origins", "https://shop.example/path")], "without a path"),
        (vec![("Name", "a"), ("Browser", "yes"), ("Origins", "*")], "is not an origin"),
        (vec![("Name", "a"), ("Origins", SHOP)], "Only a key for browsers has origins"),
        (vec![("Name", "a"), ("Calls per minute", "0")], "from 1 to 1,000,000"),
        (vec![("Name", "a"), ("Calls per minute", "1000001")], "from 1 to 1,000,000"),
        (vec![("Name", "a"), ("Calls per minute", "")], "from 1 to 1,000,000"),
    ] {
        make(&mut ada, &app, &fields);
        let page = ada.page().clone();
        page.expect(422).shows(said).check_markup();
    }
    make(&mut ada, &app, &[("Name", "Kept"), ("Browser", "yes"), ("Origins", "nowhere"), ("/api/v2", "no")]);
    let page = ada.page().expect(422);
    assert_eq!(page.attr("#name", "value"), "Kept");
    assert_eq!(
        page.attrs("input[checked]", "id"),
        ["kind-browser", "formats-native", "formats-segment", "can-write", "can-loosen", "may_overwrite-attributes"]
    );
    assert!(page.text("#origins").contains("nowhere"));
    assert_eq!(app.db.number("SELECT count(*) FROM api_keys"), 0);
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    make(&mut ada, &app, &[("Name", "Old shop")]);
    let secret = secret(&ada);
    let call = || {
        let headers = [("authorization", &*format!("Bearer {secret}"))];
        app.send(Method::POST, "/v1/identify", &headers, r#"{"userId": "c-1"}"#).status.as_u16()
    };
    assert_eq!(call(), 200);
    ada.visit(&app.path("keys"));
    let revoke = ada.page().attr("a.danger", "href");
    ada.visit(&revoke).shows("Revoke Old shop?").check_markup();
    assert_eq!(call(), 200, "asking changes nothing");
    ada.submit("Revoke key", &[]).expect(303);
    ada.follow().shows("Old shop is revoked").shows("No API keys yet").shows("Revoked");
    assert_eq!(call(), 401);
    let audit = "SELECT action FROM audit_log WHERE action LIKE 'key%' ORDER BY at, id";
    assert_eq!(app.db.column(audit), ["key made", "key revoked"]);
    ada.visit(&revoke).shows("is already revoked");
    // A key of another environment is not there.
    ada.get(&revoke.replace("/live/", "/test/")).expect(404);
}

#[test]
fn only_admins_see_keys() {
    let app = App::new();
    for role in [Role::Marketer, Role::Support] {
        let mut browser = app.browser(role);
        browser.get(&app.path("keys")).expect(403).shows("manage API keys");
        let page = browser.visit(&app.path("profiles"));
        assert_eq!(page.link("API keys"), None, "what a role may not do is not offered");
        assert!(page.link("Rejected items").is_some());
    }
}
