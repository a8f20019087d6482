//! An item that is refused has no effect: it makes nobody, joins nobody, and gives nobody a browser or an id.

use kith::identities::Kind;
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    sender::{browser_that_overwrites, server},
};

/// Everything of people that a refused item could have touched.
fn people(app: &App) -> Vec<String> {
    app.clock.advance(chrono::TimeDelta::seconds(1));
    app.db.digest(&[
        "profiles",
        "identifier_claims",
        "profile_identifiers",
        "profile_activity",
        "merges",
        "merge_suggestions",
        "addresses",
        "(SELECT kind, subject, after FROM changes)",
    ])
}

#[test]
fn a_new_person_beyond_the_limits_is_not_made() {
    let app = App::new();
    let key = app.key(server());
    let traits: serde_json::Map<String, Value> = (0..2_001).map(|n| (format!("a{n}"), json!(1))).collect();
    let item =
        |id: &str| json!({"type": "identify", "profile": {"id": id, "anonymous_id": "b-1"}, "attributes": &traits});
    let before = people(&app);
    let answer = app.post(&key, "/api/data/v1/batch", &json!({"items": [item("c-1")]})).expect(200).json();
    assert_eq!(answer["rejected"][0]["code"], "limit_reached", "{answer}");
    assert_eq!(people(&app), before);
    // The others of the call are stored as if it had not been there.
    let other =
        json!({"type": "identify", "profile": {"id": "c-2", "anonymous_id": "b-1"}, "attributes": {"plan": "pro"}});
    let items = json!({"items": [item("c-1"), other, item("c-3")]});
    let answer = app.post(&key, "/api/data/v1/batch", &items).expect(200).json();
    assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(2));
    assert_eq!(app.db.column("SELECT value FROM identifier_claims ORDER BY value"), ["b-1", "c-2"]);
    assert_eq!(app.live_profiles(), 1);
}

#[test]
fn a_refused_item_of_a_page_joins_no_visitor() {
    let app = App::new();
    app.add(Person::new("c-1").set("plan", "free"));
    app.add(Person::known_by(Kind::Anonymous, "b-1").set("theme", "dark"));
    let key = app.key(browser_that_overwrites(kith::keys::MayOverwrite::Nothing));
    let item = |more: Value| {
        let mut item = json!({"type": "identify", "profile": {"id": "c-1", "anonymous_id": "b-1"}});
        item["attributes"] = more;
        item
    };
    let before = people(&app);
    let send = |items: Value| app.post(&key, "/api/data/v1/batch", &json!({"items": items})).expect(200).json();
    let answer = send(json!([item(json!({"plan": "pro"}))]));
    assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(people(&app), before);
    // Nor a browser that nobody had.
    let fresh =
        json!({"type": "identify", "profile": {"id": "c-1", "anonymous_id": "b-2"}, "attributes": {"plan": "pro"}});
    send(json!([fresh]));
    assert_eq!(people(&app), before);
    // What may be said still joins them.
    let answer = send(json!([item(json!({"plan": "pro"})), item(json!({"size": 4}))]));
    assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1);
}
