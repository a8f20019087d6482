//! The header of every page about one profile, and the way through the list.

use kith::{auth::Role, db::ids::ProfileId, identities::Kind};
use serde_json::json;

use super::names;
use crate::support::{App, Browser, Person};

fn pin(browser: &mut Browser<'_>, address: &str, text: &str) {
    browser.visit(address);
    browser.submit("Add note", &[("New note", text)]).expect(303);
    browser.follow();
    browser.submit("Pin", &[]).expect(303);
}

#[test]
fn the_header_has_what_a_caller_needs_first() {
    let app = App::new();
    let person = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").phone("+919876543210").tag("vip");
    let id = app.add(person);
    let mut sanjay = app.browser(Role::Support);
    pin(
        &mut sanjay,
        &app.profile(id, "/notes"),
        "Call **in the morning**,\n\n- [not](https://example.com) at noon <b>x</b>",
    );
    for tab in ["", "/activity", "/history"] {
        let page = sanjay.visit(&app.profile(id, tab)).clone();
        page.check_markup();
        assert_eq!(page.texts("main .copy"), ["c-1", "priya@example.com", "+919876543210"]);
        assert_eq!(page.text(".pinned span"), "Call in the morning, not at noon <b>x</b>");
        assert_eq!(page.texts(".reach a.chip"), ["vip"]);
        assert_eq!(
            page.texts(".acts a"),
            ["Add note", "Send message", "Edit this person", "Add event", "Change ID", "History of changes"]
        );
    }
    let all = [
        "Add note",
        "Send message",
        "Edit this person",
        "Add event",
        "Change ID",
        "Merge…",
        "Unsubscribe from everything…",
        "Turn off all messages…",
        "Suppress…",
        "History of changes",
        "Erase…",
    ];
    assert_eq!(app.browser(Role::Admin).visit(&app.profile(id, "")).texts(".acts a"), all);
    assert_eq!(app.browser(Role::Marketer).visit(&app.profile(id, "")).texts(".acts a"), ["History of changes"]);
    for (link, shows) in [("Add note", "New note"), ("Add event", "Add an event"), ("Edit this person", "First name")] {
        sanjay.visit(&app.profile(id, ""));
        sanjay.click(link).expect(200).shows(shows);
    }
}

#[test]
fn an_id_stands_once_where_it_is_the_title() {
    let app = App::new();
    let id = app.add(Person::known_by(Kind::Anonymous, "b-1"));
    let page = app.browser(Role::Marketer).visit(&app.profile(id, "")).clone();
    assert_eq!((page.text("h1"), page.count("main .copy"), page.count(".pinned")), ("b-1".to_owned(), 0, 0));
}

fn shop() -> App {
    let app = App::new();
    for (id, name, plan) in [("1", "Ann", "pro"), ("2", "Bo", "free"), ("3", "Cy", "pro"), ("4", "Di", "pro")] {
        let seen = format!("2026-11-{}T00:00:00Z", 20 - id.parse::<u32>().expect("a number"));
        let person = Person::new(id).name(name, "").set("plan", plan).since(&format!("2026-11-0{id}T00:00:00Z"));
        app.add(person.event("Visit", &seen, json!({})));
    }
    app.db.run("UPDATE attribute_definitions SET is_indexed = true");
    app
}

#[test]
fn a_profile_leads_back_to_the_list_and_to_its_neighbours() {
    let app = shop();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles?q=plan%3Apro&sort=name"));
    assert_eq!(mara.click("Ann").expect(200).text("h1"), "Ann");
    for expected in ["Cy", "Di"] {
        mara.click("Next in the list");
        assert_eq!(mara.follow().text("h1"), expected);
    }
    mara.click("Next in the list");
    assert_eq!(mara.follow().shows("This is the last person of the list.").text("h1"), "Di");
    // Tabs keep both the list and, on the way through it, themselves.
    mara.click("Activity").expect(200);
    mara.click("Previous in the list");
    let page = mara.follow().clone();
    assert_eq!((page.text("h1"), page.text(".tabs [aria-current]")), ("Cy".to_owned(), "Activity".to_owned()));
    let page = mara.click("← Profiles: plan:pro").expect(200);
    assert_eq!(
        (names(page), page.attr("input[name=sort]", "value")),
        (vec!["Ann".into(), "Cy".into(), "Di".into()], "name".into())
    );
}

#[test]
fn every_order_has_neighbours_and_a_stranger_starts_from_everybody() {
    let app = shop();
    let mut mara = app.browser(Role::Marketer);
    for (sort, all) in [
        ("", ["Ann", "Bo", "Cy", "Di"]),
        ("?sort=seen", ["Di", "Cy", "Bo", "Ann"]),
        ("?sort=-created", ["Di", "Cy", "Bo", "Ann"]),
    ] {
        mara.visit(&app.path(&format!("profiles{sort}")));
        mara.click(all[0]);
        for name in &all[1..] {
            mara.click("Next in the list");
            assert_eq!(mara.follow().text("h1"), *name, "{sort}");
        }
        mara.click("Previous in the list");
        assert_eq!(mara.follow().text("h1"), all[2]);
        mara.visit(&app.path(&format!("profiles{sort}")));
        mara.click(all[0]);
        mara.click("Previous in the list");
        mara.follow().shows("This is the first person of the list.");
    }
    let nobody: ProfileId = "00000000-0000-7000-8000-000000000000".parse().expect("an id");
    mara.get(&app.profile(nobody, "/next")).expect(404);
    // What stands in the address leads nowhere else.
    mara.visit(&app.path("profiles"));
    mara.click("Bo");
    let odd = format!("{}?list=https%3A%2F%2Fevil.example%2F%3Fq%3Dx&tab=//evil", mara.page().address);
    let page = mara.visit(&odd).clone();
    page.check_markup();
    assert!(page.attr(".crumb a", "href").starts_with("/acme/live/profiles"));
}
