use kith::{auth::Role, identities::Kind};
use serde_json::{Value, json};

use super::save;
use crate::support::{
    App, Person,
    sender::{MadeKey, browser, server},
};

fn identify(app: &App, key: &MadeKey, message: &Value) {
    app.post(key, "/v1/identify", message).expect(200);
}

fn people(app: &App) -> i64 {
    app.db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL")
}

fn ids(app: &App) -> Vec<String> {
    app.db.column("SELECT value || CASE WHEN retired_at IS NULL THEN '' ELSE ' (former)' END FROM profile_identifiers WHERE kind = 'id' ORDER BY value")
}

fn ann(id: &str) -> Value {
    json!({"userId": id, "traits": {"email": "Ann@Example.com", "plan": id}})
}

#[test]
fn without_it_a_new_id_is_a_new_person() {
    let app = App::new();
    let key = app.key(server());
    identify(&app, &key, &ann("c-1"));
    identify(&app, &key, &ann("c-2"));
    assert_eq!(people(&app), 2);
}

#[test]
fn a_new_id_with_the_email_of_one_person_is_that_person() {
    let app = App::new();
    let key = app.key(server());
    save(&app, "matching", &[("By ID and email", "yes")]);
    identify(&app, &key, &ann("c-1"));
    app.clock.advance(chrono::TimeDelta::minutes(1));
    identify(&app, &key, &json!({"userId": "c-2", "traits": {"email": "ann@example.COM", "plan": "pro"}}));
    assert_eq!((people(&app), ids(&app)), (1, vec!["c-1 (former)".to_owned(), "c-2".to_owned()]));
    assert_eq!(app.db.one("SELECT attributes->>'plan' FROM profiles"), "pro");
    // Both ids find that person from now on.
    app.clock.advance(chrono::TimeDelta::minutes(1));
    identify(&app, &key, &json!({"userId": "c-1", "traits": {"plan": "free"}}));
    assert_eq!((people(&app), app.db.one("SELECT attributes->>'plan' FROM profiles")), (1, "free".to_owned()));
    // An id that is known already is nobody else, whatever its email.
    identify(&app, &key, &json!({"userId": "c-3", "traits": {"plan": "x"}}));
    identify(&app, &key, &ann("c-3"));
    assert_eq!(people(&app), 2);
}

#[test]
fn it_holds_inside_one_call_and_with_a_browser_that_is_new() {
    let app = App::new();
    let key = app.key(server());
    save(&app, "matching", &[("By ID and email", "yes")]);
    let message = |id: &str| json!({"type": "identify", "userId": id, "traits": {"email": "ann@example.com"}});
    app.post(&key, "/v1/batch", &json!({"batch": [message("c-1"), message("c-2"), message("c-3")]})).expect(200);
    assert_eq!(people(&app), 1, "{:?}", ids(&app));
    app.post(&key, "/v1/track", &json!({"anonymousId": "a-1", "event": "Visit"})).expect(200);
    assert_eq!(people(&app), 2);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let message = json!({"userId": "c-4", "anonymousId": "a-1", "traits": {"email": "ann@example.com"}});
    identify(&app, &key, &message);
    assert_eq!(people(&app), 1, "{:?}", ids(&app));
}

#[test]
fn between_several_people_nothing_is_guessed() {
    let app = App::new();
    for id in ["c-1", "c-2"] {
        app.add(Person::new(id).email("ann@example.com"));
    }
    save(&app, "matching", &[("By ID and email", "yes")]);
    identify(&app, &app.key(server()), &ann("c-3"));
    assert_eq!(people(&app), 3);
    assert!(app.db.number("SELECT count(*) FROM merge_suggestions") >= 2, "they are suggested instead");
}

#[test]
fn a_key_for_browsers_never_matches() {
    let app = App::new();
    app.add(Person::new("c-1").email("ann@example.com"));
    save(&app, "matching", &[("By ID and email", "yes")]);
    let page = app.key(browser());
    let headers = [("origin", crate::support::sender::SHOP)];
    let bearer = page.bearer();
    let headers = [&headers[..], &[("authorization", bearer.as_str()), ("content-type", "application/json")]].concat();
    app.send(actix_web::http::Method::POST, "/v1/identify", &headers, ann("c-2").to_string()).expect(200);
    assert_eq!(people(&app), 2);
}

#[test]
fn a_profile_made_by_hand_is_matched_too() {
    let app = App::new();
    app.add(Person::new("c-1").name("Ann", "Lee").email("ann@example.com"));
    save(&app, "matching", &[("By ID and email", "yes")]);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles/new"));
    ada.submit("Create profile", &[("ID", "c-2"), ("Email", "ann@example.com")]).expect(409);
    ada.submit("Create anyway", &[]).expect(303);
    ada.follow().shows("This person already had a profile. Your entries were added to it.");
    assert_eq!(people(&app), 1);
}

#[test]
fn an_address_that_somebody_was_erased_with_is_nobodys() {
    let app = App::new();
    let key = app.key(server());
    save(&app, "matching", &[("By ID and email", "yes")]);
    app.add(Person::known_by(Kind::Email, "ann@example.com"));
    identify(&app, &key, &ann("c-1"));
    app.post(&key, "/api/v2/users/delete", &json!({"id": "c-1"})).expect(200);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let before = people(&app);
    identify(&app, &key, &ann("c-9"));
    assert_eq!(people(&app), before + 1, "{:?}", ids(&app));
}
