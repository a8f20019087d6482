use kith::{
    auth::Role,
    identities::{Device, Devices, Identifier, Kind, Token},
    ingest::{self, Identify, Item, Statement},
    registers::Fact,
    subscriptions::{Consent, Consents, Line, Medium, Purpose, Reason, Subscription, SubscriptionState, Topic},
};
use serde_json::json;

use crate::support::{App, Page, Person, app::NOW, at, build::submit};

/// The fact with that label: value, and where it comes from.
#[track_caller]
fn fact(page: &Page, label: &str) -> Option<(String, String)> {
    let document = page.parse();
    let rows = crate::support::page::selector("dl.facts > div");
    let cells = crate::support::page::selector("dt, dd");
    document.select(&rows).find_map(|row| {
        let mut texts = row.select(&cells).map(|cell| crate::support::page::text_of(&cell));
        (texts.next()? == label).then(|| (texts.next().unwrap_or_default(), texts.next().unwrap_or_default()))
    })
}

#[test]
fn each_value_has_its_source_and_its_time() {
    let app = App::new();
    let person = Person::new("c-1")
        .also(Kind::Anonymous, "b-1")
        .name("Priya", "Nair")
        .set("birthday", "1991-03-14")
        .set("timezone", "Asia/Kolkata")
        .set("favourite_drink", "<i>chai</i>")
        .set("sizes", json!(["S", 38]))
        .set("newsletter", true)
        .email("Priya@Example.com")
        .tag("vip");
    let id = app.add(person.said_at("2026-11-20T10:00:00Z").since("2025-12-24T00:00:00Z"));
    app.clock.advance(chrono::TimeDelta::minutes(10));
    app.add(Person::new("c-1").set("favourite_drink", "coffee").said_at("2026-11-01T00:00:00Z"));
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(id, "")).clone();
    page.check_markup();
    assert_eq!(page.text("h1"), "Priya Nair");
    let from = "API key test · 2 d ago";
    assert_eq!(page.attr(".facts .from time", "title"), "20 November 2026, 10:00:00 UTC");
    for (label, value) in [
        ("First name", "Priya"),
        ("Birthday", "1991-03-14"),
        ("Time zone", "Asia/Kolkata"),
        ("Favourite drink", "<i>chai</i>"),
        ("Sizes", "S, 38"),
        ("Newsletter", "yes"),
        ("Email", "Priya@Example.com"),
    ] {
        assert_eq!(fact(&page, label), Some((value.to_owned(), format!("History of {label}: {from}"))), "{label}");
    }
    let derived = |label: &str| fact(&page, label).unwrap_or_default();
    assert_eq!(derived("Age"), ("35".to_owned(), "derived from birthday".to_owned()));
    assert_eq!(derived("Local time"), ("09:04, Sunday".to_owned(), "derived from time zone".to_owned()));
    page.hides("coffee");
    assert_eq!(fact(&page, "ID").map(|(value, _)| value).as_deref(), Some("c-1"));
    assert_eq!(fact(&page, "Anonymous").map(|(value, _)| value).as_deref(), Some("b-1"));
    assert_eq!(fact(&page, "Source").map(|(value, _)| value).as_deref(), Some("API key test"));
    assert_eq!(fact(&page, "Created").map(|(value, _)| value).as_deref(), Some("24 Dec 2025"));
    assert!(page.attr("[aria-labelledby=more] time", "title").starts_with("24 December 2025"));
    assert_eq!(page.texts("section[aria-labelledby=tags] .chip"), ["vip"]);
}

#[test]
fn what_was_taken_away_is_not_shown() {
    let app = App::new();
    let id = app.add(
        Person::new("c-1").name("Priya", "Nair").set("plan", "pro").set("city", "Graz").said_at("2026-11-01T00:00:00Z"),
    );
    app.clock.advance(chrono::TimeDelta::minutes(1));
    app.add(Person::new("c-1").unset("plan").unset("first_name").said_at("2026-11-02T00:00:00Z"));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(id, "")).hides("pro").hides("Priya").shows("Graz").clone();
    assert_eq!(fact(&page, "Plan"), None);
    assert_eq!(page.text("h1"), "Nair");
}

