use kith::{auth::Role, identities::Kind};
use serde_json::json;

use super::names;
use crate::support::{App, Person};

#[test]
fn a_row_says_who_how_to_reach_them_and_when_they_were_there() {
    let app = App::new();
    let person = Person::new("c-1")
        .name("Priya", "Nair")
        .email("Priya@Example.com")
        .phone("+91 98765 43210")
        .tag("vip")
        .tag("beta");
    let id = app.add(person.since("2026-11-09T00:00:00Z").event("Visit", "2026-11-22T03:06:05Z", json!({})));
    app.add(Person::known_by(Kind::Anonymous, "b-1").event("Visit", "2026-11-22T03:23:00Z", json!({})));
    app.add(Person::new("c-3").since("2024-05-01T00:00:00Z"));
    let mut ada = app.browser(Role::Marketer);
    let page = ada.visit("/acme/live/profiles").clone();
    page.check_markup();
    assert_eq!(names(&page), ["b-1", "Priya Nair", "c-3"], "the last seen first, the never seen last");
    let cells = |row: usize| page.texts(&format!("table.list tbody tr:nth-child({row}) td"));
    let shown = cells(2).join(" | ");
    let expected = "c-1 | Priya@Example.com | +919876543210 | beta vip | 13 d ago (9 November 2026, 00:00:00 UTC) | \
                    18 min ago (22 November 2026, 03:06:05 UTC)";
    assert_eq!(shown, expected);
    assert_eq!(cells(1)[5], "Online now");
    assert_eq!(cells(3), ["c-3", "none", "none", "", "1 May 2024 (1 May 2024, 00:00:00 UTC)", "never"]);
    assert_eq!(ada.click("Priya Nair").expect(200).address, app.profile(id, ""));
}

#[test]
fn an_empty_environment_says_how_to_begin() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit("/acme/test/profiles").clone();
    page.check_markup();
    page.shows("No profiles here yet").shows("kith import --environment acme/test profiles.csv");
    assert_eq!(page.count("nav.pager"), 0);
}

#[test]
fn live_and_test_show_their_own_people() {
    let app = App::new();
    app.add(Person::new("c-1").name("Live", "Person").email("same@example.com"));
    app.add_to(app.test, Person::new("c-1").name("Test", "Person").email("same@example.com"));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit("/acme/live/profiles?q=same").clone();
    assert_eq!(names(&page), ["Live Person"]);
    page.hides("Test environment");
    let page = ada.click("Test").expect(200).clone();
    assert_eq!(names(&page), ["Test Person"]);
    page.shows("Test environment: nothing here is about real customers");
}

#[test]
fn headings_sort_and_tell_the_order() {
    let app = App::new();
    for (id, name, since) in [("1", "Bo", "2026-11-01"), ("2", "Cy", "2026-11-03"), ("3", "Al", "2026-11-02")] {
        let seen = format!("2026-11-{:02}T00:00:00Z", 20 - id.parse::<u32>().expect("a number"));
        let person = Person::new(id).name(name, "").since(&format!("{since}T00:00:00Z"));
        app.add(person.event("Visit", &seen, json!({})));
    }
    let mut ada = app.browser(Role::Admin);
    assert_eq!(ada.visit("/acme/live/profiles").attrs("th[aria-sort]", "aria-sort"), ["descending"]);
    for (heading, marked, direction, expected) in [
        ("Name", "Name ↑", "ascending", ["Al", "Bo", "Cy"]),
        ("Name ↑", "Name ↓", "descending", ["Cy", "Bo", "Al"]),
        ("Created", "Created ↓", "descending", ["Cy", "Al", "Bo"]),
        ("Created ↓", "Created ↑", "ascending", ["Bo", "Al", "Cy"]),
        ("Last seen", "Last seen ↓", "descending", ["Bo", "Cy", "Al"]),
        ("Last seen ↓", "Last seen ↑", "ascending", ["Al", "Cy", "Bo"]),
    ] {
        let page = ada.click(heading).expect(200);
        assert_eq!(names(page), expected, "{heading}");
        assert_eq!(page.attrs("th[aria-sort]", "aria-sort"), [direction]);
        assert_eq!(page.text("th[aria-sort] a"), marked);
    }
}
