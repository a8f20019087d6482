use chrono::TimeDelta;
use kith::{
    auth::Role,
    identities::{Identifier, Kind},
    ingest::{self, Item},
    subscriptions::SubscriptionState,
};
use serde_json::json;

use super::{flat, summaries};
use crate::support::{
    App, Person,
    build::{merge, submit},
};

#[test]
fn what_was_said_stands_beside_what_happened() {
    let app = App::new();
    let person = Person::new("c-1").email("priya@example.com").set("plan", "free");
    let id = app.add(person.event("Page Visit", "2026-11-22T03:00:00Z", json!({})));
    app.clock.advance(TimeDelta::minutes(1));
    app.add(Person::new("c-1").set("plan", "pro").tag("vip").wants("email", SubscriptionState::Unsubscribed));
    app.clock.advance(TimeDelta::minutes(1));
    app.add(Person::new("c-1").consent("gdpr.news", true));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/notes"));
    let note =
        format!("**Prefers** <b>calls</b>\n\n> at [noon](https://example.com)\n\nand **{}**", ["tea"; 90].join(" "));
    sanjay.submit("Add note", &[("New note", &note)]).expect(303);
    let page = sanjay.visit(&app.profile(id, "/activity")).clone();
    page.check_markup();
    assert_eq!(
        flat(&page),
        [
            "Note added",
            "Consent added",
            "Subscription added",
            "Tag added",
            "Plan changed",
            "Plan set",
            "Email added",
            "Identifier added",
            "Profile created",
            "Page Visit",
        ],
        "{:?}",
        summaries(&page)
    );
    let lines = summaries(&page);
    assert!(lines[0].starts_with("Prefers <b>calls</b> at noon and "), "Markdown is shown as text: {}", lines[0]);
    assert!(lines[0].ends_with('…') && !lines[0].contains('*'), "also where it is cut: {}", lines[0]);
    assert_eq!(lines[1], "gdpr.news: Agreed, web");
    assert_eq!(lines[2..6], ["Email: Unsubscribed, from a system", "vip", "free → pro", "free"]);
    assert_eq!(page.texts("summary > .chip")[0], "Sanjay Rao", "who wrote it");
    assert_eq!(page.texts("summary > .chip")[1], "API key test");
}

#[test]
fn a_call_that_sets_five_hundred_attributes_is_one_entry() {
    let app = App::new();
    let person = (0..500).fold(Person::new("c-1"), |person, n| person.set(&format!("a{n:03}"), n));
    let id = app.add(person);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(id, "/activity?kind=attributes&open=all")).clone();
    page.check_markup();
    assert_eq!(flat(&page), ["500 attributes set"]);
    assert_eq!(summaries(&page), ["A000, A001, A002 and 497 more"]);
    assert_eq!(page.texts("dl.props dt").iter().filter(|name| name.starts_with("A0")).count(), 20);
    let group = app.db.one("SELECT DISTINCT group_id FROM changes");
    assert_eq!(page.link("and 480 more"), Some(app.profile(id, &format!("/history?group={group}"))));
    let raw = mara.click("JSON").expect(200).clone();
    raw.check_markup();
    raw.shows("\"subject\": \"a199\"").hides("\"subject\": \"a200\"").shows("Only the first 200 changes are shown.");
}

#[test]
fn a_sensitive_value_is_hidden_wherever_it_is_told() {
    let app = App::new();
    let id = app.add(Person::new("c-1").set("passport", "X1234567").set("plan", "pro"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true, display_name = 'Pass' WHERE name = 'passport'");
    app.clock.advance(TimeDelta::minutes(1));
    app.add(Person::new("c-1").set("passport", "Y7654321"));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(id, "/activity?kind=attributes&open=all")).clone();
    assert_eq!(flat(&page), ["Pass changed", "2 attributes set"]);
    page.shows("Hidden → Hidden").hides("X1234567").hides("Y7654321").shows("pro");
    for link in page.attrs("p.links a[href*=raw]", "href") {
        ada.get(&link).expect(200).shows("\"Hidden\"").hides("X1234567").hides("Y7654321");
    }
}

#[test]
fn a_merge_is_told_in_words() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    app.add(Person::new("c-2").name("P.", "Nair"));
    app.clock.advance(TimeDelta::minutes(1));
    let from = [Identifier::new(Kind::Id, "c-2").expect("an id")];
    let person = ingest::Person::Identifiers(vec![Identifier::new(Kind::Id, "c-1").expect("an id")]);
    let item = Item { person, as_of: app.clock.now(), statement: merge(&from) };
    submit(&app.state.db, app.live, app.clock.now(), &[item]);
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(id, "/activity?kind=identity")).clone();
    assert!(flat(&page).contains(&"P. Nair was merged into this profile".to_owned()), "{:?}", flat(&page));
}

/// Entries of one moment and of many, of both tables: each on one page, in one order, there and back.
#[test]
fn pages_of_both_tables_join_without_a_gap() {
    let app = App::new();
    let mut id = None;
    for n in 0..40 {
        let at = app.clock.now() - TimeDelta::minutes(40 - n);
        let time = at.to_rfc3339();
        let person = Person::new("c-1").set("n", n).tag(&format!("t{n}"));
        // Two events at the moment of the change, and one between.
        let person = (0..3).fold(person, |person, k| {
            let time = if k < 2 { time.clone() } else { (at + TimeDelta::seconds(30)).to_rfc3339() };
            person.event_with_id(&format!("m-{n}-{k}"), "Visit", &time, json!({"path": format!("/{n}/{k}")}))
        });
        id = Some(person.store(&app.state.db, app.live, at));
    }
    let tab = app.profile(id.expect("somebody"), "/activity");
    let mut mara = app.browser(Role::Marketer);
    let ids = |page: &crate::support::Page| page.attrs("ol.timeline li[id]", "id");
    let mut there = ids(mara.visit(&tab));
    while let Some(next) = mara.page().attrs("nav.pager a[rel=next]", "href").pop() {
        there.extend(ids(mara.get(&next).expect(200)));
        assert!(there.len() < 300, "pages without end");
    }
    let mut back = ids(mara.page());
    while let Some(previous) = mara.page().attrs("nav.pager a[rel=prev]", "href").pop() {
        back.splice(0..0, ids(mara.get(&previous).expect(200)));
        assert!(back.len() < 300, "pages without end");
    }
    // Created, identifier, and each of forty times: attribute, tag, three events.
    assert_eq!(there.len(), 2 + 40 * 5);
    assert_eq!(back, there);
    let mut once = there.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), there.len(), "none twice");
}
