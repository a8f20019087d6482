//! A form whose session ended while somebody wrote: sign in, and it is there again, ready to be sent.

use chrono::TimeDelta;
use kith::auth::Role;

use crate::support::{App, Browser, Page, Person, app::PASSWORD};

const SANJAY: &str = "sanjay@acme.example";

fn end_sessions(app: &App) {
    app.db.run("DELETE FROM sessions");
}

/// Signs in on the page that is open; the browser sends the same form on to where the answer leads.
fn sign_in<'b>(browser: &'b mut Browser<'_>, email: &str) -> &'b Page {
    let filled = browser.fill("main", "Sign in", &[("Email", email), ("Password", PASSWORD)]);
    let to = browser.post(&filled.action, &filled.pairs).expect(307).location();
    browser.post(&to, &filled.pairs)
}

#[test]
fn what_was_written_waits_behind_the_sign_in() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair"));
    let mut sanjay = app.browser(Role::Support);
    let notes = app.profile(id, "/notes");
    sanjay.visit(&notes);
    end_sessions(&app);
    let page = sanjay.submit("Add note", &[("New note", "  Ring\nafter six & <b>not</b> before  ")]).expect(401);
    page.shows("You were signed out").shows("get your form back with what you wrote").check_markup();
    assert!(!page.has_source("after six"), "it is sealed: {}", page.body);
    // A mistyped password loses nothing.
    sanjay.submit_in("main", "Sign in", &[("Email", SANJAY), ("Password", "wrong pony station")]).expect(422);
    sanjay.page().shows("get your form back with what you wrote");
    let page = sign_in(&mut sanjay, SANJAY).expect(200).clone();
    page.shows("Not saved yet").shows("This is what you wrote before you signed in again.").check_markup();
    assert_eq!(page.address, notes);
    assert_eq!(
        page.parse().select(&crate::support::page::selector("#body")).next().unwrap().inner_html(),
        "\n  Ring\nafter six &amp; &lt;b&gt;not&lt;/b&gt; before  ".trim_start_matches('\n')
    );
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 0, "nothing is sent by itself");
    sanjay.submit("Add note", &[]).expect(303);
    sanjay.follow().shows("Note added.").hides("Not saved yet");
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 1);
}

/// A profile, and at every form something to write.
fn forms(app: &App) -> Vec<(String, &'static str, &'static str, &'static str)> {
    let id = app.add(Person::new("c-1").name("Priya", "Nair").set("plan", "Free").tag("vip"));
    app.add(Person::new("c-1").event("Called", "2026-11-20T10:00:00Z", serde_json::json!({"a": 1})));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/notes"));
    sanjay.submit("Add note", &[("New note", "Prefers the phone")]).expect(303);
    let (note, event) = (app.db.one("SELECT id FROM notes"), app.db.one("SELECT id FROM event_definitions"));
    vec![
        (app.profile(id, "/notes"), "Add note", "body", "A note"),
        (app.profile(id, &format!("/notes/{note}/edit")), "Save note", "body", "Prefers letters"),
        (app.profile(id, "/edit?section=contact"), "Save", "value-0", "new@example.com"),
        (app.profile(id, "/edit?section=personal"), "Save", "value-0", "Prya"),
        (app.profile(id, "/edit?name=plan"), "Save", "value-0", "Pro"),
        (app.profile(id, "/attributes/new"), "Add attribute", "value", "blue"),
        (app.profile(id, "/tags"), "Add tag", "tag", "press"),
        (app.profile(id, "/id"), "Change ID", "id", "c-2"),
        (app.profile(id, "/events/new"), "Add event", "reason", "They rang"),
        (app.path("profiles/new"), "Create profile", "value-1", "42"),
        (app.path("tags/new"), "Create tag", "description", "People who write"),
        (app.path("tags/vip/edit"), "Save tag", "description", "Treat well"),
        (app.path("tags/vip/rename"), "Rename tag", "to", "gold"),
        (app.path("tags/vip/merge"), "Merge tag", "to", "gold"),
        (app.path("events/new"), "Create event", "name", "Visited"),
        (app.path(&format!("events/{event}")), "Save event", "display_name", "Phone call"),
        (app.path("attributes/new"), "Create attribute", "description", "What they drink"),
        (app.path("attributes/edit?name=plan"), "Save attribute", "display_name", "Tariff"),
        (app.path("operators/invite"), "Invite", "name", "Noor Haddad"),
        (app.path("keys/new"), "Create key", "name", "Shop backend"),
    ]
}

#[test]
fn every_form_comes_back_with_its_text() {
    let app = App::new();
    for (address, button, field, text) in forms(&app) {
        let mut ada = app.browser(Role::Admin);
        ada.visit(&address);
        let before = app.db.digest_of_state();
        app.db.run("DELETE FROM sessions");
        ada.submit_in("main", button, &[(field, text)]).expect(401).check_markup();
        let page = sign_in(&mut ada, "ada@acme.example").clone();
        page.expect(200).shows("Not saved yet").check_markup();
        let kept =
            page.texts(&format!("textarea#{field}")).into_iter().chain(page.attrs(&format!("input#{field}"), "value"));
        assert_eq!(kept.collect::<Vec<_>>(), [text], "{address}");
        assert_eq!(app.db.digest_of_state(), before, "{address}");
        let form = ada.fill("main", button, &[]);
        assert!(form.pairs.iter().any(|(name, value)| name == "csrf" && !value.is_empty()), "{address}");
        // The address of the form can be asked for.
        let path = page.address.clone();
        ada.visit(&path).hides("Not saved yet");
    }
}

