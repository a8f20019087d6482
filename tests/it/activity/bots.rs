use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Person};

#[test]
fn messages_opened_by_programs_are_marked_with_the_reason() {
    let app = App::new();
    let person = Person::new("c-1")
        .event("Email Delivered", "2026-11-22T01:00:00Z", json!({"campaign": "Spring"}))
        .event("Email Opened", "2026-11-22T01:00:01Z", json!({"campaign": "Spring"}))
        .event("Email Opened", "2026-11-22T01:20:00Z", json!({"campaign": "Spring"}))
        .event("Email Delivered", "2026-11-22T01:21:00Z", json!({"campaign": "Autumn"}))
        .event("Email Opened", "2026-11-22T01:21:01Z", json!({"campaign": "Autumn"}))
        .event("Email Opened", "2026-11-22T01:30:00Z", json!({"bot": true}))
        .event("Email Clicked", "2026-11-22T01:40:00Z", json!({"bot": true}));
    let id = app.add(person);
    let page = app.browser(Role::Marketer).visit(&app.profile(id, "/activity?kind=messages&open=all")).clone();
    page.check_markup();
    let marks =
        |text: &str| page.texts("summary").into_iter().filter(|summary| summary.contains(text)).collect::<Vec<_>>();
    assert_eq!(marks("May be a bot").len(), 2, "{:?}", marks("Email"));
    assert!(marks("Spring").iter().all(|summary| !summary.contains("May be a bot")), "the person opened it later");
    page.shows("the system that sent this event marked it as a bot")
        .shows("it was opened within two seconds after delivery");
}
