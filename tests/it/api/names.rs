//! Reserved names in all spellings, in every format.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::support::{App, sender::server};

/// Name, day since when they are known, addresses and subscriptions of the only profile.
fn known(app: &App) -> String {
    app.db.one(
        "SELECT concat_ws('|', p.name, p.attributes->>'first_name', p.created_at::date, \
             (SELECT string_agg(address, ' ' ORDER BY channel) FROM addresses), \
             (SELECT string_agg(state, ' ') FROM subscriptions)) FROM profiles p",
    )
}

const EXPECTED: &str = "Otis Fenn|Otis|2020-01-02|otis@example.com +14155550123|unsubscribed";

fn spelled() -> Value {
    json!({
        "firstName": "Otis", "LNAME": "Fenn", "createdAt": "2020-01-02T03:04:05Z", "E-Mail": "otis@example.com",
        "phoneNumber": "+1 415 555 0123", "Unsubscribed": "YES",
    })
}

#[test]
fn reserved_names_are_understood_in_any_spelling_and_format() {
    let item = json!({"type": "identify", "profile": {"id": "nm-2"}, "attributes": spelled()});
    let calls = [
        (Method::POST, "/v1/identify", json!({"userId": "nm-2", "traits": spelled()})),
        (Method::POST, "/api/v2/users/track", json!({"id": "nm-2", "data": spelled()})),
        (Method::PUT, "/api/v2/users/edit", json!({"id": "nm-2", "changes": spelled()})),
        (Method::POST, "/api/data/v1/batch", json!({"items": [item]})),
        (Method::PATCH, "/api/data/v1/profiles/id:nm-2/attributes", spelled()),
    ];
    for (method, address, body) in calls {
        let app = App::new();
        let bearer = app.key(server()).bearer();
        app.send(method, address, &[("authorization", &bearer)], body.to_string()).expect(200);
        assert_eq!(known(&app), EXPECTED, "{address}");
        assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 0);
    }
}

#[test]
fn unsubscribed_is_understood_in_any_words() {
    let app = App::new();
    let key = app.key(server());
    let words = [json!(1), json!("yes"), json!("TRUE"), json!(0), json!("No"), json!("false")];
    let one = |(n, word): (usize, &Value)| json!({"type": "identify", "userId": format!("un-{n}"), "traits": {"unsubscribed": word}});
    let batch: Vec<Value> = words.iter().enumerate().map(one).collect();
    app.post(&key, "/v1/batch", &json!({"batch": batch})).expect(200);
    let states =
        "SELECT s.state FROM subscriptions s JOIN identifier_claims c ON c.profile_id = s.profile_id ORDER BY c.value";
    let (no, yes) = ("unsubscribed", "subscribed");
    assert_eq!(app.db.column(states), [no, no, no, yes, yes, yes]);
}

#[test]
fn what_stands_under_its_own_name_counts_more() {
    let app = App::new();
    let item = json!({"type": "identify", "profile": {"id": "1"}, "channels": {"email": "a@example.com"},
        "attributes": {"email": "b@example.com", "firstName": "Old", "first_name": "New"}});
    let answer = app.post(&app.key(server()), "/api/data/v1/batch", &json!({"items": [item]})).expect(200).json();
    assert_eq!(answer["accepted"], 1, "{answer}");
    assert_eq!(app.db.column("SELECT address FROM addresses"), ["a@example.com"]);
    let kept = r#"{"email": "b@example.com", "firstName": "Old", "first_name": "New"}"#;
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), kept);
}

#[test]
fn the_table_is_shown_to_senders() {
    let app = App::new();
    app.visitor().visit("/developers").shows("firstName").shows("phoneNumber").shows("1.574e3");
}

#[test]
fn an_attribute_that_is_called_as_an_address_is_one() {
    let wrong = json!({"email": "nobody", "Phone Number": "none", "plan": "pro"});
    let calls = [
        (Method::POST, "/v1/identify", json!({"userId": "ad-1", "traits": wrong})),
        (Method::POST, "/api/v2/users/track", json!({"id": "ad-1", "data": wrong})),
        (Method::PUT, "/api/v2/users/edit", json!({"id": "ad-1", "changes": wrong})),
    ];
    for (method, address, body) in calls {
        let app = App::new();
        let bearer = app.key(server()).bearer();
        app.send(method, address, &[("authorization", &bearer)], body.to_string()).expect(200);
        assert_eq!(app.db.one("SELECT attributes FROM profiles"), r#"{"plan": "pro"}"#, "{address}: the rest is kept");
        let refused = app.db.column("SELECT field || ' ' || rest_kept FROM rejections ORDER BY 1");
        assert_eq!(refused, ["email true", "phone true"], "{address}");
    }
    // Where items are taken whole or not at all, the item is refused.
    let app = App::new();
    let bearer = app.key(server()).bearer();
    let (patch, profile) = (Method::PATCH, "/api/data/v1/profiles/id:ad-1/attributes");
    let answer = app.send(patch.clone(), profile, &[("authorization", &bearer)], wrong.to_string());
    let answer = answer.expect(400).json();
    assert_eq!(answer["field"], "phone", "{answer}");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 0);
    // Taking it away is saying something, too.
    app.send(patch, profile, &[("authorization", &bearer)], json!({"email": null, "plan": "pro"}).to_string())
        .expect(200);
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), r#"{"plan": "pro"}"#);
}
