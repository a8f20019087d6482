//! The suppression list of an environment: what stands on it, who adds and removes, and its download.

use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::{Value, json};

use super::Shop;
use crate::support::{App, Person};

const WHO: &str = "tbody th";

#[test]
fn it_has_people_and_addresses_newest_first_each_once() {
    let shop = Shop::new();
    shop.app.add(Person::new("2").name("Bo", "").email("ann@example.com"));
    let mut mara = shop.app.browser(Role::Marketer);
    mara.visit(&shop.app.path("profiles"));
    mara.click("Suppressions").expect(200).shows("No entries yet").hides("Add addresses").check_markup();
    shop.restrict(&json!({"kind": "disabled"}));
    shop.restrict(&json!({"kind": "suppressed", "channel": "sms", "cause": "manual"}));
    shop.of_address(&json!({"kind": "blocked", "address": {"email": "ann@example.com"}, "cause": "complaint"}));
    shop.of_address(
        &json!({"kind": "suppressed", "channel": "all", "address": {"sms": "+14155550199"}, "until": "2026-12-24T00:00:00Z"}),
    );
    let page = mara.visit(&shop.app.path("suppressions")).clone();
    page.check_markup();
    assert_eq!(page.texts(WHO), ["+14155550199", "ann@example.com", "1"], "the complaint is one entry, for two people");
    page.shows("All channels suppressed until 24 Dec 2026").shows("SMS suppressed").shows("complaint").hides("Remove…");
    for (query, found) in [
        ("q=ANN%40example.com", vec!["ann@example.com", "1"]),
        ("q=%2B1+415+555+0199", vec!["+14155550199"]),
        ("cause=complaint", vec!["ann@example.com"]),
        ("ends=some", vec!["+14155550199"]),
        ("ends=never&cause=manual", vec!["1"]),
        ("cause=import", vec![]),
    ] {
        assert_eq!(mara.visit(&shop.app.path(&format!("suppressions?{query}"))).texts(WHO), found, "{query}");
    }
    mara.get(&shop.app.path("suppressions?q=nobody")).expect(422).shows("Enter a whole email").check_markup();
    shop.app.clock.advance(TimeDelta::days(60));
    let mut later = shop.app.browser(Role::Marketer);
    assert_eq!(later.visit(&shop.app.path("suppressions")).count(WHO), 2, "one has ended");
}

/// Several statements about one address may count, once what came between them is known; one of them stands.
#[test]
fn what_two_say_of_one_address_is_one_entry() {
    let shop = Shop::new();
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("suppressions/new"));
    let typed = [("addresses", "gone@example.com"), ("Why", "list"), ("Details", "former provider")];
    ada.submit("Add addresses", &typed).expect(303);
    shop.app.clock.advance(TimeDelta::seconds(5));
    let list =
        json!({"kind": "suppressed", "channel": "all", "address": {"email": "gone@example.com"}, "cause": "api"});
    shop.of_address(&list);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM address_restrictions"), 2);
    let page = ada.visit(&shop.app.path("suppressions")).clone();
    assert_eq!(page.texts(WHO), ["gone@example.com"]);
    page.shows("from a system");
    ada.click("Remove… gone@example.com").expect(200);
    ada.submit("Remove from the list", &[("Why", "mistake")]).expect(303);
    ada.visit(&shop.app.path("suppressions")).shows("No entries yet");
}

#[test]
fn long_lists_have_pages_in_both_directions() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let typed: String = (0..120).map(|n| format!("a{n:03}@example.com\n")).collect();
    ada.visit(&app.path("suppressions/new"));
    ada.submit("Add addresses", &[("addresses", &typed), ("Why", "list"), ("Details", "former provider")]).expect(303);
    ada.follow().shows("120 addresses are on the list now.");
    let first = ada.page().texts(WHO);
    ada.click("Older").expect(200);
    let second = ada.page().texts(WHO);
    ada.click("Older").expect(200);
    let mut all = [first.clone(), second.clone(), ada.page().texts(WHO)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
    assert_eq!(ada.click("Newer").expect(200).texts(WHO), second);
    assert_eq!(ada.click("Newer").expect(200).texts(WHO), first);
}

