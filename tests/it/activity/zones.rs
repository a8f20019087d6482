use kith::auth::Role;
use serde_json::json;

use super::days;
use crate::support::{App, Person};

#[test]
fn the_timeline_is_read_in_their_time_too() {
    let app = App::new();
    let visit = Person::new("c-1").set("timezone", "Asia/Tokyo").event("Visit", "2026-11-21T16:30:00Z", json!({}));
    let id = app.add(visit);
    app.db.run("UPDATE operators SET zone = 'Europe/Zurich' WHERE email = 'mara@acme.example'");
    let tab = app.profile(id, "/activity?kind=events");
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&tab).clone();
    assert_eq!(
        (days(&page)[0].0.as_str(), page.text("summary time").as_str()),
        ("Yesterday, Saturday 21 November 2026", "17:30")
    );
    let both = "21 November 2026, 17:30:00 CET · 22 November 2026, 01:30:00 JST";
    assert_eq!(page.attr("summary time", "title"), both);
    let page = mara.click("Their time, Asia/Tokyo").expect(200).clone();
    page.check_markup();
    page.shows("Times are in Asia/Tokyo");
    assert_eq!(
        (days(&page)[0].0.as_str(), page.text("summary time").as_str()),
        ("Today, Sunday 22 November 2026", "01:30")
    );
    assert!(page.attr("summary time", "title").starts_with("22 November 2026, 01:30:00 JST · 21 November"));
    let day = mara.submit("Filter", &[("From", "2026-11-22"), ("To", "2026-11-22")]).expect(200).clone();
    assert_eq!(days(&day).len(), 1, "days that are chosen are theirs: {}", day.address);
    let page = mara.click("UTC").expect(200).clone();
    page.shows("Nothing in this period");
    assert_eq!(mara.visit(&format!("{tab}&zone=utc")).text("summary time"), "16:30");
}

#[test]
fn a_zone_that_is_none_is_not_offered() {
    let app = App::new();
    let id =
        app.add(Person::new("c-1").set("timezone", "Mars/Olympus").event("Visit", "2026-11-21T16:30:00Z", json!({})));
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(id, "/activity?kind=events&zone=person")).clone();
    page.shows("Times are in UTC").hides("Their time");
    assert_eq!(page.attr("summary time", "title"), "21 November 2026, 16:30:00 UTC");
}
