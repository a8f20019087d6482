//! Erasing somebody in the console.

use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Person, sender::server};

fn customer() -> (App, String) {
    let app = App::new();
    let priya = app.add(Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip"));
    let page = app.profile(priya, "/erase");
    (app, page)
}

#[test]
fn an_admin_erases_somebody_whose_name_was_typed_once_more() {
    let (app, page) = customer();
    let mut rosa = app.browser(Role::Admin);
    rosa.visit(&page).check_markup();
    let refused = rosa.submit("Erase", &[("confirm", "priya")]).expect(422).clone();
    refused.shows("Type “Priya Nair” exactly as it is written here");
    assert_eq!(app.live_profiles(), 1);
    rosa.submit("Erase", &[("confirm", " Priya Nair ")]).expect(303);
    rosa.follow().expect(200).shows("Nothing about this person is left.").hides("Priya");
    assert_eq!(app.live_profiles(), 0);
    assert_eq!(app.db.number("SELECT count(*) FROM addresses"), 0);
    rosa.visit(&app.path("audit")).shows("Erased a person").hides("Priya");
    rosa.get(&page).expect(404);
    // Whoever is not blocked may come back.
    let key = app.key(server());
    let again = |expected| {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let body = json!({"attributes": {"plan": "pro"}}).to_string();
        app.send(Method::PUT, "/api/data/v1/profiles/id:c-1", &[("authorization", &key.bearer())], body)
            .expect(expected);
    };
    again(200);
}

#[test]
fn whoever_is_blocked_does_not_come_back() {
    let (app, page) = customer();
    let mut rosa = app.browser(Role::Admin);
    rosa.visit(&page);
    rosa.submit("Erase", &[("confirm", "Priya Nair"), ("block", "yes")]).expect(303);
    let key = app.key(server());
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let body = json!({"attributes": {"plan": "pro"}}).to_string();
    let answer = app.send(Method::PUT, "/api/data/v1/profiles/id:c-1", &[("authorization", &key.bearer())], body);
    assert_eq!(answer.json()["code"], "blocked", "{}", answer.body);
    assert_eq!(app.live_profiles(), 0);
}

#[test]
fn others_are_not_offered_it() {
    let (app, page) = customer();
    for role in [Role::Marketer, Role::Support] {
        let mut browser = app.browser(role);
        browser.visit(page.trim_end_matches("/erase")).hides("Erase…");
        browser.get(&page).expect(403);
    }
    app.browser(Role::Admin).visit(page.trim_end_matches("/erase")).shows("Erase…");
}
