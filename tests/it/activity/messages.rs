use kith::auth::Role;
use serde_json::json;

use super::{flat, summaries};
use crate::support::{App, Person};

#[test]
fn a_message_is_one_entry_with_its_furthest_status_and_the_steps_to_it() {
    let app = App::new();
    let id = |id: &str| json!({"message_id": id, "subject": "Tea is back"});
    let person = Person::new("c-1")
        .event("Email Sent", "2026-11-21T01:00:00Z", id("m-1"))
        .event("Email Delivered", "2026-11-21T01:00:10Z", id("m-1"))
        .event("Email Clicked", "2026-11-21T01:30:00Z", json!({"message_id": "m-1", "url": "https://shop.example/tea"}))
        .event("Email Opened", "2026-11-21T01:40:00Z", id("m-1"))
        .event("Page Visit", "2026-11-21T01:50:00Z", json!({}))
        .event("Email Sent", "2026-11-22T01:00:00Z", id("m-2"))
        .event("Push Sent", "2026-11-22T01:00:05Z", id("m-1"));
    let id = app.add(person);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(id, "/activity?kind=events&kind=messages&open=all")).clone();
    page.check_markup();
    assert_eq!(flat(&page), ["Push Sent", "Email Sent", "Page Visit", "Email Clicked"]);
    assert_eq!(summaries(&page)[3], "https://shop.example/tea · sent, delivered, clicked, opened");
    let names = page.texts("li.day:last-child li:last-child dt");
    assert_eq!(names[..4], ["Email Sent", "Email Delivered", "Email Clicked", "Email Opened"]);
    page.shows("21 November 2026, 01:00:10 UTC · Tea is back");

    // A link to a step leads there.
    let step = app.db.one(
        "SELECT 'e' || (extract(epoch FROM occurred_at) * 1000000)::bigint || '-' || replace(id::text, '-', '') \
         FROM events WHERE occurred_at = '2026-11-21T01:00:10Z'",
    );
    let page = mara.visit(&app.profile(id, &format!("/activity?entry={step}"))).clone();
    assert_eq!(page.count(&format!("li#e-{step}.asked")), 1);
    page.hides("The entry that this link leads to is not there");
}

#[test]
fn a_campaign_that_is_sent_again_is_another_message() {
    let app = App::new();
    let weekly = json!({"campaign": "Weekly"});
    let person = ["2026-11-08", "2026-11-15"].into_iter().fold(Person::new("c-1"), |person, day| {
        let sent = person.event("Email Sent", &format!("{day}T01:00:00Z"), weekly.clone());
        sent.event("Email Opened", &format!("{day}T02:00:00Z"), weekly.clone())
    });
    let id = app.add(person);
    let page = app.browser(Role::Marketer).visit(&app.profile(id, "/activity?kind=messages")).clone();
    assert_eq!(flat(&page), ["Email Opened", "Email Opened"]);
    assert_eq!(summaries(&page), ["Weekly · sent, opened", "Weekly · sent, opened"]);
}
