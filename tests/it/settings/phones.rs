use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use super::save;
use crate::support::{App, sender::server};

fn numbers(app: &App) -> Vec<String> {
    app.db.column("SELECT normalised FROM addresses WHERE channel = 'sms' ORDER BY normalised")
}

#[test]
fn every_door_reads_a_number_without_a_code_as_one_of_the_country() {
    let app = App::new();
    let key = app.key(server());
    let native =
        json!({"items": [{"type": "identify", "profile": {"id": "n-1"}, "channels": {"sms": "044 668 18 01"}}]});
    let mut ada = app.browser(Role::Admin);
    let create = |ada: &mut crate::support::Browser<'_>| {
        ada.visit(&app.path("profiles/new"));
        ada.submit("Create profile", &[("ID", "c-1"), ("Phone", "044 668 18 02")]).clone()
    };
    create(&mut ada).expect(422).shows("must be a phone number with country code");
    save(&app, "country", &[("Country", "CH")]);

    app.post(&key, "/v1/identify", &json!({"userId": "s-1", "traits": {"phone": "044 668 18 00"}})).expect(200);
    app.post(&key, "/api/data/v1/batch", &native).expect(200);
    app.post(&key, "/api/v2/users/track", &json!({"id": "v-1", "data": {"phone_number": "+1 415 555 0123"}}))
        .expect(200);
    create(&mut ada).expect(303);
    let one =
        app.db.one("SELECT profile_id::text FROM profile_identifiers WHERE value = 'v-1'").parse().expect("an id");
    ada.visit(&app.profile(one, ""));
    ada.click("Edit contact").expect(200);
    ada.submit("Save", &[("Phone", "044 668 18 03")]).expect(303);
    assert_eq!(numbers(&app), ["+41446681800", "+41446681801", "+41446681802", "+41446681803"]);
    // The same number finds them.
    let bearer = key.bearer();
    let found = app.send(
        Method::GET,
        "/api/data/v1/profiles/phone:0446681800",
        &[("authorization", bearer.as_str())],
        Vec::new(),
    );
    found.expect(200);
    assert!(found.body.contains("s-1"), "{}", found.body);
}

#[test]
fn a_repeated_call_is_read_as_it_was_the_first_time() {
    let app = App::new();
    let key = app.key(server());
    let bearer = key.bearer();
    let call = |name: &str, id: &str| {
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", name)];
        let body = json!({"userId": id, "traits": {"phone": "98765 43210"}}).to_string();
        app.send(Method::POST, "/v1/identify", &headers, body);
    };
    save(&app, "country", &[("Country", "IN")]);
    call("k-1", "c-1");
    assert_eq!(numbers(&app), ["+919876543210"]);
    save(&app, "country", &[("Country", "US")]);
    // As if its answer had been lost.
    app.db.run("UPDATE idempotent_calls SET status = NULL, body = NULL");
    app.db.run("DELETE FROM addresses");
    call("k-1", "c-1");
    call("k-2", "c-2");
    assert_eq!(numbers(&app).iter().filter(|number| number.starts_with("+1")).count(), 1, "{:?}", numbers(&app));
    assert!(!numbers(&app).contains(&"+11234567890".to_owned()));
}

#[test]
fn a_change_holds_ten_seconds_later_and_not_before() {
    let app = App::new();
    let key = app.key(server());
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("settings/country"));
    ada.submit("Save", &[("Country", "CH")]).expect(303);
    let call = |id: &str| {
        app.post(&key, "/v1/identify", &json!({"userId": id, "traits": {"phone": "044 668 18 00"}})).expect(200);
    };
    call("early");
    assert_eq!(numbers(&app), Vec::<String>::new());
    app.clock.advance(kith::db::BELIEVED);
    call("late");
    assert_eq!(numbers(&app), ["+41446681800"]);
}
