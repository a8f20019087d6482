//! People who are named by an address alone.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    sender::{MadeKey, browser_that_overwrites, server},
};

fn vero(app: &App, key: &MadeKey, method: Method, rest: &str, body: &Value, status: u16) {
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    app.send(method, &format!("/api/v2/{rest}"), &[("authorization", &key.bearer())], body.to_string()).expect(status);
}

/// All that Vero's clients say by email alone.
fn say_all(app: &App, key: &MadeKey, email: &str) {
    vero(app, key, Method::POST, "users/track", &json!({"email": email, "data": {"plan": "pro"}}), 200);
    vero(app, key, Method::PUT, "users/edit", &json!({"email": email, "changes": {"seats": 3}}), 200);
    vero(app, key, Method::PUT, "users/tags/edit", &json!({"email": email, "add": ["vip"]}), 200);
    vero(app, key, Method::POST, "events/track", &json!({"identity": {"email": email}, "event_name": "Seen"}), 200);
    app.post(key, "/v1/identify", &json!({"traits": {"email": email, "city": "Graz"}})).expect(200);
    app.post(key, "/v1/track", &json!({"event": "Bought", "context": {"traits": {"email": email}}})).expect(200);
}

fn said(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws('|', (SELECT string_agg(i.value, ' ') FROM profile_identifiers i WHERE i.profile_id = p.id), p.tags, \
             p.attributes->>'plan', p.attributes->>'seats', p.attributes->>'city', \
             (SELECT count(*) FROM events e WHERE e.profile_id = p.id), \
             (SELECT string_agg(normalised, ' ') FROM addresses a WHERE a.profile_id = p.id)) FROM profiles p ORDER BY 1",
    )
}

#[test]
fn the_only_holder_of_the_address_is_meant() {
    let app = App::new();
    let key = app.key(server());
    app.add(Person::new("42").email("Ann@example.org"));
    app.clock.advance(chrono::TimeDelta::seconds(1));
    say_all(&app, &key, "ann@EXAMPLE.org");
    assert_eq!(said(&app), ["42|{vip}|pro|3|Graz|2|ann@example.org"]);
    // So it is within one call.
    let batch = json!({"batch": [
        {"type": "identify", "userId": "43", "traits": {"email": "bo@example.org"}},
        {"type": "track", "event": "Seen", "context": {"traits": {"email": "bo@example.org"}}},
    ]});
    app.post(&key, "/v1/batch", &batch).expect(200);
    assert_eq!(app.live_profiles(), 2);
    vero(&app, &key, Method::POST, "users/delete", &json!({"email": "ann@example.org"}), 200);
    assert_eq!(said(&app), ["43|{}|1|bo@example.org"]);
}

/// What happens to somebody says nothing of their address.
#[test]
fn an_event_by_email_leaves_the_profile_as_it_is() {
    let app = App::new();
    let key = app.key(server());
    app.add(Person::new("42").email("ann@example.org"));
    let events = |email: &str| {
        let identity = json!({"email": email});
        vero(&app, &key, Method::POST, "events/track", &json!({"identity": identity, "event_name": "Seen"}), 200);
        app.post(&key, "/v1/track", &json!({"event": "Bought", "context": {"traits": identity}})).expect(200);
    };
    events("new@example.org");
    let stored = || {
        app.db.column("SELECT concat_ws(' ', p.version, a.stamp) FROM profiles p JOIN addresses a ON a.profile_id = p.id ORDER BY 1")
    };
    let before = stored();
    for email in ["ann@example.org", "new@example.org"] {
        app.clock.advance(chrono::TimeDelta::hours(1));
        events(email);
    }
    assert_eq!(stored(), before);
    // What was said of the address before the events, and arrives after them, counts.
    let late = json!({"userId": "new@example.org", "traits": {"email": "newer@example.org"}, "timestamp": "2020-01-01T00:00:00Z"});
    app.post(&key, "/v1/identify", &late).expect(200);
    assert_eq!(said(&app)[1], "new@example.org|{}|4|newer@example.org");
}

#[test]
fn between_several_holders_nothing_is_guessed() {
    let app = App::new();
    let key = app.key(server());
    app.add(Person::new("c-1").email("family@example.org"));
    app.add(Person::new("c-2").email("family@example.org"));
    app.clock.advance(chrono::TimeDelta::seconds(1));
    say_all(&app, &key, "Family@example.org");
    let apart = ["c-1|{}|0|family@example.org", "c-2|{}|0|family@example.org"];
    let own = "family@example.org|{vip}|pro|3|Graz|2|family@example.org";
    assert_eq!(said(&app), [apart[0], apart[1], own]);
    vero(&app, &key, Method::POST, "users/delete", &json!({"email": "family@example.org"}), 409);
    assert_eq!(app.live_profiles(), 3);
    assert_eq!(app.db.column("SELECT code FROM rejections"), ["ambiguous"]);
}

#[test]
fn whoever_nobody_knows_is_made_with_the_address_as_id_and_contact() {
    for calls in 0..4 {
        let app = App::new();
        let key = app.key(server());
        let email = "New@example.org";
        match calls {
            0 => vero(&app, &key, Method::POST, "users/track", &json!({"email": email}), 200),
            1 => vero(&app, &key, Method::PUT, "users/tags/edit", &json!({"email": email, "add": ["vip"]}), 200),
            2 => drop(app.post(&key, "/v1/track", &json!({"event": "Seen", "context": {"traits": {"email": email}}}))),
            _ => vero(
                &app,
                &key,
                Method::POST,
                "events/track",
                &json!({"identity": {"email": email}, "event_name": "Seen"}),
                200,
            ),
        }
        let found = "SELECT concat_ws(' ', c.kind, c.value, a.address) FROM identifier_claims c, addresses a";
        assert_eq!(app.db.column(found), ["id new@example.org New@example.org"], "{calls}");
    }
}

/// Everybody can read a page's key, and may know somebody's email.
#[test]
fn a_page_does_not_find_people_by_address() {
    let app = App::new();
    app.add(Person::new("42").email("vera@example.org").set("plan", "free"));
    let key = app.key(browser_that_overwrites(kith::keys::MayOverwrite::Attributes));
    vero(&app, &key, Method::POST, "users/track", &json!({"email": "vera@example.org", "data": {"plan": "pro"}}), 200);
    let plan = "SELECT p.attributes->>'plan' FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id AND c.value = '42'";
    assert_eq!(app.db.one(plan), "free");
}
