//! One id in several writings is one person.

use diesel::connection::SimpleConnection;
use kith::identities::{Identifier, Kind};
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
    let former = [
        "Bo@Example.com",
        "Cafe\u{301}",
        "Di@example.com",
        "di@example.com",
        "KEY",
        "Ed@localhost",
        "E..d@example.com",
        "Flo@xn--bcher-kva.example",
        "J\u{f6}@Example.com",
        "\"Q\"@Example.com",
        "G@-Example.com",
        "G'I+1@Sub.Example.COM",
        "Gus@example.com",
    ];
    for (n, value) in former.iter().enumerate() {
        app.add(Person::new(&format!("c-{n}")));
        for table in ["identifier_claims", "profile_identifiers"] {
            let value = value.replace('\'', "''");
            let written = format!("UPDATE {table} SET value = '{value}' WHERE value = 'c-{n}'");
            app.db.connect().batch_execute(&written).expect("written");
        }
    }
    // As it was then.
    let key = "ALTER TABLE address_subscriptions DROP CONSTRAINT address_subscriptions_pkey;
               ALTER TABLE address_subscriptions DROP COLUMN strictness, DROP COLUMN may_loosen;
               ALTER TABLE address_subscriptions ADD PRIMARY KEY (environment_id, address_channel, address, channel, topic)";
    app.db.connect().batch_execute(key).expect("it is as it was");
    // Gus had the other writing himself once; Bo became one with somebody; the last address is in two writings.
    let other = "INSERT INTO profile_identifiers SELECT environment_id, profile_id, kind, 'gus@example.com', first_seen_at, last_seen_at, \
                     source_id, now() FROM profile_identifiers WHERE value = 'Gus@example.com';
                 INSERT INTO merges (environment_id, profile_id, id, merged_id, merged_at, said_at, source_id, taken, identifiers) \
                     SELECT environment_id, id, gen_random_uuid(), id, now(), now(), source_id, '{}', \
                     '[[\"id\", \"KEY\"], [\"id\", \"Bo@Example.com\"], [\"email\", \"Bo@Example.com\"]]' FROM profiles LIMIT 1;
                 INSERT INTO address_subscriptions SELECT e.id, 'email', address, 'email', '', state, 'set', stamp::jsonb FROM environments e, \
                     (VALUES (U&'jose\\0301@example.com', 'unsubscribed', '[7, 7, 0, 1]'), ('jos\u{e9}@example.com', 'subscribed', '[5, 5, 0, 1]')) \
                     AS said (address, state, stamp) WHERE e.id = (SELECT min(id) FROM environments)";
    app.db.connect().batch_execute(other).expect("written");
    let up = include_str!("../../../migrations/0027_normalise_identifiers/up.sql");
    app.db.connect().batch_execute(up).expect("it runs");

    let claims = ids(&app);
    let changed = ["Bo@Example.com", "Cafe\u{301}", "G'I+1@Sub.Example.COM"];
    for value in former {
        let kept = claims.contains(&value.to_owned());
        assert_eq!(kept, !changed.contains(&value), "{value}");
        if !kept {
            let new = Identifier::new(Kind::Id, value).expect("an id").value;
            assert!(claims.contains(&new), "{value}: {new}");
        }
    }
    assert_eq!(claims.len(), former.len());
    let current = "SELECT value FROM profile_identifiers WHERE retired_at IS NULL ORDER BY value";
    assert_eq!(app.db.column(current), claims);
    let merged = r#"[["id", "KEY"], ["id", "bo@example.com"], ["email", "Bo@Example.com"]]"#;
    assert_eq!(app.db.one("SELECT identifiers FROM merges"), merged);
    let said = "SELECT concat_ws(' ', address, state) FROM address_subscriptions";
    assert_eq!(app.db.column(said), ["jos\u{e9}@example.com unsubscribed"]);
}
