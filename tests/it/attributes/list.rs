//! Columns and conditions of the list of profiles.

use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Page, Person};

fn app() -> App {
    let app = App::new();
    app.add(Person::new("c-1").name("Ann", "Berg").set("plan", "pro").set("age", 41).set("iban", "DE89").tag("vip"));
    app.add(Person::new("c-2").name("Bo", "Cruz").set("plan", "free").set("age", "41").set("is_member", true));
    app.add(
        Person::new("c-3")
            .name("Cy", "Dorn")
            .set("plan", "pro")
            .set("favourite drink", "green tea")
            .set("sizes", json!(["s", 7])),
    );
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'iban'");
    app
}

fn names(page: &Page) -> Vec<String> {
    let mut names = page.texts("tbody th a.open");
    names.sort();
    names
}

#[test]
fn attributes_in_the_table_are_columns_in_the_catalogues_order() {
    let app = app();
    let mut mara = app.browser(Role::Marketer);
    // The live list is asked for the first time below: its columns are remembered for a while.
    app.db.run("UPDATE attribute_definitions SET in_table = true WHERE name IN ('plan', 'age', 'iban', 'sizes')");
    app.db.run("UPDATE attribute_definitions SET place = 1, display_name = 'Tariff' WHERE name = 'plan'");
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'iban'");
    app.db.run("UPDATE attribute_definitions SET retired_at = created_at WHERE name = 'sizes'");
    app.add(Person::new("c-4").set("plan", "x".repeat(100)));
    let page = mara.visit(&app.path("profiles?sort=name")).clone();
    page.check_markup();
    assert_eq!(page.texts("thead th")[3..], ["Tariff", "Age", "Iban", "Created", "Last seen"]);
    let cells = |row: usize| page.texts(&format!("tbody tr:nth-child({row}) td"))[2..5].to_vec();
    assert_eq!(cells(2), ["pro", "41", "hidden"]);
    assert_eq!(cells(3), ["free", "41", "–"]);
    assert_eq!(cells(1)[0], format!("{}…", "x".repeat(60)));
    assert_eq!(page.attr("tbody tr:nth-child(1) a.open", "title"), "x".repeat(100), "the whole of what is cut");
    assert!(page.text("tbody tr:nth-child(2) .fold").starts_with("Tariff pro · Age 41 · Iban hidden · Created "));
    assert!(!page.has_source("DE89"));
    mara.visit("/acme/test/profiles").hides("Tariff");
}

#[test]
fn conditions_find_people() {
    let app = app();
    app.db.run("UPDATE attribute_definitions SET display_name = 'Tariff' WHERE name = 'plan'");
    let mut mara = app.browser(Role::Marketer);
    let mut found = |typed: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
        names(mara.visit(&app.path(&format!("profiles?{query}"))))
    };
    for (typed, expected) in [
        ("plan:pro", vec!["Ann Berg", "Cy Dorn"]),
        ("plan:Pro", vec!["Ann Berg", "Cy Dorn"]),
        ("plan:\"Pro\"", vec!["Ann Berg", "Cy Dorn"]),
        ("-plan:pro", vec!["Bo Cruz"]),
        ("plan:*", vec!["Ann Berg", "Bo Cruz", "Cy Dorn"]),
        ("-plan:*", vec![]),
        ("Plan:Pro", vec!["Ann Berg", "Cy Dorn"]),
        ("TARIFF:free", vec!["Bo Cruz"]),
        ("\"Is member\":yes", vec!["Bo Cruz"]),
        ("Tag:VIP", vec!["Ann Berg"]),
        ("tag:vip,Other", vec!["Ann Berg"]),
        ("plan:pro,free", vec!["Ann Berg", "Bo Cruz", "Cy Dorn"]),
        ("plan:pro ann", vec!["Ann Berg"]),
        ("berg plan:pro tag:vip", vec!["Ann Berg"]),
        ("tag:vip,other", vec!["Ann Berg"]),
        ("tag:vip plan:free", vec![]),
        ("age:41", vec!["Ann Berg", "Bo Cruz"]),
        ("age:41.0", vec!["Ann Berg", "Bo Cruz"]),
        ("age:\"41\"", vec!["Ann Berg", "Bo Cruz"]),
        ("age>40 age<=41", vec!["Ann Berg", "Bo Cruz"]),
        ("is_member:yes", vec!["Bo Cruz"]),
        ("is_member:true", vec!["Bo Cruz"]),
        ("is_member:no", vec![]),
        ("\"favourite drink\":\"green tea\"", vec!["Cy Dorn"]),
        ("sizes:s", vec!["Cy Dorn"]),
        ("sizes:7", vec!["Cy Dorn"]),
        ("age:1e99999999", vec![]),
        ("tag:\"'; --\"", vec![]),
        ("\"plan:pro\"", vec![]),
        ("ann berg", vec!["Ann Berg"]),
    ] {
        assert_eq!(found(typed), expected, "{typed}");
    }
}

