//! The pages of topics, purposes and channels.

use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use super::define;
use crate::support::{App, Browser, Person, sender::server};

/// What the audit log tells of it, oldest first.
fn lines(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' | ', action, coalesce(detail->>'name', detail->>'section', detail->>'purpose', detail->>'channel'), \
         nullif(detail->>'what', '')) FROM audit_log WHERE action ~ '^(section|topic|purpose|channel)' ORDER BY id",
    )
}

/// Topics in the order of the page.
fn order(browser: &mut Browser<'_>) -> Vec<String> {
    let address = browser.page().address.split("/topics").next().unwrap_or_default().to_owned() + "/topics";
    browser.visit(&address).texts("main tbody th[scope=row] a")
}

#[test]
fn an_admin_sets_up_topics_from_nothing() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("Topics").expect(200).shows("No topics yet").check_markup();
    ada.click("Create section").expect(200).check_markup();
    ada.submit("Create section", &[("Name", "News")]).expect(303);
    ada.follow().shows("Section News created.").shows("No topics in this section.");
    ada.click("Create topic").expect(200).check_markup();
    let form = [("Key", "weekly"), ("Name", "Weekly news"), ("section", "1"), ("Email", "off"), ("SMS", "required")];
    ada.submit("Create topic", &form).expect(303);
    let page = ada.follow().shows("Topic created.").shows("Off until they opt in").clone();
    page.check_markup();
    ada.click("Edit topic").expect(200).check_markup();
    ada.submit("Save topic", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
    ada.click("Edit topic");
    ada.submit(
        "Save topic",
        &[("Name", "Letter"), ("Email", "on"), ("Messages about this topic are a sale of data", "yes")],
    )
    .expect(303);
    ada.follow().shows("Topic saved.").shows("Letter");
    assert_eq!(
        lines(&app),
        [
            "section made | News",
            "topic made | Weekly news",
            "topic changed | Letter | name: “Weekly news” → “Letter”; sale of data: “no” → “yes”; \
             Email: “Off until they opt in” → “On until they opt out”",
        ]
    );
    ada.visit(&app.path("audit?about=settings")).shows("Changed the topic Letter (name: “Weekly news” → “Letter”");
    // Test has the same.
    ada.visit(&app.path("topics").replace("/live/", "/test/")).shows("Letter").shows("Required: SMS");
}

#[test]
fn topics_and_sections_are_put_in_order_and_retired() {
    let app = App::new();
    define(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("topics")).check_markup();
    assert_eq!(order(&mut ada), ["Orders and delivery", "Weekly news", "Special offers", "Surveys"]);
    ada.submit("Up: Surveys", &[]).expect(303);
    ada.follow().shows("Topic moved.");
    ada.submit("Down: Orders and delivery", &[]).expect(303);
    assert_eq!(order(&mut ada), ["Weekly news", "Orders and delivery", "Surveys", "Special offers"]);
    ada.click("Orders and delivery");
    ada.submit("Retire", &[]).expect(303);
    ada.follow().shows("Topic retired.").check_markup();
    assert_eq!(order(&mut ada), ["Weekly news", "Surveys", "Special offers"]);
    ada.click("Orders and delivery");
    ada.submit("Bring back", &[]).expect(303);
    assert_eq!(order(&mut ada).len(), 4);
    // A topic that goes to another section is the last there; a section with topics stays.
    ada.visit(&app.path("topics/sections/new"));
    ada.submit("Create section", &[("Name", "Shop")]).expect(422).shows("There is a section Shop already.");
    ada.submit("Create section", &[("Name", "News")]).expect(303);
    ada.visit(&app.path("topics/2/edit"));
    ada.submit("Save topic", &[("section", "2")]).expect(303);
    assert_eq!(order(&mut ada).last().map(String::as_str), Some("Weekly news"));
    ada.submit("Up: News", &[]).expect(303);
    assert_eq!(order(&mut ada).first().map(String::as_str), Some("Weekly news"));
    ada.visit(&app.path("topics/sections/1"));
    ada.submit("Remove section", &[]).expect(303);
    ada.follow().shows("The section has topics.");
    ada.visit(&app.path("topics/2/edit"));
    ada.submit("Save topic", &[("section", "")]).expect(303);
    ada.visit(&app.path("topics/sections/2"));
    ada.submit("Remove section", &[]).expect(303);
    ada.follow().shows("Section removed.").shows("Without a section");
}

#[test]
fn what_cannot_be_saved_comes_back_as_it_was_typed() {
    let app = App::new();
    define(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("topics/new"));
    let page =
        ada.submit("Create topic", &[("Key", "news"), ("Name", ""), ("Description", "kept")]).expect(422).clone();
    page.shows("The topic news is defined already.").shows("Enter a name of 1 to 80 characters.").check_markup();
    assert_eq!(page.attr("input#description", "value"), "kept");
    ada.visit(&app.path("topics/purposes/new"));
    ada.submit("Define purpose", &[("Key", "gdpr.marketing"), ("Name", "x")]).expect(422).shows("is defined already");
    for (address, status) in [("topics/99", 404), ("topics/channels/fax", 404), ("topics/sections/99", 404)] {
        ada.get(&app.path(address)).expect(status);
    }
    let ids = app.db.number("SELECT count(*) FROM topics") + app.db.number("SELECT count(*) FROM purposes");
    assert_eq!((ids, lines(&app).len()), (6, 0));
}

