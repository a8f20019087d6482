use kith::auth::Role;
use serde_json::json;

use super::rows;
use crate::support::{App, Person};

fn app() -> App {
    let app = App::new();
    app.add(Person::new("c-1").name("Ann", "Berg").set("plan", "pro").set("iban", "DE89 3704"));
    app.add(Person::new("c-2").set("plan", "pro").set("tea", true));
    app.add(Person::new("c-3").set("plan", "free"));
    app.add(Person::new("c-4"));
    app
}

#[test]
fn an_empty_catalogue_teaches() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("attributes")).shows("No attributes yet").check_markup();
    assert_eq!(mara.page().link("Create attribute"), None);
}

#[test]
fn attributes_are_listed_with_what_they_hold() {
    let app = app();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.path("attributes")).clone();
    page.check_markup();
    assert_eq!(page.texts("tbody th"), ["First name", "Iban", "Last name", "Plan", "Tea"]);
    let lines = page.texts("tbody tr");
    assert_eq!(lines[3], "Plan plan Text guessed 75 % pro · free");
    assert_eq!(lines[4], "Tea tea Yes or no guessed 25 % yes");
    assert!(!page.visible().contains("sample"), "all were looked at");
    mara.visit(&app.path("attributes?q=LA")).shows("Plan").shows("Last name").hides("Iban");
    mara.visit(&app.path("attributes?q=%25")).shows("No attribute matches “%”");
    mara.visit(&app.path("attributes?show=retired")).shows("No retired attributes");
    mara.visit("/acme/test/attributes").shows("No attributes yet");
    let page = mara.visit(&app.path("attributes/show?name=plan")).clone();
    page.check_markup();
    assert_eq!(page.texts("tbody tr"), ["pro 2 66 %", "free 1 33 %"]);
    page.shows("guessed from the first value").shows("Not shown").shows("to find people");
    assert_eq!(page.count("main form"), 0, "she may only read");
    mara.get(&app.path("attributes/show?name=nothing")).expect(404);
    mara.get(&app.path("attributes/show")).expect(404);
}

#[test]
fn pages_of_the_catalogue_go_on_where_the_last_one_ended() {
    let app = App::new();
    app.add((0..120).fold(Person::new("c-1"), |it, n| it.set(&format!("a/{n:03}"), n)));
    let mut ada = app.browser(Role::Admin);
    let first = ada.visit(&app.path("attributes")).texts("tbody td.id");
    let second = ada.click("Next").texts("tbody td.id");
    let third = ada.click("Next").texts("tbody td.id");
    assert_eq!((first.len(), second.len(), third.len()), (50, 50, 20));
    assert_eq!((first[0].as_str(), second[0].as_str(), third[19].as_str()), ("a/000", "a/050", "a/119"));
    assert_eq!(ada.click("Previous").texts("tbody td.id"), second);
}

#[test]
fn a_frequent_value_leads_to_everybody_who_has_it() {
    let app = app();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("attributes/show?name=plan"));
    let found = mara.click("pro").expect(200).shows("Ann Berg").shows("c-2").hides("c-3").clone();
    assert_eq!(found.attr("input[name=q]", "value"), "plan:pro");
    mara.visit(&app.path("attributes/show?name=tea"));
    assert_eq!(mara.click("yes").expect(200).texts("tbody a.open"), ["c-2"]);
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true");
    assert_eq!(mara.visit(&app.path("attributes/show?name=plan")).link("pro"), None);
}

