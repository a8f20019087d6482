//! Placeholder ids, at every door.

use kith::{auth::Role, identities::PLACEHOLDERS};
use serde_json::{Value, json};

use crate::support::{App, sender::server};

/// The code with which each rejected item of a call was refused.
fn codes(app: &App) -> Vec<String> {
    app.db.column("SELECT code FROM rejections ORDER BY received_at, index")
}

#[test]
fn no_format_takes_a_placeholder_for_somebody() {
    let app = App::new();
    let key = app.key(server());
    let upper = PLACEHOLDERS.iter().map(|word| word.to_uppercase());
    let words: Vec<String> = PLACEHOLDERS.iter().map(|word| (*word).to_owned()).chain(upper).collect();
    let identify = |word: &String| json!({"type": "identify", "profile": {"id": word}, "attributes": {"plan": "pro"}});
    let items: Vec<Value> = words.iter().map(identify).collect();
    let answer = app.post(&key, "/api/data/v1/batch", &json!({"items": items})).expect(200).json();
    assert_eq!(answer["rejected"].as_array().map(Vec::len), Some(words.len()), "{answer}");
    assert_eq!(
        (&answer["rejected"][0]["code"], &answer["rejected"][0]["field"]),
        (&json!("placeholder_id"), &json!("profile.id"))
    );
    let items: Vec<Value> =
        words.iter().map(|word| json!({"type": "track", "userId": word, "event": "Seen"})).collect();
    app.post(&key, "/v1/batch", &json!({"batch": items})).expect(200);
    for bad in [json!(0), json!(0.0), json!("[object Object]")] {
        app.post(&key, "/v1/track", &json!({"userId": bad, "event": "Seen"})).expect(400);
        app.post(&key, "/v1/track", &json!({"anonymousId": bad, "event": "Seen"})).expect(400);
        app.post(&key, "/api/v2/users/track", &json!({"id": bad, "data": {"plan": "pro"}})).expect(400);
    }
    assert_eq!(app.live_profiles(), 0);
    assert_eq!(app.db.one("SELECT string_agg(DISTINCT code, ' ') FROM rejections"), "placeholder_id");
    let page = app.browser(Role::Admin).visit(&app.path("rejections")).clone();
    page.shows("placeholder_id").shows("programs send this placeholder when the id is missing");
}

#[test]
fn an_alias_of_a_placeholder_joins_nobody() {
    let app = App::new();
    let key = app.key(server());
    let batch = json!({"batch": [
        {"type": "identify", "userId": "ca-1", "traits": {"first_name": "CustOne", "email": "ca.one@example.org"}},
        {"type": "identify", "userId": "ca-2", "traits": {"first_name": "CustTwo", "email": "ca.two@example.org"}},
        {"type": "alias", "userId": "ca-1", "previousId": "undefined"},
        {"type": "alias", "userId": "ca-2", "previousId": "undefined"},
    ]});
    app.post(&key, "/v1/batch", &batch).expect(200);
    assert_eq!(app.live_profiles(), 2);
    assert_eq!(codes(&app), ["placeholder_id", "placeholder_id"]);
    assert_eq!(app.db.number("SELECT count(*) FROM identifier_claims"), 2);
}

#[test]
fn nobody_is_made_by_hand_under_a_placeholder() {
    let app = App::new();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit("/acme/live/profiles/new");
    sanjay.submit("Create profile", &[("ID", "Guest")]).expect(422).shows("The ID must belong to one person");
    assert_eq!(app.live_profiles(), 0);
}
