use chrono::TimeDelta;
use kith::auth::{Permission, Role};

use serde_json::json;

use crate::support::{App, Person};

#[test]
fn the_account_page_says_who_may_do_what_where() {
    let app = App::new();
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit("/account").clone();
    page.check_markup();
    assert_eq!(page.text("h1"), "Mara Keller");
    page.shows("mara@acme.example").shows("Acme").hides("Birch Books");
    for permission in Permission::ALL {
        let row = page.texts(".matrix tbody tr").into_iter().find(|row| row.starts_with(permission.name()));
        let words: Vec<&str> = Role::ALL.map(|role| if role.can(permission) { "yes" } else { "no" }).to_vec();
        assert_eq!(row.as_deref(), Some(format!("{} {}", permission.name(), words.join(" ")).as_str()));
    }
}

#[test]
fn home_leads_to_the_profiles() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    assert_eq!(ada.get("/").location(), "/acme/live/profiles");
}

#[test]
fn times_are_told_in_the_zone_that_an_operator_chose() {
    let app = App::new();
    let id = app.add(Person::new("c-1").event("Page Visit", "2026-11-21T23:59:59Z", json!({})));
    let mut mara = app.browser(Role::Marketer);
    mara.visit("/account").shows("The time is now 22 November 2026, 03:24:05 UTC.").check_markup();
    mara.submit("Save", &[("Time zone", "europe/zurich")]);
    let page = mara.follow().expect(200).clone();
    page.check_markup();
    page.shows("Time zone saved.").shows("The time is now 22 November 2026, 04:24:05 CET.");
    assert_eq!(page.attr("#zone", "value"), "Europe/Zurich");
    let page = mara.visit(&app.profile(id, "/activity?kind=events")).clone();
    page.shows("Times are in Europe/Zurich").shows("22 November 2026, 00:59:59 CET");
    assert_eq!(page.text("li.day h2"), "Today, Sunday 22 November 2026", "days begin there, too");
    assert_eq!(page.attr("summary time", "datetime"), "2026-11-21T23:59:59Z", "machines read UTC");
    app.browser(Role::Admin).visit(&app.profile(id, "/activity?kind=events")).shows("Times are in UTC");

    mara.visit("/account");
    mara.submit("Save", &[("Time zone", "Europe/Zurich")]);
    mara.follow().shows("Nothing changed.");
    mara.submit("Save", &[("Time zone", "")]);
    mara.follow().shows("Time zone saved.");
    assert_eq!(mara.page().attr("#zone", "value"), "UTC");
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE zone IS NOT NULL"), 0);
}

#[test]
fn a_zone_that_nobody_knows_comes_back_as_it_was_typed() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    mara.visit("/account");
    let page = mara.submit("Save", &[("Time zone", "Mars/Olympus")]).expect(422).clone();
    page.check_markup();
    page.shows("This time zone is not known. Choose one from the list");
    assert_eq!(
        (page.attr("#zone", "value"), page.attr("#zone", "aria-invalid")),
        ("Mars/Olympus".into(), "true".into())
    );
    mara.visit("/account").shows("The time is now 22 November 2026, 03:24:05 UTC.");
}

#[test]
fn ones_own_name_is_changed_everywhere() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/notes"));
    sanjay.submit("Add note", &[("New note", "hello")]).expect(303);
    sanjay.follow().shows("Sanjay Rao");
    sanjay.visit("/account").shows("sanjay@acme.example").shows("kith operator email");
    let page = sanjay.submit("Save", &[("Your name", " "), ("Time zone", "Mars/Olympus")]).expect(422).clone();
    page.check_markup();
    assert_eq!(page.attrs("[role=alert] a", "href"), ["#name", "#zone"]);
    sanjay.submit("Save", &[("Your name", " Sanjay R. Rao "), ("Time zone", "UTC")]).expect(303);
    sanjay.follow().shows("Name saved.").check_markup();
    assert_eq!(sanjay.page().text("h1"), "Sanjay R. Rao");
    sanjay.visit(&app.profile(id, "/history")).shows("Sanjay R. Rao");
    let audit = "SELECT detail->>'after' FROM audit_log WHERE action = 'name changed'";
    assert_eq!(app.db.column(audit), ["Sanjay R. Rao"]);
    sanjay.visit("/account");
    sanjay.submit("Save", &[("Your name", "Sanjay"), ("Time zone", "Asia/Kolkata")]).expect(303);
    sanjay.follow().shows("Name and time zone saved.");
}

#[test]
fn ones_own_sessions_can_be_ended() {
    let app = App::new();
    let mut here = app.browser(Role::Support);
    app.clock.advance(TimeDelta::hours(1));
    let mut there = app.browser(Role::Support);
    let mut third = app.browser(Role::Support);
    let mut ada = app.browser(Role::Admin);
    let page = here.visit("/account").clone();
    page.check_markup();
    assert_eq!(page.body.matches("Another browser").count(), 2);
    assert_eq!(page.body.matches("This browser").count(), 1);
    let labels = page.attrs("input[name=session]", "value");
    assert_eq!(labels.len(), 2);
    let end = |label: &str| [("csrf".to_owned(), here.token()), ("session".to_owned(), label.to_owned())];
    let [first, none] = [end(&labels[0]), end("none")];
    here.post("/account/sessions/end", &first).expect(303);
    here.follow().shows("That browser is signed out.");
    let is_in = |browser: &mut crate::support::Browser<'_>| browser.get("/account").status == 200;
    assert_ne!(is_in(&mut there), is_in(&mut third), "one of the two");
    assert!(is_in(&mut here) && is_in(&mut ada));
    here.post("/account/sessions/end", &none).expect(303);
    here.follow().shows("already signed out");
    // Nobody ends those of somebody else.
    ada.visit("/account");
    let others = [("csrf".to_owned(), ada.token()), ("session".to_owned(), labels[1].clone())];
    ada.post("/account/sessions/end", &others).expect(303);
    ada.follow().shows("already signed out");
    here.visit("/account");
    here.submit("Sign out everywhere else", &[]).expect(303);
    here.follow().shows("signed out everywhere else").hides("Another browser");
    assert!(!is_in(&mut there) && !is_in(&mut third) && is_in(&mut ada));
}