#[test]
fn an_action_without_a_text_says_that_it_was_not_done() {
    let app = App::new();
    let id = app.add(Person::new("c-1").tag("vip"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(id, ""));
    end_sessions(&app);
    ada.submit("×", &[]).expect(401);
    sign_in(&mut ada, "ada@acme.example").expect(200).shows("Not saved yet").shows("c-1");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE tags = '{vip}'"), 1);
}

#[test]
fn a_page_of_an_earlier_session_sends_its_form_once_more() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/notes"));
    let old = sanjay.fill("main", "Add note", &[("New note", "Written before")]);
    // In another tab.
    end_sessions(&app);
    sanjay.cookies = app.browser(Role::Support).cookies;
    let refusals = app.db.number("SELECT count(*) FROM audit_log WHERE is_refusal");
    let page = sanjay.post(&old.action, &old.pairs).expect(200).clone();
    page.shows("Not saved yet").check_markup();
    assert_eq!(page.text("#body"), "Written before");
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 0);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE is_refusal"), refusals);
    // A browser that does not say which page sent it is not trusted so far.
    let said = std::mem::take(&mut sanjay.origin);
    sanjay.post(&old.action, &old.pairs).expect(400).shows("This form has expired").hides("Written before");
    sanjay.origin = said;
    // Nor is the page of somebody else.
    app.browser(Role::Admin).post(&old.action, &old.pairs).expect(400).hides("Written before");
    sanjay.post(&old.action, &old.pairs).expect(200);
    sanjay.submit("Add note", &[]).expect(303);
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Written before"]);
}

#[test]
fn what_others_saved_meanwhile_is_said() {
    let app = App::new();
    let id = app.add(Person::new("c-1").set("plan", "Free"));
    let (mut sanjay, mut ada) = (app.browser(Role::Support), app.browser(Role::Admin));
    let form = app.profile(id, "/edit?name=plan");
    sanjay.visit(&form);
    ada.visit(&form);
    ada.submit("Save", &[("Plan", "Team")]).expect(303);
    end_sessions(&app);
    sanjay.submit("Save", &[("Plan", "Pro")]).expect(401);
    let page = sign_in(&mut sanjay, SANJAY).clone();
    page.shows("Not saved yet").shows("Ada Moreau changed it").check_markup();
    assert_eq!(page.attr("#value-0", "value"), "Pro");
}

/// The sealed form on the sign-in page of somebody whose session ended at this form.
fn sealed(browser: &Browser<'_>) -> String {
    browser.page().attr("input[name=unsent]", "value")
}

#[test]
fn a_waiting_form_opens_for_its_browser_its_address_and_its_day() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let (mut sanjay, mut other) = (app.browser(Role::Support), app.visitor());
    let notes = app.profile(id, "/notes");
    sanjay.visit(&notes);
    end_sessions(&app);
    sanjay.submit("Add note", &[("New note", "Ring after six")]).expect(401);
    let waiting = sealed(&sanjay);
    // What one browser was given is nothing in another, nor changed.
    other.visit("/sign-in");
    for planted in [waiting.clone(), waiting.replacen('.', "x.", 1), "x".to_owned()] {
        let mut filled = other.fill("main", "Sign in", &[("Email", SANJAY), ("Password", PASSWORD)]);
        filled.pairs.push(("unsent".to_owned(), planted));
        other.post(&filled.action, &filled.pairs).expect(303);
        other.follow().shows("is no longer there. kith keeps it for one day.").hides("Ring after six");
        other.visit("/sign-in");
    }
    // In a session it opens at its own address alone.
    let filled = sanjay.fill("main", "Sign in", &[("Email", SANJAY), ("Password", PASSWORD)]);
    sanjay.post(&filled.action, &filled.pairs).expect(307);
    sanjay.post(&app.path("profiles/new"), &filled.pairs).expect(400).hides("Ring after six");
    sanjay.post(&notes, &filled.pairs).expect(200).shows("Not saved yet");
    app.clock.advance(TimeDelta::hours(25));
    sanjay.visit("/sign-in");
    sanjay.post(&filled.action, &filled.pairs).expect(303);
    sanjay.follow().shows("is no longer there. kith keeps it for one day.");
}

#[test]
fn only_forms_of_our_own_pages_wait() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let mut visitor = app.visitor();
    let address = app.profile(id, "/notes");
    let typed = [("csrf".to_owned(), "x".to_owned()), ("body".to_owned(), "planted".to_owned())];
    visitor.post(&address, &typed).expect(401).shows("You were signed out");
    visitor.post(&address, &typed[1..]).expect(303);
    assert_eq!(visitor.page().location(), "/sign-in");
    for address in ["/sign-out", "/account", "/acme/live/nothing"] {
        let page = visitor.post(address, &typed);
        assert!(matches!(page.status.as_u16(), 303 | 404), "{}", page.describe());
    }
    for headers in [vec![("origin", "http://evil.example")], vec![("sec-fetch-site", "cross-site")], vec![]] {
        visitor.origin = headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        visitor.post(&address, &typed).expect(303);
    }
}

#[test]
fn what_is_too_long_to_wait_is_said() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/notes"));
    let long = "é".repeat(30_000);
    end_sessions(&app);
    sanjay.submit("Add note", &[("New note", &long)]).expect(401).shows("get your form back");
    let page = sign_in(&mut sanjay, SANJAY).expect(200).clone();
    assert_eq!(page.text("#body"), long, "longer than a note may be, and kept");
    end_sessions(&app);
    sanjay.submit("Add note", &[("New note", &"x".repeat(300_000))]).expect(401).shows("too long to keep here");
    assert_eq!(sanjay.page().count("[name=unsent]"), 0);
}