#[test]
fn a_new_attribute_is_made_once() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes"));
    ada.click("Create attribute").expect(200).check_markup();
    let fields =
        [("Source name", "shoe_size"), ("Display name", "Size of shoe"), ("Description", "EU"), ("Number", "yes")];
    ada.submit("Create attribute", &fields).expect(303);
    ada.follow()
        .expect(200)
        .shows("Attribute created.")
        .shows("Size of shoe")
        .shows("Number, chosen")
        .shows("Nobody has a value.");
    assert!(rows(&app).contains(&"shoe_size number t".to_owned()));
    assert_eq!(app.db.one("SELECT detail->>'attribute' FROM audit_log WHERE action = 'attribute made'"), "shoe_size");

    for (name, display_name, rule) in [
        ("shoe_size", "", "The attribute shoe_size already exists. Edit that one instead."),
        ("plan", "", "The attribute plan already exists"),
        ("foot", "size OF shoe", "The attribute shoe_size already has this display name."),
        (" ", "", "Enter a name."),
        ("a\nb", "", "A source name can have 1 to 256 characters"),
        ("x", &"y".repeat(61), "Use at most 60 characters. This has 61."),
    ] {
        ada.visit(&app.path("attributes/new"));
        let page = ada.submit("Create attribute", &[("Source name", name), ("Display name", display_name)]).expect(422);
        page.shows(rule).check_markup();
        assert_eq!(page.attr("input#display_name", "value"), display_name, "as it was typed");
    }
    assert_eq!(app.db.number("SELECT count(*) FROM attribute_definitions"), 6);
}

#[test]
fn a_name_may_hold_anything() {
    let app = App::new();
    for name in ["a/b", "..", "50%", "%2F", "Größe & Gewicht", "a?b=c#d", "<b>\"x\"</b>", "日本", "+1"] {
        app.add(Person::new("c-1").set(name, "here"));
        let mut ada = app.browser(Role::Admin);
        let list = ada.visit(&app.path("attributes")).clone();
        let row = list.texts("tbody td.id").iter().position(|it| it == name).unwrap_or_else(|| panic!("{name}"));
        let address = list.attrs("tbody th a", "href")[row].clone();
        ada.visit(&address).shows("here").check_markup();
        ada.click("Edit").expect(200);
        ada.submit("Save attribute", &[("Description", "About it")]).expect(303);
        ada.follow().expect(200).shows("Attribute saved.").shows("About it");
        ada.click("Change type").expect(200);
        ada.submit("See what would change", &[("List", "yes")]).expect(200).shows("Can be converted 1");
        ada.submit("Change type", &[]).expect(303);
        ada.follow().expect(200).shows("Type changed to list.");
        ada.submit("Retire", &[]).expect(303);
        ada.follow().expect(200).shows("Attribute retired.");
    }
}

#[test]
fn what_is_known_of_an_attribute_is_changed() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/edit?name=plan")).check_markup();
    let fields = [
        ("Display name", " Tariff  plan "),
        ("Description", "What they pay for"),
        ("Position on profiles", "2"),
        ("Show in profile list", "yes"),
        ("Indexed", "yes"),
    ];
    ada.submit("Save attribute", &fields).expect(303);
    let page = ada.follow().expect(200).clone();
    page.shows("Tariff plan").shows("What they pay for").shows("Shown as a column").shows("plan:…");
    assert_eq!(
        app.db.one("SELECT concat_ws('|', display_name, place, in_table, is_indexed, is_sensitive, is_typed) FROM attribute_definitions WHERE name = 'plan'"),
        "Tariff plan|2|t|t|f|f"
    );
    ada.click("Edit");
    assert_eq!(ada.page().attr("#place", "value"), "2");
    ada.submit("Save attribute", &[("Position on profiles", "first")])
        .expect(422)
        .shows("Enter a number from 1")
        .check_markup();
    ada.visit(&app.path("attributes/edit?name=tea"));
    ada.submit("Save attribute", &[("Display name", "tariff PLAN")])
        .expect(422)
        .shows("The attribute plan already has this display name.");
    ada.visit(&app.path("attributes/edit?name=plan"));
    ada.submit("Save attribute", &[("Position on profiles", ""), ("Show in profile list", "no"), ("Indexed", "no")])
        .expect(303);
    assert_eq!(
        app.db.number("SELECT count(*) FROM attribute_definitions WHERE in_table OR is_indexed OR place IS NOT NULL"),
        0
    );
}

#[test]
fn the_list_has_room_for_eight_columns() {
    let app = App::new();
    app.add((0..9).fold(Person::new("c-1"), |it, n| it.set(&format!("a{n}"), n)));
    app.db.run("UPDATE attribute_definitions SET in_table = true WHERE name < 'a8'");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/edit?name=a8"));
    ada.submit("Save attribute", &[("Show in profile list", "yes")])
        .expect(422)
        .shows("It shows A0, A1")
        .check_markup();
    ada.visit(&app.path("attributes/edit?name=a7"));
    ada.submit("Save attribute", &[("Display name", "Seven")]).expect(303);
}