#[test]
fn online_now_ends_after_five_minutes() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair").event("Visit", "2026-11-22T03:20:00Z", json!({})));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(id, "")).shows("Online now").hides("· seen 4 min ago");
    app.clock.advance(chrono::TimeDelta::minutes(2));
    ada.visit(&app.profile(id, "")).hides("Online now").shows("seen 6 min ago");
    app.clock.advance(chrono::TimeDelta::days(2));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(id, "")).shows("seen 2 d ago").shows("created 2 d ago");
}

#[test]
fn somebody_of_whom_little_is_known_has_a_page_too() {
    let app = App::new();
    let id = app.add(Person::known_by(Kind::Anonymous, "b-1"));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(id, "")).clone();
    page.check_markup();
    assert_eq!(page.text("h1"), "b-1");
    page.shows("no activity yet").shows("No email or phone number yet.").shows("No attributes yet").shows("No tags");
}

#[test]
fn somebody_with_very_much_is_cut_where_it_says() {
    let app = App::new();
    let many = (0..60).fold(Person::new("c-1"), |person, n| person.also(Kind::Anonymous, &format!("b-{n:02}")));
    let id = app.add((0..40).fold(many, |person, n| person.set(&format!("attribute_{n}"), "x".repeat(900))));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(id, "")).clone();
    page.shows("Only the first 8 are shown.");
    assert_eq!(page.texts("section[aria-labelledby=identifiers] dt").len(), 8);
    assert_eq!(page.texts("section[aria-labelledby=identifiers] dt")[0], "ID", "the strongest comes first");
    assert_eq!(page.texts("section[aria-labelledby=attributes] dt").len(), 20);
    let page = ada.click("Show all 40 attributes").expect(200);
    assert_eq!(page.texts("section[aria-labelledby=attributes] dt").len(), 40);
}

