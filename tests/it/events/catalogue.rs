use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::json;

use super::{address, customer, open};
use crate::support::{App, Person};

#[test]
fn every_event_that_is_heard_of_is_listed_with_its_volume() {
    let (app, _) = customer();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles"));
    let page = mara.click("Events").expect(200).clone();
    page.check_markup();
    assert_eq!(page.texts("tbody th"), ["Email Delivered", "Order Completed"]);
    assert_eq!(page.texts("tbody td:nth-child(3)"), ["Message", "Activity Order"]);
    assert_eq!(page.texts("tbody td:nth-child(5)"), ["1", "2"]);
    let words = page.attrs("svg[role=img]", "aria-label");
    assert_eq!(words, ["1 event in 30 days, from 0 to 1 a day", "2 events in 30 days, from 0 to 2 a day"]);
    assert_eq!(page.texts("tbody td:nth-child(7)"), ["forever", "forever"]);
    assert_eq!(page.count("main form[method=post]"), 0);
    assert_eq!(mara.visit(&app.path("events?q=ORDER")).texts("tbody th"), ["Order Completed"]);
    mara.visit(&app.path("events?q=nothing")).shows("No event name contains “nothing”").check_markup();
    let empty = App::new();
    empty.browser(Role::Admin).visit("/acme/live/events").shows("No events yet").check_markup();
}

/// What ingest guesses is what the migration wrote for the definitions that were there.
#[test]
fn marks_are_guessed_as_the_migration_did() {
    let app = App::new();
    let names = [
        "Email Delivered",
        "email sent",
        "Email",
        "Emailed sent",
        "SMS.Failed",
        "Web Push Clicked",
        "web-push clicked",
        "In-App Message Opened",
        "message_sent",
        "Push the button",
        "Text message queued",
        "WhatsApp Delivered ok",
        "Order Completed",
        "order.placed",
        "Purchase",
        "purchase-d",
        "Transaction Charge",
        "Order Cancelled",
    ];
    for name in names {
        app.add(Person::new("c-1").event_with_id(name, name, "2026-11-20T10:00:00Z", json!({})));
    }
    let guessed = "SELECT concat_ws('|', name, is_message, revenue) FROM event_definitions ORDER BY name";
    let before = app.db.column(guessed);
    app.db.run("UPDATE event_definitions SET is_message = false, revenue = NULL");
    let migration = include_str!("../../../migrations/0016_describe_events/up.sql");
    let updates = migration.find("UPDATE event_definitions").expect("the migration fills them");
    app.db.run(&migration[updates..]);
    assert_eq!(before, app.db.column(guessed));
}

