use kith::auth::Role;
use serde_json::json;

use super::rows;
use crate::support::{App, Person};

#[test]
fn a_dry_run_lists_what_does_not_convert_and_changes_nothing() {
    let app = App::new();
    for (id, age) in [("1", json!("41")), ("2", json!(7)), ("3", json!("old")), ("4", json!("old")), ("5", json!([1]))]
    {
        app.add(Person::new(id).name("Ann", id).set("age", age));
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
    }
    app.add(Person::new("6").set("plan", "x"));
    let before = app.db.digest(&["profiles", "changes", "attribute_definitions", "jobs"]);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/show?name=age"));
    ada.click("Change type").expect(200).check_markup();
    let page = ada.submit("See what would change", &[("Number", "yes")]).expect(200).clone();
    page.check_markup();
    page.shows("Have a value 5 profiles")
        .shows("Fit already 1")
        .shows("Can be converted 1")
        .shows("Cannot be converted 3, stay as they are");
    assert_eq!(page.texts("tbody tr"), ["old 2 Ann 3, Ann 4", "1 1 Ann 5"]);
    assert_eq!(app.db.digest(&["profiles", "changes", "attribute_definitions", "jobs"]), before);

    ada.submit("Change type", &[]).expect(303);
    ada.follow()
        .expect(200)
        .shows("Type changed to number. Values converted: 1. 3 values cannot be converted and stay as they are.");
    let values = "SELECT attributes->'age' FROM profiles WHERE attributes ? 'age' ORDER BY (attributes->'age')::text";
    assert_eq!(app.db.column(values), ["\"old\"", "\"old\"", "41", "7", "[1]"]);
    assert!(rows(&app).contains(&"age number t".to_owned()));
    let ledger = "SELECT concat_ws(' ', before, after, group_id = (SELECT id FROM jobs), reason) FROM changes \
                  WHERE subject = 'age' AND before IS NOT NULL";
    assert_eq!(app.db.column(ledger), ["\"41\" 41 t Age to number"]);
    // Again, nothing is left to do.
    ada.visit(&app.path("attributes/type?name=age&kind=number"));
    ada.submit("Change type", &[]).expect(303);
    ada.follow().expect(200).shows("Values converted: 0.");
    assert_eq!(app.db.number("SELECT count(*) FROM changes WHERE reason IS NOT NULL"), 1);
}

#[test]
fn a_value_that_was_converted_is_as_old_as_it_was() {
    let app = App::new();
    app.add(Person::new("1").set("age", "41").said_at("2026-11-10T00:00:00Z"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/type?name=age&kind=number"));
    ada.submit("Change type", &[]).expect(303);
    app.add(Person::new("1").set("age", "40").said_at("2026-11-09T00:00:00Z"));
    assert_eq!(app.db.one("SELECT attributes->'age' FROM profiles"), "41", "older, though it arrives later");
    app.add(Person::new("1").set("age", "42").said_at("2026-11-11T00:00:00Z"));
    assert_eq!(
        app.db.one("SELECT attributes->'age' FROM profiles"),
        "42",
        "newer, though it was said before the change"
    );
}

#[test]
fn all_portions_of_a_change_are_done() {
    let app = App::new();
    let items: Vec<_> = (0..1_200)
        .flat_map(|n| Person::new(&format!("c-{n}")).set("n", n.to_string()).set("m", n).items(app.clock.now()))
        .collect();
    crate::support::build::submit(&app.state.db, app.live, app.clock.now(), &items);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/type?name=n&kind=list"));
    ada.submit("Change type", &[]).expect(303);
    // What does not fit into the request is done by housekeeping.
    kith::jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("it goes on");
    app.clock.advance(chrono::TimeDelta::seconds(120));
    kith::jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("it goes on");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE jsonb_typeof(attributes->'n') = 'array'"), 1_200);
    assert_eq!(
        app.db.one("SELECT concat_ws(' ', looked_at, changed, refused, finished_at IS NOT NULL) FROM jobs"),
        "1200 1200 0 t"
    );
}

#[test]
fn dates_are_texts_that_are_looked_at_all_the_same() {
    let app = App::new();
    for (id, since) in [("1", json!("2026-11-22")), ("2", json!("22.11.2026")), ("3", json!(" 2026-11-23 "))] {
        app.add(Person::new(id).set("since", since));
    }
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/type?name=since&kind=date"))
        .shows("Fit already 1")
        .shows("Can be converted 1")
        .shows("22.11.2026");
    ada.submit("Change type", &[]).expect(303);
    ada.follow().expect(200).shows("Values converted: 1. 1 value cannot be converted and stays as it is.");
    let values = app.db.column("SELECT attributes->>'since' FROM profiles ORDER BY attributes->>'since'");
    assert_eq!(values, ["2026-11-22", "2026-11-23", "22.11.2026"]);
}