#[test]
fn among_many_attributes_one_is_found_by_its_name_or_value() {
    let app = App::new();
    let many =
        (0..500).fold(Person::new("c-1").set("iban", "Çelik 7"), |person, n| person.set(&format!("size_{n}"), n));
    app.add(many.set("favourite_drink", "Çay").tag("vip"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'iban'");
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles?q=tag%3Avip"));
    mara.click("c-1");
    let mut found = |typed: &str| {
        let page = mara.submit("Search attributes", &[("attribute", typed)]).expect(200);
        page.check_markup();
        page.texts("section[aria-labelledby=attributes] dt")
    };
    assert_eq!(found("cay"), ["Favourite drink"]);
    assert_eq!(found("SIZE_49").len(), 11, "49 and 490 to 499");
    assert_eq!(found("iban"), ["Iban"]);
    assert_eq!(found("celik"), Vec::<String>::new(), "hidden values are not searched");
    mara.page().shows("No attribute name or value contains “celik”.");
    assert_eq!(mara.click("← Profiles: tag:vip").expect(200).count("tbody tr"), 1, "the way back is kept");
}

#[test]
fn countries_and_languages_have_names() {
    let app = App::new();
    let id = app.add(Person::new("c-1").set("country", "IN").set("language", "en-IN"));
    let odd = app.add(Person::new("c-2").set("country", "Narnia").set("language", "tlh"));
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&app.profile(id, "")).clone();
    assert!(fact(&page, "Country").is_some_and(|(value, _)| value.starts_with("India ")));
    assert!(fact(&page, "Language").is_some_and(|(value, _)| value.starts_with("English (India) ")));
    assert_eq!(page.attrs("dd[title]", "title"), ["IN", "en-IN"], "what is stored");
    // Each has an Edit link of its own.
    sanjay.click("Edit Country").expect(200);
    assert_eq!(sanjay.page().attr("input[name=value-0]", "value"), "IN");
    let page = sanjay.visit(&app.profile(odd, "")).clone();
    assert!(fact(&page, "Country").is_some_and(|(value, _)| value.starts_with("Narnia")));
    assert!(fact(&page, "Language").is_some_and(|(value, _)| value.starts_with("tlh")));
}

#[test]
fn profiles_that_were_merged_into_another_are_not_shown() {
    let app = App::new();
    let (id, other) = (app.add(Person::new("c-1").name("Old", "Row")), app.add(Person::new("c-2")));
    app.db.run(&format!("UPDATE profiles SET merged_into = '{other}' WHERE id = '{id}'"));
    let mut ada = app.browser(Role::Admin);
    ada.get(&app.profile(id, "")).expect(303).hides("Old Row");
    assert_eq!(ada.page().location(), app.profile(other, ""));
    ada.follow().expect(200).shows("Old Row was merged into this profile.");
    ada.visit("/acme/live/profiles").hides("Old Row");
}

#[test]
fn devices_subscriptions_and_consents_are_in_words() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair"));
    let token = |text: &str| Token::new(text).expect("a token");
    let device = |platform: &str, is_active| Device {
        platform: Some(platform.to_owned()),
        model: Some("Pixel 8".to_owned()),
        os_version: Some("15".to_owned()),
        is_active,
        ..Device::default()
    };
    let consent = |given| Consent {
        given,
        as_of: None,
        document: None,
        location: Some("sign-up form".to_owned()),
        hardware_id: None,
    };
    let purpose = |name: &str| Purpose::new(name).expect("a purpose");
    let identify = Identify {
        facts: vec![
            Fact::new::<Devices>(token("a-long-token-of-a-phone-12"), Some(device("android", true))),
            Fact::new::<Devices>(token("short"), Some(device("ios", false))),
            Fact::new::<Devices>(token("removed"), None),
            Fact::new::<Consents>(purpose("gdpr.marketing"), consent(false)),
            Fact::new::<Consents>(purpose("ccpa.data_sale"), consent(true)),
        ],
        ..Identify::default()
    };
    let weekly = Line { channel: Some(Medium::Email), topic: Some(Topic::new("Weekly letter").expect("a topic")) };
    let said = |line, state, reason| Statement::Subscription(line, Subscription { state, reason });
    let person = ingest::Person::Identifiers(vec![Identifier::new(Kind::Id, "c-1").expect("an id")]);
    let statements = [
        Statement::Identify(identify),
        said(weekly, SubscriptionState::Subscribed, Reason::Api),
        said(Line::everything(), SubscriptionState::Unsubscribed, Reason::Complaint),
    ];
    let item = |statement| Item { person: person.clone(), as_of: at("2026-11-20T03:24:05Z"), statement };
    submit(&app.state.db, app.live, at(NOW), &statements.map(item));
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(id, "")).clone();
    page.check_markup();
    let when = "2 d ago";
    for (label, value, from) in [
        ("Everything", "Unsubscribed (complaint)", "History of Everything: API key test · "),
        ("Email: Weekly letter", "Subscribed (from a system)", "History of Email: Weekly letter: API key test · "),
        ("gdpr.marketing", "Refused (sign-up form)", "History of gdpr.marketing: API key test · "),
        ("ccpa.data_sale", "Opted out (sign-up form)", "History of ccpa.data_sale: API key test · "),
        (
            "Android push",
            "Pixel 8, version 15 a-long…e-12: show the whole token a-long-token-of-a-phone-12 Gets push",
            "seen ",
        ),
        ("iOS push", "Pixel 8, version 15 short Inactive", "seen "),
    ] {
        assert_eq!(fact(&page, label), Some((value.to_owned(), format!("{from}{when}"))), "{label}");
    }
    assert_eq!(page.count("section[aria-labelledby=devices] dt"), 2, "what was removed is not shown");
}