#[test]
fn a_column_is_put_into_the_list_and_taken_off_from_the_catalogue() {
    let app = App::new();
    app.add((0..10).fold(Person::new("c-1"), |it, n| it.set(&format!("a{n}"), n)));
    let mut ada = app.browser(Role::Admin);
    let columns = || app.db.number("SELECT count(*) FROM attribute_definitions WHERE in_table");
    for n in 1..=10 {
        ada.visit(&app.path("attributes?q=a")).check_markup();
        ada.submit_in("tbody", &format!("Show A{}", n - 1), &[]).expect(303);
        assert_eq!(ada.page().location(), app.path("attributes?q=a"), "to where one was");
        let said =
            if n <= 8 { "is now a column in the profile list." } else { "The profile list already has 8 columns" };
        ada.follow().expect(200).shows(said);
        assert_eq!(columns(), n.min(8));
    }
    ada.submit("Hide A2", &[]).expect(303);
    ada.follow().expect(200).shows("A2 is no longer a column in the profile list.");
    assert_eq!(columns(), 7);
}

#[test]
fn values_of_sensitive_attributes_are_not_listed() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes")).shows("DE89 3704");
    ada.visit(&app.path("attributes/edit?name=iban"));
    ada.submit("Save attribute", &[("Sensitive", "yes")]).expect(303);
    ada.follow().expect(200).hides("DE89").shows("Values of a sensitive attribute are not listed.").shows("25 %");
    ada.visit(&app.path("attributes")).hides("DE89").shows("hidden");
    ada.visit(&app.path("attributes/type?name=iban&kind=number")).hides("DE89").shows("Hidden").shows("Ann Berg");
}

#[test]
fn a_retired_attribute_stays_on_profiles_and_is_brought_back() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/show?name=plan"));
    ada.submit("Retire", &[]).expect(303);
    ada.follow().expect(200).shows("Profiles keep their values").check_markup();
    ada.visit(&app.path("attributes")).hides("Plan").shows("Retired 1");
    ada.visit(&app.path("attributes?show=retired")).shows("Plan");
    ada.visit(&app.path("attributes/new"));
    ada.submit("Create attribute", &[("Source name", "plan")]).expect(422).shows("is retired. Restore it instead.");
    let profile = app.add(Person::new("c-9").set("plan", "team"));
    ada.visit(&app.profile(profile, "")).shows("team");
    ada.visit(&app.path("attributes/show?name=plan"));
    ada.submit("Restore", &[]).expect(303);
    ada.follow().expect(200).shows("Attribute restored.");
    assert_eq!(app.db.number("SELECT count(*) FROM attribute_definitions WHERE retired_at IS NOT NULL"), 0);
    let actions = "SELECT action FROM audit_log WHERE detail->>'attribute' = 'plan' ORDER BY at, id";
    assert_eq!(app.db.column(actions), ["attribute retired", "attribute brought back"]);
}

#[test]
fn what_kith_keeps_itself_says_so() {
    let app = app();
    super::define(&app, "plan", "origin = 'membership'");
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.path("attributes/show?name=plan")).clone();
    page.shows("follows a segment").check_markup();
    assert_eq!(page.link("Change type"), None);
    ada.visit(&app.path("attributes/type?name=plan&kind=number")).shows("Its type cannot be changed either.");
    ada.visit(&app.path("attributes/show?name=tea"));
    let token = ada.token();
    let form =
        [("csrf", token.as_str()), ("name", "plan"), ("kind", "number")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    ada.post(&app.path("attributes/type"), &form).expect(303);
    assert!(rows(&app).contains(&"plan text f".to_owned()));
    assert_eq!(
        app.db.one("SELECT attributes->'plan' FROM profiles WHERE attributes @> '{\"plan\": \"free\"}'"),
        json!("free").to_string()
    );
}
