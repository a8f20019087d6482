use std::time::Duration;

use diesel::connection::SimpleConnection;
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
    let expected = "Priya@Example.com +919876543210 | beta vip | 13 d ago | 18 min ago";
    assert_eq!(shown, expected);
    let exact = page.attrs("table.list tbody tr:nth-child(2) time", "title");
    assert_eq!(exact, ["9 November 2026, 00:00:00 UTC", "22 November 2026, 03:06:05 UTC"]);
    assert_eq!(page.text("tbody tr:nth-child(2) th small"), "c-1");
    assert_eq!(cells(1)[3], "Online now");
    assert_eq!(cells(3), ["–", "–", "1 May 2024", "–"]);
    assert_eq!(ada.click("Priya Nair").expect(200).address, app.profile(id, ""));
}

#[test]
fn whoever_has_no_name_to_see_can_be_opened_too() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("\u{200B}", "\u{FEFF}"));
    app.add(Person::known_by(Kind::Anonymous, "\u{2800}\u{200B}"));
    let mut ada = app.browser(Role::Marketer);
    let mut shown = names(&ada.visit("/acme/live/profiles").clone());
    shown.sort();
    assert_eq!(shown, ["No name", "c-1"]);
    let page = ada.click("c-1").expect(200);
    assert_eq!((page.text("h1"), page.address.as_str()), ("c-1".to_owned(), app.profile(id, "").as_str()));
}

#[test]
fn of_many_tags_those_are_links_that_have_room() {
    let app = App::new();
    let tags =
        ["a-tag-of-20-letters-x", "beta", "gift-buyer", "newsletter", "vip"].map(|tag| &tag[..tag.len().min(20)]);
    app.add(tags.iter().fold(Person::new("c-1"), |person, tag| person.tag(tag)));
    app.add(Person::new("c-2").tag("beta").tag("vip").set("plan", "pro"));
    app.db.run("UPDATE attribute_definitions SET is_indexed = true");
    let mut ada = app.browser(Role::Marketer);
    let page = ada.visit("/acme/live/profiles?q=c-1&open=no").clone();
    assert_eq!(page.texts("tbody a.chip"), [tags[0], "beta"]);
    assert_eq!(
        (page.text(".some-tags .muted"), page.attr(".some-tags .muted", "title")),
        ("+3".into(), "gift-buyer, newsletter, vip".into())
    );
    // A click adds to what was asked for.
    ada.visit("/acme/live/profiles?q=plan%3Apro&sort=name");
    let page = ada.click("vip").expect(200).clone();
    assert_eq!(
        (page.attr("input[name=q]", "value"), names(&page)),
        ("plan:pro tag:vip".into(), vec!["c-2".to_owned()])
    );
    assert_eq!(ada.click("vip").expect(200).attr("input[name=q]", "value"), "plan:pro tag:vip");
}

#[test]
fn an_empty_environment_says_how_to_begin() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit("/acme/test/profiles").clone();
    page.check_markup();
    page.shows("No profiles yet").shows("kith import --environment acme/test profiles.csv");
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

#[test]
fn the_list_says_how_many_people_it_has() {
    let app = App::new();
    for number in 0..60 {
        app.add(Person::new(&format!("c-{number}")).set("plan", if number < 55 { "pro" } else { "free" }));
    }
    let mut mara = app.browser(Role::Marketer);
    for (query, expected) in [
        ("?q=", "60 people"),
        ("?q=plan:pro", "55 people"),
        ("?q=plan:free", "5 people"),
        ("?q=-plan:pro%20c-57", "1 person"),
    ] {
        assert_eq!(mara.visit(&app.path(&format!("profiles{query}"))).text(".how-many"), expected, "{query}");
    }
}

#[test]
fn a_filter_that_takes_too_long_says_which_condition_does() {
    let app = App::configured(|config| config.database.statement_limit = Duration::from_millis(500));
    let who = Person::new("c-1").set("age", 40).set("plan", "pro");
    app.add(who.event("Order Completed", "2026-11-20T10:00:00Z", json!({"total": 5})));
    let mut conn = app.db.connect();
    // Whoever reads events waits.
    conn.batch_execute("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE").expect("locked");
    let typed = "profiles?q=age%3E18+did%3A%22Order+Completed%22+plan%3Apro&sort=name";
    let mut ada = app.browser(Role::Admin);
    let page = ada.get(&app.path(typed)).expect(503).clone();
    page.check_markup();
    page.shows("age>18").shows("Tick “Indexed”").shows("The events of everybody").hides("plan:pro is");
    let without = page.attrs("dl div:last-child a", "href");
    assert_eq!(without, [app.path("profiles?sort=name&q=age%3E18+plan%3Apro")]);
    app.browser(Role::Marketer).get(&app.path(typed)).expect(503).shows("An admin can tick “Indexed”");
    drop(conn);
    ada.get(&app.path(typed)).expect(200);
}