#[test]
fn a_purpose_stays_once_somebody_answered_or_something_needs_it() {
    let app = App::new();
    define(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("topics/purposes/new"));
    let new = [("Key", "gdpr.profiling"), ("Name", "Profiling"), ("Description", "Guessing what you like")];
    ada.submit("Define purpose", &new).expect(303);
    let page = ada.follow().shows("Purpose Profiling defined.").clone();
    page.check_markup();
    assert_eq!(page.count("main form[action$='/remove']"), 1, "the others are tied");
    app.add(Person::new("c-1").consent("gdpr.profiling", false).consent("gdpr.research", true));
    // Somebody answered after the page was shown.
    ada.submit("Remove Profiling", &[]).expect(303);
    let page = ada.follow().shows("People answered for this purpose").shows("gdpr.research").clone();
    assert_eq!(page.count("main form[action$='/remove']"), 0);
    ada.click("Define gdpr.research").expect(200).check_markup();
    ada.submit("Define purpose", &[("Name", "Research")]).expect(303);
    ada.follow().hides("Seen, not defined");
    ada.click("Edit Research");
    ada.submit("Save purpose", &[("Name", "Studies")]).expect(303);
    ada.follow().shows("Studies");
    assert_eq!(
        lines(&app).last().map(String::as_str),
        Some("purpose changed | gdpr.research | name: “Research” → “Studies”")
    );
    ada.visit(&app.path("topics/purposes/new"));
    ada.submit("Define purpose", &[("Key", "ccpa.data_sale"), ("Name", "Sale of data")]).expect(303);
    ada.follow().shows("CCPA");
    ada.submit("Remove Sale of data", &[]).expect(303);
    ada.follow().shows("Purpose removed.");
}

#[test]
fn rules_of_channels_are_changed_and_written_down() {
    let app = App::new();
    app.add(Person::new("c-1").email("ann@example.com"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("settings"));
    ada.click("View channels").expect(200).shows("Only after a yes").check_markup();
    ada.click("Change Email").expect(200).check_markup();
    ada.submit("Save", &[("Only after a yes", "yes"), ("Ask for confirmation", "yes"), ("most", "2")]).expect(303);
    ada.follow().shows("Asked for, at most 2 times a day");
    assert_eq!(
        lines(&app),
        ["channel changed | Email | agreement: “Yes until they say no” → “Only after a yes”; \
          confirmation: “Not asked for” → “Asked for, at most 2 times a day”"]
    );
    ada.visit(&app.path("profiles/c-1"));
    assert!(
        ada.follow().text("main").contains("they have not agreed to Email messages"),
        "{}",
        ada.page().text("main")
    );
    ada.visit(&app.path("topics/channels/whatsapp")).shows("so this cannot be changed").check_markup();
    ada.submit("Save", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
}

#[test]
fn topics_that_people_named_are_listed_until_they_are_defined() {
    let app = App::new();
    define(&app);
    app.add(Person::new("c-1").email("ann@example.com"));
    let key = app.key(server());
    for topic in ["Spring fair", "news", "zebra", "zebra"] {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let line = json!({"channel": "email", "topic": topic, "state": "subscribed"}).to_string();
        let path = "/api/data/v1/profiles/id:c-1/subscriptions";
        app.send(Method::PUT, path, &[("authorization", &key.bearer())], line).expect(200);
    }
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.path("topics")).shows("Seen, not defined").clone();
    page.check_markup();
    assert_eq!(page.texts("[aria-labelledby=seen] tbody th"), ["Spring fair", "zebra"]);
    assert!(page.link("Define Spring fair").is_none(), "admins define them");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("topics"));
    let page = ada.click("Define Spring fair").expect(200).clone();
    assert_eq!(page.attr("input#key", "value"), "Spring fair");
    ada.submit("Create topic", &[]).expect(303);
    assert_eq!(ada.visit(&app.path("topics")).texts("[aria-labelledby=seen] tbody th"), ["zebra"]);
    // The other environment has seen nothing.
    ada.visit(&app.path("topics").replace("/live/", "/test/")).hides("Seen, not defined");
}

#[test]
fn everybody_reads_and_admins_change() {
    let app = App::new();
    define(&app);
    for role in [Role::Marketer, Role::Support] {
        let mut browser = app.browser(role);
        for page in ["topics", "topics/2", "topics/purposes", "topics/channels"] {
            let page = browser.visit(&app.path(page)).clone();
            page.check_markup();
            assert_eq!(page.count("main form, main a.btn.primary"), 0, "{}", page.describe());
        }
        browser.get(&app.path("topics/2/edit")).expect(403);
    }
}
