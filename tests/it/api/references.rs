//! Whom an address means: one's own id, an identifier, or whoever has the address; never a guess.

use actix_web::http::Method;
use kith::{
    identities::Kind,
    keys::{Capabilities, Capability, Grant},
};
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    app::Answer,
    sender::{MadeKey, SHOP, browser, server},
};

fn ask(app: &App, key: &MadeKey, method: Method, rest: &str, body: &Value) -> Answer {
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.send(method, &format!("/api/data/v1/{rest}"), &[("authorization", &key.bearer())], body)
}

fn id(app: &App, key: &MadeKey, reference: &str) -> Value {
    ask(app, key, Method::GET, &format!("profiles/{reference}"), &Value::Null).expect(200).json()["id"].clone()
}

const UUID: &str = "7f3e9c2a-5b1d-4c8e-9a60-1d2f3b4c5d6e";

#[test]
fn a_reference_finds_whoever_it_can_mean() {
    let app = App::new();
    let key = app.key(server());
    let uuid = json!(app.add(Person::new(UUID).email("Erase.Me@example.org").phone("+14155550123")).0);
    let colon = json!(app.add(Person::new("shop:7").email("ann@b\u{fc}cher.example")).0);
    let crm = json!(app.add(Person::known_by(Kind::Named("crm".to_owned()), "9")).0);
    let email = json!(app.add(Person::known_by(Kind::Email, "bo@example.org")).0);
    for reference in [UUID, "email:erase.me@EXAMPLE.org", "phone:+1%20(415)%20555-0123"] {
        assert_eq!(id(&app, &key, reference), uuid, "{reference}");
    }
    for reference in ["shop:7", "id:shop:7", "email:ANN@xn--bcher-kva.example"] {
        assert_eq!(id(&app, &key, reference), colon, "{reference}");
    }
    assert_eq!((id(&app, &key, "crm:9"), id(&app, &key, "email:BO@example.org")), (crm.clone(), email));
    assert_eq!(id(&app, &key, crm.as_str().expect("an id")), crm, "our own id");
    let found = ask(&app, &key, Method::GET, "profiles?identifier=email:erase.me@example.org", &Value::Null);
    assert_eq!(found.expect(200).json()["id"], uuid);
    // A change by address is about the same person.
    let changed =
        ask(&app, &key, Method::PUT, "profiles/email:erase.me@example.org", &json!({"attributes": {"plan": "pro"}}));
    assert_eq!(changed.expect(200).json()["id"], uuid);
    for rest in ["activity", "merges", "subscriptions"] {
        ask(&app, &key, Method::GET, &format!("profiles/phone:+14155550123/{rest}"), &Value::Null).expect(200);
    }
    for nobody in ["email:nobody@example.org", "phone:+14155550199", "shop:8", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01"] {
        for rest in ["", "/activity", "/merges", "/subscriptions"] {
            ask(&app, &key, Method::GET, &format!("profiles/{nobody}{rest}"), &Value::Null).expect(404);
        }
    }
    assert_eq!(app.live_profiles(), 4);
}

#[test]
fn erasing_by_any_reference_erases() {
    for reference in [UUID.to_owned(), "email:erase.me@example.org".to_owned(), format!("id:{UUID}")] {
        let app = App::new();
        let key = app.key(server());
        let traits = json!({"first_name": "Uuid", "email": "erase.me@example.org"});
        app.post(&key, "/v1/identify", &json!({"userId": UUID, "traits": traits})).expect(200);
        ask(&app, &key, Method::DELETE, &format!("profiles/{reference}"), &Value::Null).expect(202);
        assert_eq!(app.live_profiles(), 0, "{reference}");
    }
}

#[test]
fn between_several_people_nothing_is_guessed() {
    let app = App::new();
    let key = app.key(server());
    let one = app.add(Person::new("c-1").email("family@example.org"));
    let other = app.add(Person::new("c-2").email("Family@example.org"));
    let before = app.db.digest(&["profiles", "changes", "identifier_claims"]);
    for (method, body) in [(Method::GET, Value::Null), (Method::PUT, json!({})), (Method::DELETE, Value::Null)] {
        let answer = ask(&app, &key, method, "profiles/email:family@example.org", &body);
        answer.expect_error(409, "ambiguous", kith::keys::Format::Native);
        let mut expected = vec![json!(one.0), json!(other.0)];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(answer.json()["candidates"], json!(expected));
    }
    assert_eq!(app.db.digest(&["profiles", "changes", "identifier_claims"]), before);
    // Who they are is for keys that may read.
    let blind = app.key(Grant::Server(Capabilities::new([Capability::Write]).expect("one")));
    let answer = ask(&app, &blind, Method::PUT, "profiles/email:family@example.org", &json!({}));
    assert_eq!(answer.expect(409).json().get("candidates"), None);
    // One's own id that looks like somebody's own id of ours.
    app.add(Person::new(&one.0.to_string()));
    ask(&app, &key, Method::GET, &format!("profiles/{}", one.0), &Value::Null).expect(409);
    ask(&app, &key, Method::GET, "profiles/id:c-1", &Value::Null).expect(200);
}

/// Everybody can read a page's key, and may know somebody's email.
#[test]
fn a_page_finds_nobody_by_address() {
    let app = App::new();
    app.add(Person::new("c-1").email("vera@example.org").set("plan", "pro"));
    let key = app.key(browser());
    let headers = [("authorization", &*key.bearer()), ("origin", SHOP)];
    let body = json!({"plan": "free"}).to_string();
    app.send(Method::PATCH, "/api/data/v1/profiles/email:vera@example.org/attributes", &headers, body).expect(200);
    let plan = "SELECT p.attributes->>'plan' FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id AND c.value = 'c-1'";
    assert_eq!(app.db.one(plan), "pro");
}