#[test]
fn lines_that_are_no_address_are_told_and_nothing_typed_is_lost() {
    let shop = Shop::new();
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("suppressions/new"));
    let typed = "Ann@Example.com\n\nnobody\n+1 415 555 0199\nann@example.com\n=1+1@\n";
    let filled = [("addresses", typed), ("Why", "request"), ("Details", "asked by letter"), ("Until", "2027-01-01")];
    let page = ada.submit("Add addresses", &filled).expect(422).clone();
    page.check_markup();
    assert_eq!(page.texts("section tbody tr"), ["3 nobody", "6 =1+1@"]);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM address_restrictions"), 0);
    ada.submit("Add addresses", &[("wrong-leave-out", "yes")]).expect(303);
    ada.follow().shows("2 addresses are on the list now. 2 lines were left out.").check_markup();
    assert_eq!(shop.first_block("id:1", "email"), "suppressed");
    assert_eq!(shop.first_block("id:1", "sms"), "channel", "another number");
    let stored = "SELECT concat_ws(' ', address, cause, words, until) FROM address_restrictions ORDER BY 1";
    let end = "request asked by letter 2027-01-01 00:00:00+00";
    assert_eq!(shop.app.db.column(stored), [format!("+14155550199 {end}"), format!("ann@example.com {end}")]);
    let many: String = (0..10_001).map(|n| format!("{n}@e.co\n")).collect();
    ada.visit(&shop.app.path("suppressions/new"));
    ada.submit("Add addresses", &[("addresses", &many)]).expect(422).shows("at most 10,000 addresses");
    ada.submit("Add addresses", &[("addresses", ""), ("Until", "2001-01-01")]).expect(422);
    ada.page().shows("Enter at least one email").shows("Choose why").shows("Enter the reason").shows("after today");
}

#[test]
fn an_address_is_removed_for_everybody_with_a_reason() {
    let shop = Shop::new();
    shop.of_address(&json!({"kind": "blocked", "address": {"email": "ann@example.com"}, "cause": "complaint"}));
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("suppressions"));
    let page = ada.click("Remove… ann@example.com").expect(200).clone();
    page.check_markup();
    assert!(!page.address.contains("ann"), "{}", page.address);
    page.shows("They complained about messages").shows("by API key Shop backend");
    ada.submit("Remove from the list", &[("Why", "phone")]).expect(422).shows("At least 10 characters");
    shop.app.clock.advance(TimeDelta::seconds(1));
    ada.submit("Remove from the list", &[("Details", "she wants her newsletter back")]).expect(303);
    ada.follow().shows("Email address ann@example.com is no longer on the list.").shows("No entries yet");
    assert_eq!(shop.first_block("id:1", "email"), Value::Null);
    ada.get(&page.address).expect(303);
    ada.follow().shows("This entry was removed or changed meanwhile.");
    let said = ada.visit(&shop.app.path("audit")).text("main");
    assert!(
        said.contains("Removed an address from the suppression list (They asked on the phone: she wants"),
        "{said}"
    );
    // An entry of a person leads to the question about that person.
    shop.restrict(&json!({"kind": "suppressed", "channel": "all"}));
    ada.visit(&shop.app.path("suppressions"));
    ada.click("Remove… 1").expect(200).shows("off the suppression list?");
    let mut sanjay = shop.app.browser(Role::Support);
    for rest in ["suppressions/new", page.address.split("/live/").nth(1).unwrap_or_default()] {
        sanjay.get(&shop.app.path(rest)).expect(403);
    }
}

#[test]
fn a_download_has_what_is_asked_for_and_is_written_down() {
    let shop = Shop::new();
    shop.restrict(&json!({"kind": "suppressed", "channel": "all", "cause": "manual", "words": "=HYPERLINK(1)"}));
    shop.of_address(&json!({"kind": "blocked", "address": {"email": "bo@example.com"}, "cause": "hard_bounce"}));
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("suppressions"));
    let file = ada.submit("Download", &[]).expect(200).clone();
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].starts_with("blocked,,email,bo@example.com,,hard_bounce,,,"), "{lines:?}");
    assert!(lines[2].contains("manual,'=HYPERLINK(1)"), "{lines:?}");
    ada.visit(&shop.app.path("suppressions?q=bo%40example.com"));
    let file = ada.submit("Download", &[]).expect(200).clone();
    assert_eq!(file.body.lines().count(), 2);
    let noted = "SELECT detail->>'filters' FROM audit_log WHERE action = 'suppressions downloaded' ORDER BY 1";
    assert_eq!(shop.app.db.column(noted), ["[\"q\"]", "[]"], "never what was searched for");
    let mut sanjay = shop.app.browser(Role::Support);
    sanjay.visit(&shop.app.path("suppressions")).hides("Download");
}
