//! What admins do about messages to one person: from the header, and on the card of the Subscriptions tab.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::{Value, json};

use super::Shop;
use crate::support::{Browser, Person};

fn open<'a>(shop: &'a Shop, role: Role) -> Browser<'a> {
    let mut browser = shop.app.browser(role);
    browser.visit(&shop.app.profile(shop.ann, "/notes"));
    browser
}

#[test]
fn all_messages_are_turned_off_and_on_from_every_tab() {
    let shop = Shop::new();
    let mut ada = open(&shop, Role::Admin);
    ada.click("Turn off all messages…").expect(200).shows("Turn off all messages to").check_markup();
    ada.submit("Turn off all messages", &[]).expect(422).shows("Choose why you change this.").check_markup();
    ada.submit("Turn off all messages", &[("Why", "writing"), ("Details", "letter of 3 November")]).expect(303);
    ada.follow().shows("All messages turned off.").shows("at their request (letter of 3 November)");
    assert_eq!(shop.first_block("id:1", "email"), "disabled");
    ada.visit(&shop.app.profile(shop.ann, "/history"));
    ada.click("Turn on messages…").expect(200).shows("letter of 3 November").shows("by Ada").check_markup();
    ada.submit("Turn on messages", &[("Why", "phone")]).expect(303);
    ada.follow().shows("All messages turned on again.");
    assert_eq!(shop.first_block("id:1", "email"), Value::Null);
    assert_eq!(
        shop.app.ledger().kind("restriction").by_hand().lines_with_reasons().len(),
        2,
        "{:?}",
        shop.app.ledger().kind("restriction").lines_with_reasons()
    );
    for role in [Role::Support, Role::Marketer] {
        let mut other = open(&shop, role);
        other.page().hides("Turn off all messages").hides("Suppress…").hides("Unsubscribe from everything…");
        other.get(&shop.app.profile(shop.ann, "/restrictions?do=turn-off")).expect(403);
    }
}

#[test]
fn the_menu_says_what_there_is_to_do() {
    let shop = Shop::new();
    let mut ada = open(&shop, Role::Admin);
    ada.click("Unsubscribe from everything…").expect(200);
    ada.submit("Unsubscribe", &[("Why", "phone")]).expect(303);
    ada.follow().shows("Unsubscribed from everything.");
    ada.visit(&shop.app.profile(shop.ann, ""));
    ada.click("Resubscribe…").expect(200).shows("They unsubscribed themselves.");
}

#[test]
fn an_entry_of_the_suppression_list_has_a_channel_and_may_end() {
    let shop = Shop::new();
    let mut ada = open(&shop, Role::Admin);
    ada.click("Suppress…").expect(200).check_markup();
    ada.submit("Suppress", &[("Why", "mistake"), ("Until", "2020-01-01")]).expect(422);
    ada.page().shows("Choose a channel, or all of them.").shows("Choose a day after today").check_markup();
    ada.submit(
        "Suppress",
        &[("Channel", "sms"), ("Until", "2026-12-24"), ("Why", "other"), ("Details", "test number")],
    );
    ada.page().expect(303);
    ada.follow().shows("SMS suppressed until 24 Dec 2026.");
    assert_eq!(shop.first_block("id:1", "sms"), "suppressed");
    assert_eq!(shop.first_block("id:1", "email"), Value::Null);
    ada.visit(&shop.app.profile(shop.ann, "/restrictions?do=suppress"));
    ada.submit("Suppress", &[("Channel", "sms"), ("Why", "phone")]).expect(409).shows("test number").check_markup();
    ada.submit("Suppress", &[]).expect(303);
    ada.follow().shows("SMS suppressed.");
    let list = "SELECT concat_ws(' ', cause, coalesce(until::text, 'forever'), words) FROM restrictions";
    assert_eq!(shop.app.db.column(list), ["request forever They asked on the phone"]);
}

#[test]
fn a_complaint_is_lifted_only_with_what_they_asked_for() {
    let shop = Shop::new();
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "cause": "complaint", "words": "marked as spam"}));
    let mut ada = open(&shop, Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/subscriptions"));
    let page = ada.click("Lift… Email address ann@example.com").expect(200).clone();
    page.shows("marked as spam").shows("by API key Shop backend").check_markup();
    assert!(!page.address.contains("ann"), "no address tells the email: {}", page.address);
    ada.submit("Allow messages", &[("Why", "phone"), ("Details", "yes")]).expect(422).shows("At least 10 characters");
    ada.submit("Allow messages", &[("Details", "wrote on 4 Nov that it was a mistake")]).expect(303);
    ada.follow().shows("Email address ann@example.com no longer blocked.");
    assert_eq!(shop.first_block("id:1", "email"), Value::Null);
    // Nothing is left to lift: the question leads to the tab, and a form that was open says so.
    ada.get(&page.address).expect(303);
    ada.follow().shows("This was lifted already. Nothing changed.");
}

#[test]
fn what_changed_while_the_form_was_open_is_asked_again() {
    let shop = Shop::new();
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "cause": "inactive"}));
    let mut ada = open(&shop, Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/subscriptions"));
    ada.click("Lift… Email address ann@example.com").expect(200);
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "cause": "hard_bounce", "words": "550 gone"}));
    shop.app.clock.advance(TimeDelta::seconds(1));
    ada.submit("Allow messages", &[("Why", "mistake")])
        .expect(409)
        .shows("somebody changed it while you were here")
        .shows("550 gone");
    assert_eq!(shop.first_block("id:1", "email"), "address_blocked");
    ada.submit("Allow messages", &[]).expect(303);
    assert_eq!(shop.first_block("id:1", "email"), Value::Null);
    // What a system turns off meanwhile is not turned off twice.
    ada.visit(&shop.app.profile(shop.ann, "/restrictions?do=turn-off"));
    shop.send(Method::PUT, "profiles/id:1/restrictions", &json!({"kind": "disabled"}), 200);
    ada.submit("Turn off all messages", &[("Why", "phone")]).expect(409).shows("from a system");
}

#[test]
fn the_list_marks_whom_no_campaign_reaches_and_says_why() {
    let shop = Shop::new();
    shop.app.add(Person::new("2").email("bo@example.com"));
    let mut mara = shop.app.browser(Role::Marketer);
    assert_eq!(mara.visit(&shop.app.path("profiles")).count("td.contact .sr"), 0);
    shop.restrict(&json!({"kind": "disabled", "words": "letter"}));
    let page = mara.visit(&shop.app.path("profiles")).clone();
    page.check_markup();
    assert_eq!(page.texts("td.contact .sr"), ["Cannot be messaged"]);
    let titles = page.attrs("a.open", "title").join(" ");
    assert!(titles.contains("Cannot be messaged: all messages to this person were switched off on "), "{titles}");
}
