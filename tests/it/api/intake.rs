use actix_web::http::Method;
use kith::keys::Format;
use serde_json::json;

use crate::support::{App, sender::server};

#[test]
fn one_bad_item_costs_only_itself() {
    let app = App::new();
    let key = app.key(server());
    let body = r#"{"batch": [
        {"type": "identify", "userId": "1", "traits": {"big": 9007199254740993, "nan": NaN}},
        {"type": "identify"},
        {"type": "nothing", "userId": "2"},
        {"type": "track", "userId": "3"},
        {"type": "track", "userId": "4", "event": "Nul \u0000 and \ud83d", "properties": {"a\u0000": "\ud83d"}},
        "what", null, 7, [],
        {"type": "identify", "userId": "5", "traits": {"huge": 1180591620717411303424}}
    ]}"#;
    let answer = app.send(Method::POST, "/v1/batch", &[("authorization", &key.bearer())], body);
    assert_eq!(answer.expect(200).json(), json!({"success": true}));
    let known = "SELECT value FROM profile_identifiers WHERE kind = 'id' ORDER BY value";
    assert_eq!(app.db.column(known), ["1", "4", "5"]);
    let big = "SELECT attributes->>'big' FROM profiles WHERE attributes ? 'big'";
    assert_eq!(app.db.one(big), "9007199254740993");
    let huge = "SELECT attributes->>'huge' FROM profiles WHERE attributes ? 'huge'";
    assert_eq!(app.db.one(huge), "1180591620717411303424");
    assert_eq!(app.db.number("SELECT count(*) FROM rejections WHERE NOT rest_kept"), 7);
}

#[test]
fn the_day_that_a_trait_says_makes_a_person_known_since_then() {
    let app = App::new();
    let key = app.key(server());
    let say = |created: &str, at: &str| {
        let message = json!({"userId": "1", "traits": {"createdAt": created}, "timestamp": at});
        app.post(&key, "/v1/identify", &message).expect(200);
        app.db.one("SELECT to_char(created_at, 'YYYY-MM-DD') FROM profiles")
    };
    assert_eq!(say("2040-01-01", "2026-11-20T10:00:00Z"), "2026-11-22", "not of the future");
    assert_eq!(say("2024-05-01T00:00:00Z", "2026-11-20T11:00:00Z"), "2024-05-01");
    assert_eq!(say("2025-05-01T00:00:00Z", "2026-11-20T12:00:00Z"), "2024-05-01", "the earliest counts");
}

/// What the database itself refuses, whatever the adapters thought of it: here a rule that nobody told them.
#[test]
fn an_item_that_the_database_refuses_costs_only_itself() {
    let app = App::new();
    let key = app.key(server());
    app.db.run("ALTER TABLE profiles ADD CONSTRAINT poison CHECK (name <> 'Poison')");
    let person = |n: usize| {
        let name = if n == 13 { "Poison" } else { "Ann" };
        json!({"type": "identify", "userId": format!("p-{n}"), "traits": {"first_name": name}})
    };
    let batch = json!({"batch": (0..40).map(person).collect::<Vec<_>>()});
    app.post(&key, "/v1/batch", &batch).expect(200);
    assert_eq!(app.live_profiles(), 39);
    assert_eq!(app.db.column("SELECT code || index FROM rejections"), ["not_stored13"]);
    // A fault of ours is not taken for theirs: nothing is lost, the sender tries again.
    app.db.run("ALTER TABLE profiles DROP CONSTRAINT poison, ADD CONSTRAINT broken CHECK (version < 0) NOT VALID");
    let batch = json!({"batch": (50..90).map(person).collect::<Vec<_>>()});
    app.post(&key, "/v1/batch", &batch).expect_error(500, "unexpected", Format::Segment);
    app.post(&key, "/v1/identify", &json!({"userId": "x"})).expect_error(500, "unexpected", Format::Segment);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 1);
}

#[test]
fn a_call_with_thousands_of_items_is_stored_in_order() {
    let app = App::new();
    let key = app.key(server());
    let item = |n: usize| json!({"type": "identify", "userId": "c-1", "timestamp": "2026-11-20T10:00:00Z", "traits": {"n": n}});
    let batch = json!({"batch": (0..4500).map(item).collect::<Vec<_>>()});
    app.post(&key, "/v1/batch", &batch).expect(200);
    assert_eq!(app.db.one("SELECT attributes->>'n' FROM profiles"), "4499");
}

#[test]
fn single_calls_say_what_is_wrong_where_clients_listen() {
    let app = App::new();
    let key = app.key(server());
    for (address, body, code) in [
        ("/v1/identify", json!({"traits": {"a": 1}}), "missing_id"),
        ("/v1/track", json!({"userId": "3"}), "invalid_value"),
    ] {
        app.post(&key, address, &body).expect_error(400, code, Format::Segment);
        // Of a batch clients would discard the rest, too.
        let kind = address.trim_start_matches("/v1/");
        let mut message = body;
        message["type"] = kind.into();
        app.post(&key, "/v1/batch", &json!({"batch": [message]})).expect(200);
    }
    let answer = app.post(&key, "/api/v2/users/track", &json!({"data": {"a": 1}}));
    let said = answer.expect(400).json();
    assert!(said["message"].as_str().expect("a text").contains("id or email"), "{said}");
    assert_eq!(
        app.db.column("SELECT format || ' ' || code FROM rejections ORDER BY format, code"),
        [
            "segment invalid_value",
            "segment invalid_value",
            "segment missing_id",
            "segment missing_id",
            "vero missing_id"
        ]
    );
    assert_eq!(app.live_profiles(), 0);
}
