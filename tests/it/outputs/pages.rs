//! The pages of webhooks.

use kith::auth::Role;

use super::{app, create, entered};
use crate::support::{App, Person};

#[test]
fn a_form_that_is_wrong_keeps_what_was_typed() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("webhooks")).shows("No webhooks yet");
    ada.click("Create webhook");
    let typed = [
        ("Name", ""),
        ("Address", "http://shop.example/x"),
        ("Somebody enters a segment", "no"),
        ("Somebody leaves a segment", "no"),
    ];
    let page = ada.submit("Create webhook", &typed).expect(422).clone();
    page.shows("Enter a name").shows("must begin with https://").shows("Tick at least one").check_markup();
    assert_eq!(page.attr("#url", "value"), "http://shop.example/x");
    assert_eq!(page.count("input[name=kinds][checked]"), 0);
    let well = [("Name", "Shop"), ("Address", "https://shop.example/x"), ("Somebody leaves a segment", "yes")];
    let sent = ada.fill("body", "Create webhook", &well);
    ada.post(&sent.action, &sent.pairs).expect(303);
    ada.follow().expect(200).shows("Shop").shows("leaving any segment");
    ada.post(&sent.action, &sent.pairs).expect(303);
    ada.follow().shows("already created");
    assert_eq!(app.db.number("SELECT count(*) FROM webhooks"), 1);
}

#[test]
fn a_webhook_is_changed_turned_off_and_deleted_and_the_log_tells() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    let id = create(&mut ada, &app, "https://shop.example/x");
    ada.click("Edit").expect(200).check_markup();
    ada.submit("Save webhook", &[("Name", "Till"), ("Somebody enters a segment", "no")]).expect(303);
    ada.follow().shows("Till").shows("leaving any segment");
    ada.click("Edit");
    ada.submit("Save webhook", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
    ada.submit("Turn off", &[]).expect(303);
    ada.follow().shows("This webhook is off");
    assert_eq!(entered(&app, &[app.add(Person::new("c-1"))]), 0);
    ada.submit("Turn on", &[]).expect(303);
    ada.follow().hides("This webhook is off");
    ada.submit("Show secret", &[]).expect(200).check_markup();
    ada.visit(&app.path(&format!("webhooks/{id}/delete"))).check_markup();
    ada.submit("Delete webhook", &[]).expect(303);
    ada.get(&app.path(&format!("webhooks/{id}"))).expect(404);
    let lines = "SELECT concat_ws(' ', action, detail->>'name') FROM audit_log WHERE detail ? 'webhook' ORDER BY id";
    assert_eq!(
        app.db.column(lines),
        [
            "webhook made Shop backend",
            "webhook changed Till",
            "webhook turned off Till",
            "webhook turned on Till",
            "webhook secret shown Till",
            "webhook deleted Till",
        ]
    );
    let detail = app.db.one("SELECT string_agg(detail::text, ' ') FROM audit_log");
    assert!(!detail.contains("whsec_"), "{detail}");
}

#[test]
fn the_log_has_pages_and_states() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    let id = create(&mut ada, &app, "https://shop.example/x");
    let people: Vec<_> = (0..53).map(|n| app.add(Person::new(&format!("c-{n}")))).collect();
    entered(&app, &people);
    let rows = "header:has(#log) ~ table tbody tr";
    assert_eq!(ada.visit(&app.path(&format!("webhooks/{id}"))).count(rows), 50);
    assert_eq!(ada.click("Older").expect(200).count(rows), 3);
    assert_eq!(ada.click("Newer").expect(200).count(rows), 50);
    app.db.run("UPDATE webhook_deliveries SET state = 'failed', attempts = 10 WHERE id IN (SELECT id FROM webhook_deliveries LIMIT 2)");
    assert_eq!(ada.click("Given up").expect(200).count(rows), 2);
    ada.click("Delivered").expect(200).shows("No message is in this state.");
    assert_eq!(ada.click("All").expect(200).count(rows), 50);
}

#[test]
fn there_are_fifty_at_most() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    for n in 0..50 {
        create(&mut ada, &app, &format!("https://shop.example/{n}"));
    }
    assert_eq!(ada.visit(&app.path("webhooks")).shows("which is the limit").link("Create webhook"), None);
    ada.visit(&app.path("webhooks/new"));
    ada.submit("Create webhook", &[("Name", "One more"), ("Address", "https://shop.example")]).expect(303);
    ada.follow().shows("There are 50 webhooks already");
    assert_eq!(app.db.number("SELECT count(*) FROM webhooks"), 50);
}

#[test]
fn nobody_but_admins_sees_them() {
    let app = app();
    create(&mut app.browser(Role::Admin), &app, "https://shop.example/x");
    let mut sam = app.browser(Role::Support);
    sam.get(&app.path("webhooks")).expect(403).hides("shop.example");
    assert_eq!(sam.visit(&app.path("profiles")).link("Webhooks"), None);
}
