//! One id in several writings is one person.

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::support::{App, Person, sender::server};

fn ids(app: &App) -> Vec<String> {
    app.db.column("SELECT value FROM identifier_claims WHERE kind = 'id' ORDER BY value")
}

#[test]
fn equal_numbers_are_one_id_in_every_format() {
    let app = App::new();
    let key = app.key(server());
    let post = |address: &str, body: &str| {
        let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
        app.send(actix_web::http::Method::POST, address, &headers, body.to_owned());
    };
    for number in ["1574", "1574.0", "1.574e3", "\"1574\""] {
        post("/v1/identify", &format!("{{\"userId\":{number},\"traits\":{{\"plan\":\"pro\"}}}}"));
        post("/api/v2/users/track", &format!("{{\"id\":{number},\"data\":{{\"plan\":\"pro\"}}}}"));
        post(
            "/api/data/v1/batch",
            &format!("{{\"items\":[{{\"type\":\"identify\",\"profile\":{{\"id\":{number}}}}}]}}"),
        );
    }
    assert_eq!((ids(&app), app.live_profiles()), (vec!["1574".to_owned()], 1));
    // So is the id of an event.
    for number in ["5", "5.0"] {
        let event = format!(
            "{{\"name\":\"Seen\",\"id\":{number},\"profile\":{{\"id\":1}},\"occurred_at\":\"2026-11-20T10:00:00Z\"}}"
        );
        post("/api/data/v1/events", &event);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 1);
}

#[test]
fn emails_and_letters_are_one_id_in_any_writing() {
    let app = App::new();
    let key = app.key(server());
    let writings = [
        ["Ann@B\u{dc}cher.example", "ann@bu\u{308}cher.example", "ANN@xn--bcher-kva.example"],
        ["Caf\u{e9}", "Cafe\u{301}", " Cafe\u{301}"],
    ];
    for writing in writings.iter().flatten() {
        app.post(&key, "/v1/identify", &json!({"userId": writing, "traits": {"plan": "pro"}})).expect(200);
        app.post(&key, "/api/v2/users/track", &json!({"id": writing})).expect(200);
        let item = json!({"type": "identify", "profile": {"id": writing}});
        app.post(&key, "/api/data/v1/batch", &json!({"items": [item]})).expect(200);
    }
    assert_eq!(
        (ids(&app), app.live_profiles()),
        (vec!["Caf\u{e9}".to_owned(), "ann@b\u{fc}cher.example".to_owned()], 2)
    );
}

/// What an older version stored is found in its new writing, unless two people differ in nothing else.
#[test]
fn stored_ids_are_normalised_once() {
    let app = App::new();
    for (n, value) in ["Bo@Example.com", "Cafe\u{301}", "Di@example.com", "di@example.com", "KEY"].iter().enumerate() {
        app.add(Person::new(&format!("c-{n}")));
        for table in ["identifier_claims", "profile_identifiers"] {
            let written = format!("UPDATE {table} SET value = '{value}' WHERE value = 'c-{n}'");
            app.db.connect().batch_execute(&written).expect("written");
        }
    }
    let up = include_str!("../../../migrations/0027_normalise_identifiers/up.sql");
    app.db.connect().batch_execute(up).expect("it runs");
    let expected = ["Caf\u{e9}", "Di@example.com", "KEY", "bo@example.com", "di@example.com"];
    let mut expected: Vec<String> = expected.map(str::to_owned).into();
    expected.sort();
    for table in ["identifier_claims", "profile_identifiers"] {
        let mut found = app.db.column(&format!("SELECT value FROM {table}"));
        found.sort();
        assert_eq!(found, expected, "{table}");
    }
}
