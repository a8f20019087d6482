//! Files of what the list shows.

use kith::{
    auth::Role,
    generate::{Amount, Written, generate},
};
use serde_json::{Value, json};

use crate::support::{App, Browser, Page, Person};

fn people() -> App {
    let app = App::new();
    let people = [
        Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip").tag("a").set("plan", "pro"),
        Person::new("c-2").name("=1+1", "").phone("+14155550123").set("plan", "=cmd()").set("seats", 3),
        Person::new("c-3").set("plan", "team").set("secret", "x-9"),
    ];
    for person in people {
        // Ids of one moment are in no order.
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
        app.add(person);
    }
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'secret'");
    app
}

fn pairs(browser: &Browser<'_>, pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let token = browser.token();
    let pairs = pairs.iter().copied().chain([("csrf", token.as_str())]);
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A file with these columns.
fn take(browser: &mut Browser<'_>, app: &App, fields: &[(&str, &str)]) -> Page {
    browser.visit(&app.path("profiles/export"));
    let sent = pairs(browser, fields);
    browser.post(&app.path("profiles/export"), &sent).clone()
}

#[test]
fn the_form_offers_what_the_list_shows_and_hides_what_is_hidden() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles?q=plan%3Apro"));
    mara.click("Export…").expect(200).shows("Everybody who matches “plan:pro”").hides("Secret").check_markup();
    let file = mara.submit("Download", &[]).expect(200).clone();
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        file.header("content-disposition").starts_with("attachment; filename=\"profiles-2026-"),
        "{:?}",
        file.headers
    );
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", file.body);
    assert!(
        lines[0].starts_with("profile_id,id,name,email,phone,identifiers,tags,subscriptions,created_at,last_seen_at,"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(",c-1,Priya Nair,priya@example.com,,"), "{}", lines[1]);
    assert!(lines[1].contains(",a;vip,"), "{}", lines[1]);
}

#[test]
fn a_file_has_the_chosen_columns_in_order_and_no_formulas() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    let file =
        take(&mut mara, &app, &[("column", "name"), ("column", "id"), ("attribute", "plan"), ("attribute", "seats")]);
    assert_eq!(file.expect(200).body, "id,name,plan,seats\nc-1,Priya Nair,pro,\nc-2,'=1+1,'=cmd(),3\nc-3,,team,\n");
    let file = take(
        &mut mara,
        &app,
        &[
            ("format", "ndjson"),
            ("column", "id"),
            ("column", "name"),
            ("attribute", "seats"),
            ("q", "tag:vip OR plan:team"),
        ],
    );
    assert_eq!(file.expect(200).header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = file.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        lines,
        [json!({"id": "c-1", "name": "Priya Nair", "seats": null}), json!({"id": "c-3", "name": null, "seats": null})]
    );
}

#[test]
fn hidden_attributes_are_for_those_who_may_look_and_ask_for_them() {
    let app = people();
    let asked = [("column", "id"), ("attribute", "secret"), ("q", "plan:team")];
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(take(&mut mara, &app, &asked).expect(200).body, "id\nc-3\n");
    let mut sam = app.browser(Role::Support);
    sam.visit(&app.path("profiles/export?q=plan%3Ateam")).shows("Secret (sensitive)");
    assert!(!sam.submit("Download", &[]).expect(200).body.contains("x-9"), "nobody ticked it");
    assert_eq!(take(&mut sam, &app, &asked).expect(200).body, "id,secret\nc-3,x-9\n");
    let said = "SELECT detail->>'sensitive' FROM audit_log WHERE action = 'profiles exported' ORDER BY at, id";
    assert_eq!(app.db.column(said).last().map(String::as_str), Some("[\"secret\"]"));
}

#[test]
fn an_export_is_written_down_with_how_many_were_in_it() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    take(&mut mara, &app, &[("column", "id"), ("q", "-plan:pro")]).expect(200);
    app.until(|| app.db.number("SELECT count(*) FROM audit_log WHERE action = 'export finished'") == 1);
    assert_eq!(app.db.one("SELECT detail->>'rows' FROM audit_log WHERE action = 'export finished'"), "2");
    let detail = "SELECT concat_ws(' ', detail->>'filter', detail->>'columns') FROM audit_log WHERE action = 'profiles exported'";
    assert_eq!(app.db.one(detail), "-plan:pro [\"id\"]");
    let mut admin = app.browser(Role::Admin);
    admin
        .visit(&app.path("audit?about=downloads"))
        .shows("Exported profiles")
        .shows("Got all of an export (2 people)")
        .check_markup();
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_taken() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    take(&mut mara, &app, &[]).expect(422).shows("Choose at least one column.").check_markup();
    take(&mut mara, &app, &[("column", "id"), ("q", "plann:pro")])
        .expect(422)
        .shows("Correct it on the list")
        .check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action = 'profiles exported'"), 0);
    assert_eq!(take(&mut mara, &app, &[("column", "id"), ("q", "plan:none")]).expect(200).body, "id\n");
}

#[test]
fn many_come_in_pieces_and_each_once() {
    let app = App::new();
    let amount = Amount { seed: 1, profiles: 6_000, events: 100 };
    generate(&app.state.db, &app.clock, app.live, amount, &Written::default()).expect("generated");
    let mut mara = app.browser(Role::Marketer);
    let ids = "SELECT id FROM profiles WHERE merged_into IS NULL ORDER BY id";
    // Everybody; so many that each is tested; few, which are collected.
    for (filter, expected) in [
        ("", ids.to_owned()),
        ("-status:disabled", ids.to_owned()),
        (
            "email:unsubscribed",
            "SELECT p.id FROM profiles p JOIN subscriptions s ON s.profile_id = p.id AND s.channel = 'email' \
            AND s.topic = '' AND s.state = 'unsubscribed' ORDER BY p.id"
                .to_owned(),
        ),
    ] {
        let file = take(&mut mara, &app, &[("column", "profile_id"), ("q", filter)]);
        let mut expected = app.db.column(&expected);
        expected.insert(0, "profile_id".to_owned());
        assert!(
            file.expect(200).body.lines().eq(expected.iter()),
            "{filter}: {} of {}",
            file.body.lines().count(),
            expected.len()
        );
    }
}

/// Two people share a phone number, which is one of the words of a third.
#[test]
fn a_file_has_those_whom_the_list_shows_for_one_exact_thing() {
    let app = App::new();
    for (n, name) in [(1, "Ada"), (2, "Bea")] {
        app.add(Person::new(&format!("c-{n}")).name(name, "Nair").phone("+14155550123"));
    }
    app.add(Person::new("x-14155550123").name("Cleo", "Nair"));
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles?q=%2B1+415+555+0123"));
    mara.click("Export…").expect(200);
    let file = mara.submit("Download", &[]).expect(200).clone();
    assert_eq!(file.body.lines().count(), 3, "{}", file.body);
    assert!(!file.body.contains("Cleo"), "{}", file.body);
}
