use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Page, Person};

fn new(page: &Page) -> usize {
    page.texts("summary .chip.on").iter().filter(|text| *text == "New").count()
}

#[test]
fn what_came_since_the_last_visit_is_new() {
    let app = App::new();
    let id = app.add(Person::new("c-1").event("Visit", "2026-11-20T12:00:00Z", json!({})));
    let tab = app.profile(id, "/activity");
    let (mut mara, mut ada) = (app.browser(Role::Marketer), app.browser(Role::Admin));
    // That the workspace was visited is noted on the server.
    mara.visit(&app.path("profiles"));
    let before = app.db.digest(&["operators", "profiles", "events", "changes"]);
    let first = mara.visit(&tab).clone();
    assert_eq!(new(&first), 0, "nothing is new to somebody who was never here");
    first.hides("since your last visit");
    assert_eq!(before, app.db.digest(&["operators", "profiles", "events", "changes"]), "the browser remembers it");

    app.clock.advance(TimeDelta::minutes(10));
    // It happened long ago, and became known a moment ago.
    app.add(Person::new("c-1").event_with_id("late", "Visit", "2026-11-19T12:00:00Z", json!({})).set("plan", "pro"));
    assert_eq!(new(mara.visit(&tab)), 0, "the same visit");
    app.clock.advance(TimeDelta::minutes(40));
    app.add(Person::new("c-1").event_with_id("later", "Visit", "2026-11-22T04:00:00Z", json!({})).tag("vip"));
    let second = mara.visit(&tab).clone();
    second.check_markup();
    assert_eq!(new(&second), 2, "an event and a tag");
    second.shows("2 new since your last visit on 22 November 2026, 03:34:05 UTC");
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(new(mara.visit(&tab)), 2, "as long as the visit goes on");
    assert_eq!(new(ada.visit(&tab)), 0, "others have visits of their own");
    app.clock.advance(TimeDelta::minutes(40));
    mara.visit(&tab).shows("0 new since your last visit");
}

#[test]
fn a_visit_is_of_one_person_and_one_operator() {
    let app = App::new();
    let id = app.add(Person::new("c-1").event("Visit", "2026-11-20T12:00:00Z", json!({})));
    let other = app.add(Person::new("c-2").event("Visit", "2026-11-20T12:00:00Z", json!({})));
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.profile(id, "/activity"));
    assert_eq!(mara.narrow.len(), 1);
    let cookie = mara.page().header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=31536000", &format!("Path={}", app.profile(id, "/activity"))] {
        assert!(cookie.contains(part), "{cookie}");
    }
    app.clock.advance(TimeDelta::hours(1));
    mara.visit(&app.profile(other, "/activity")).hides("since your last visit");
    let mut ada = app.browser(Role::Admin);
    ada.narrow = mara.narrow.clone();
    ada.visit(&app.profile(id, "/activity")).hides("since your last visit");
}
