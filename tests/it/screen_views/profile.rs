//! What a profile says of screen views: which, why, with what content, in how many statements.

use chrono::TimeDelta;
use kith::{auth::Role, db::ids::ProfileId, screen_views::ContentKind};
use serde_json::json;

use super::{during, store_in, text, wish};
use crate::support::{App, Person, statements};

fn console() -> (App, ProfileId) {
    let app = App::new();
    let ann = Person::new("ann").name("Ann", "Nair").set("plan", "pro").set("iban", "DE02").tag("vip");
    let ann = app.add(ann.event("Order", "2026-11-20T10:00:00Z", json!({"total": 30})));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = TRUE WHERE name = 'iban'");
    (app, ann)
}

#[test]
fn it_says_which_they_are_shown_by_priority_with_content_and_why() {
    let (app, ann) = console();
    text(&app, "Small", "Hi {{ user.first_name }}{{ user.nick }}", "plan:pro did:Order", "5");
    let content = "{\"iban\": \"{{ user.iban }}\", \"own\": \"{{ preferences_url }}\"}";
    store_in(&app, app.live, &wish("Great", (ContentKind::Json, content), "tag:vip", "900"));
    text(&app, "Quiet", "Never", "did:Order>=2 OR tag:gold", "1000");
    text(&app, "Faulty", "{{ 1 | divided_by: 0 }}", "", "1");
    let now = app.clock.now();
    let later = during(wish("Later", (ContentKind::Text, "x"), "", "1"), Some(now + TimeDelta::hours(1)), None);
    store_in(&app, app.live, &later);
    store_in(&app, app.test, &wish("In test", (ContentKind::Text, "x"), "", "1"));
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.profile(ann, "/segments"));
    let page = mia.click("What sites and apps show them").expect(200).clone();
    page.check_markup();
    assert_eq!(page.texts("section.card > header > h2 > a"), ["Great", "Small", "Faulty"]);
    page.shows("Hi Ann")
        .shows("Not known of them, so empty: user.nick")
        .shows("Plan is pro")
        .shows("1 time, last on 20 November 2026")
        .shows("has the tag vip")
        .shows("They do not get it: Line 1: the filter `divided_by` cannot be applied")
        .hides("DE02")
        .hides("Later")
        .hides("In test");
    // What they are not shown stands apart, with why not.
    assert_eq!(page.text("section.card details summary"), "Not for them: 1 screen view");
    let apart = page.text("section.card details");
    assert!(apart.contains("Quiet") && apart.contains("does not have the tag gold"), "{apart}");
    assert!(!page.body.contains("Never"), "nor is the content of it told");
    app.clock.advance(TimeDelta::hours(1));
    mia.visit(&app.profile(ann, "/content")).shows("Later");
}

#[test]
fn nothing_to_show_is_said_and_a_broken_audience_is_shown_to_nobody() {
    let (app, ann) = console();
    let mut mia = app.browser(Role::Marketer);
    let path = app.profile(ann, "/content");
    mia.visit(&path).shows("No screen view is shown to anybody now.").check_markup();
    text(&app, "Hello", "Hello", "plan:pro", "1");
    app.db.run("UPDATE attribute_definitions SET is_sensitive = TRUE WHERE name = 'plan'");
    mia.visit(&path)
        .shows("None of the screen views of now are for them.")
        .shows("Nobody gets it: You cannot filter by Plan: it is sensitive.")
        .check_markup();
}

#[test]
fn two_hundred_ask_no_more_statements_than_three() {
    statements::count();
    let (app, ann) = console();
    let mut mia = app.browser(Role::Marketer);
    let path = app.profile(ann, "/content");
    let mut asked = || {
        mia.get(&path).expect(200);
        let before = statements::asked(&app.db);
        mia.get(&path).expect(200);
        statements::asked(&app.db) - before
    };
    let audiences = ["plan:pro tag:vip", "did:Order>=2 in:30d", "plan:free OR -is:recognised"];
    for (place, audience) in audiences.iter().enumerate() {
        text(&app, &format!("View {place}"), "Hi {{ user.first_name }}", audience, "1");
    }
    let few = asked();
    for place in 3..200 {
        text(&app, &format!("View {place}"), "Hi {{ user.first_name }}", audiences[place % 3], "1");
    }
    assert_eq!(asked(), few);
    let page = mia.get(&path).expect(200).clone();
    assert_eq!(page.texts("section.card > header > h2 > a").len(), 67);
    page.shows("Not for them: 133 screen views");
}

#[test]
fn audiences_of_any_length_are_asked() {
    let (app, ann) = console();
    let tags: Vec<String> = (0..45).map(|n| format!("tag:x{n}")).collect();
    let long = format!("{} OR tag:vip", tags.join(" OR "));
    // What makes the most values for Postgres.
    let digits = format!("did:Order{{total:{}}}", ["7"; 100].join(","));
    // A function of Postgres takes a hundred arguments.
    for place in 0..180 {
        text(&app, &format!("View {place}"), "Hi", if place % 3 == 0 { &long } else { &digits }, "1");
    }
    let page = app.browser(Role::Marketer).get(&app.profile(ann, "/content")).expect(200).clone();
    assert_eq!(page.texts("section.card > header > h2 > a").len(), 60);
}

#[test]
fn the_timeline_names_what_was_shown() {
    let (app, ann) = console();
    let id = text(&app, "Free delivery", "Hi", "", "1");
    let shown = |id: &str| json!({"id": id});
    let other = "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b31";
    app.add(Person::new("ann").event_with_id(
        "s-1",
        "dynamicContent.show",
        "2026-11-21T10:00:00Z",
        shown(&id.to_string()),
    ));
    app.add(Person::new("ann").event_with_id("s-2", "dynamicContent.show", "2026-11-21T11:00:00Z", shown(other)));
    app.add(Person::new("ann").event_with_id("s-3", "dynamicContent.show", "2026-11-21T12:00:00Z", shown("banner-7")));
    let mut mia = app.browser(Role::Marketer);
    let page = mia.visit(&app.profile(ann, "/activity?period=all&open=all")).clone();
    page.check_markup();
    assert_eq!(page.visible().matches("Free delivery").count(), 2, "in the line and in the details of one");
    page.shows("banner-7").shows(other);
    assert_eq!(page.link("Free delivery"), Some(app.path(&format!("screen-views/{id}"))));
    let asked = format!("profiles?q=did%3A%22dynamicContent.show%22%7Bid%3A{id}%7D+in%3A90d");
    mia.visit(&app.path(&asked)).shows("Ann Nair");
    mia.visit(&app.path(&asked.replace(&id.to_string(), other))).shows("Ann Nair");
    let none = "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b99";
    mia.visit(&app.path(&asked.replace(&id.to_string(), none))).hides("Ann Nair");
}