#[test]
fn a_condition_that_cannot_be_asked_says_why() {
    let app = app();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.get(&app.path("profiles?q=plam:pro")).expect(422).clone();
    page.shows("No attribute is called “plam”").shows("put them in quotation marks").check_markup();
    assert_eq!(names(&page), Vec::<String>::new());
    assert_eq!(names(mara.click("plan:pro").expect(200)), ["Ann Berg", "Cy Dorn"]);
    mara.get(&app.path("profiles?q=nothing+like+it%3Ax"))
        .expect(422)
        .shows("No attribute is called “it”")
        .hides("Did you mean");
    let page = mara
        .get(&app.path("profiles?q=iban%3ADE89"))
        .expect(422)
        .shows("You cannot filter by Iban: it is sensitive.")
        .clone();
    page.check_markup();
    mara.get(&app.path("profiles?q=plan%3E3"))
        .expect(422)
        .shows("Plan is text: it has no order.")
        .shows("At character 1")
        .check_markup();
}

#[test]
fn an_identifier_with_a_colon_is_found_as_it_stands() {
    let app = app();
    app.add(Person::new("urn:shop:7").name("Uma", "Ray"));
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(names(mara.visit(&app.path("profiles?open=no&q=urn:shop:7"))), ["Uma Ray"]);
    assert_eq!(names(mara.visit(&app.path("profiles?open=no&q=%22urn:shop%22"))), ["Uma Ray"]);
}

#[test]
fn pages_of_a_filtered_list_keep_the_condition() {
    let app = app();
    let items: Vec<_> = (0..60)
        .flat_map(|n| {
            Person::new(&format!("m-{n}")).set("plan", if n % 10 == 0 { "pro" } else { "team" }).items(app.clock.now())
        })
        .collect();
    crate::support::build::submit(&app.state.db, app.live, app.clock.now(), &items);
    let mut mara = app.browser(Role::Marketer);
    let first = names(mara.visit(&app.path("profiles?q=plan:team&sort=-created")));
    assert_eq!(first.len(), 50);
    let rest = names(mara.click("Older").expect(200));
    assert_eq!(rest.len(), 4);
}

#[test]
fn a_name_in_another_case_is_meant_only_where_no_exact_one_is_there() {
    let app = app();
    app.add(Person::new("c-5").name("Di", "Eng").set("Plan", "gold").tag("VIP"));
    app.add(Person::new("c-6").name("Ed", "Fry").tag("ViP"));
    app.db.run("UPDATE attribute_definitions SET is_indexed = true WHERE name = 'Plan'");
    let mut mara = app.browser(Role::Marketer);
    let mut found = |typed: &str| names(mara.visit(&app.path(&format!("profiles?q={typed}"))));
    assert_eq!(found("Plan:gold"), ["Di Eng"]);
    assert_eq!(found("plan:gold"), Vec::<String>::new());
    assert_eq!(found("tag:VIP"), ["Di Eng"]);
    assert_eq!(found("tag:vip"), ["Ann Berg"]);
    assert_eq!(found("tag:vIp"), ["Ann Berg", "Di Eng", "Ed Fry"]);
}

#[test]
fn with_many_columns_the_tags_stand_under_the_name() {
    let app = app();
    app.db.run("UPDATE attribute_definitions SET in_table = true WHERE name IN ('plan', 'age', 'sizes', 'is_member')");
    let page = app.browser(Role::Marketer).visit(&app.path("profiles?q=ann")).clone();
    page.check_markup();
    assert_eq!(
        page.texts("thead th"),
        ["Name", "Contact", "Age", "Is member", "Plan", "Sizes", "Created", "Last seen ↓"]
    );
    assert_eq!(page.texts("tbody th a.chip"), ["vip"]);
    assert_eq!(page.attr("[role=region]", "tabindex"), "0", "what scrolls is reached by the keyboard");
}