#[test]
fn a_definition_is_described() {
    let (app, _) = customer();
    let mut ada = app.browser(Role::Admin);
    let event = open(&app, &mut ada, "Order Completed");
    let page = ada.page().clone();
    page.shows("3 events in 90 days, from 0 to 2 a day.").check_markup();
    assert_eq!(page.count("details tbody tr"), 90);
    assert_eq!(page.texts("[aria-labelledby=seen] tbody th"), ["total", "coupon", "currency"]);
    page.shows("9 · 12.5 · 1");
    let fields = [
        ("Display name", "Bestellung"),
        ("Parcel", "yes"),
        ("Description", "Paid for"),
        ("shown-0", "yes"),
        ("shown-2", "yes"),
        ("summary-1", "yes"),
        ("Activity", "no"),
        ("Message status", "yes"),
        ("Revenue", "total"),
    ];
    ada.submit("Save event", &fields).expect(303);
    let page = ada.follow().shows("do not count as activity").shows("Bestellung").clone();
    page.check_markup();
    let ticked = page.attrs("[aria-labelledby=seen] input[checked]", "aria-label");
    assert_eq!(ticked, ["Show total in details", "Show coupon in summary", "Show currency in details"]);
    let row = "SELECT concat_ws('|', display_name, icon, description, shown, summary, is_activity, is_message, revenue) \
               FROM event_definitions WHERE name = 'Order Completed'";
    assert_eq!(app.db.one(row), "Bestellung|box|Paid for|{total,currency}|{coupon}|f|t|total");
    ada.visit(&app.path("events")).shows("Bestellung Order Completed").check_markup();
    assert!(ada.page().attr("tbody th use", "href").ends_with("#box"));
    // What was typed when signs were characters has the nearest sign.
    app.db.run("UPDATE event_definitions SET icon = '🚚' WHERE name = 'Order Completed'");
    assert_eq!(ada.visit(&event).attr(".icons input[checked]", "value"), "truck");
    assert!(ada.page().attr("h1 use", "href").ends_with("#truck"));

    // What is said from now on is no sign of life, at once.
    let seen = "SELECT last_seen_at FROM profile_activity";
    let before = app.db.one(seen);
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-1").event_with_id("m-9", "Order Completed", "2026-11-22T03:00:00Z", json!({})));
    assert_eq!(app.db.one(seen), before);

    // Somebody who may not change it reads all of it.
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&event).shows("Paid for").clone();
    page.check_markup();
    assert_eq!(page.count("main form"), 0);
    assert_eq!(page.texts("[aria-labelledby=seen] tbody tr:first-child td").split_off(2), ["yes", "no", "no"]);
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let (app, _) = customer();
    let mut ada = app.browser(Role::Admin);
    for (fields, said) in [
        (vec![("Display name", &*"x".repeat(101)), ("summary-0", "yes")], "at most 100 characters"),
        (vec![("Description", &*"x".repeat(1001))], "at most 1000 characters"),
        (vec![("Revenue", &*"x".repeat(257))], "at most 256 characters"),
    ] {
        open(&app, &mut ada, "Order Completed");
        let page = ada.submit("Save event", &fields).expect(422).clone();
        page.shows(said).check_markup();
        assert_eq!(page.count("[aria-labelledby=seen] input[checked]"), fields.len() - 1);
    }
    let mut form = ada.fill("body", "Save event", &[("Letter", "yes")]);
    form.pairs.iter_mut().filter(|(name, _)| name == "icon").for_each(|(_, value)| "📦".clone_into(value));
    ada.post(&form.action, &form.pairs).expect(422).shows("Choose one of these icons.").check_markup();
    assert_eq!(
        app.db.number("SELECT count(*) FROM event_definitions WHERE icon || display_name || description <> ''"),
        0
    );
    ada.get(&app.path("events/99")).expect(404);
    ada.get(&app.path("events/none")).expect(404);
    ada.get(&address(&app, "Order Completed").replace("/live/", "/test/")).expect(404);
}

#[test]
fn a_definition_is_made_by_hand() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("events"));
    ada.click("Create event").expect(200).check_markup();
    ada.submit("Create event", &[("Source name", " Email Bounced ")]).expect(303);
    ada.follow().shows("Event Email Bounced created.").shows("No event has arrived yet").check_markup();
    let row = "SELECT concat_ws('|', name, kind, is_activity, is_message) FROM event_definitions";
    assert_eq!(app.db.one(row), "Email Bounced|event|f|t");
    for (typed, said) in [
        ("Email Bounced", "The event Email Bounced already exists."),
        ("", "Enter a name"),
        (&*"x".repeat(257), "must have 1 to 256 characters"),
    ] {
        ada.visit(&app.path("events/new"));
        let page = ada.submit("Create event", &[("Source name", typed)]).expect(422).clone();
        page.shows(said).check_markup();
        assert_eq!(page.attr("#name", "value"), typed);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM event_definitions"), 1);
}

#[test]
fn events_are_paged_in_alphabetical_order() {
    let app = App::new();
    app.db.run(&format!(
        "INSERT INTO event_definitions (id, environment_id, kind, name, is_activity, created_at) \
         SELECT n, {}, CASE WHEN n % 3 = 0 THEN 'page' ELSE 'event' END, CASE WHEN n % 2 = 0 THEN 'T' ELSE 't' END || (n / 3), true, \
             '2026-11-22Z' FROM generate_series(1, 120) n",
        app.live
    ));
    let mut mara = app.browser(Role::Marketer);
    let (mut seen, mut pages) = (Vec::new(), 0);
    mara.visit(&app.path("events"));
    loop {
        seen.extend(mara.page().attrs("tbody th a", "href"));
        pages += 1;
        if mara.page().link("Next").is_none() {
            break;
        }
        mara.click("Next").expect(200);
    }
    let mut all = seen.clone();
    all.sort();
    all.dedup();
    assert_eq!((pages, seen.len(), all.len()), (3, 120, 120));
    mara.click("Previous");
    mara.click("Previous");
    assert_eq!(mara.page().attrs("tbody th a", "href"), seen[..50]);
}
