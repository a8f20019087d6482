use kith::{
    attributes::Attributes,
    ingest::{Item, Person as Who, Statement},
    registers::Correction,
};
use serde_json::json;

use super::rows;
use crate::support::{App, Person, build};

#[test]
fn every_attribute_that_gets_a_value_is_in_the_catalogue() {
    let app = App::new();
    let person = Person::new("c-1")
        .set("plan", "pro")
        .set("age", 41)
        .set("is_member", true)
        .set("birthday", "1990-02-28")
        .set("sizes", json!([1, 2]))
        .set("address", json!({"city": "Riga"}))
        .unset("gone")
        .default("locale", "pl")
        .entry("groups", "acme");
    let profile = app.add(person);
    let expected = [
        "address object f",
        "age number f",
        "birthday date f",
        "groups list f",
        "is_member boolean f",
        "locale text f",
        "plan text f",
        "sizes list f",
    ];
    assert_eq!(rows(&app), expected, "what only loses its value has no type yet");
    app.add_to(app.test, Person::new("c-1").set("elsewhere", 1));
    assert_eq!(rows(&app), expected);

    // The guess stays what it is, whatever comes next.
    app.add(Person::new("c-2").set("plan", 7).set("gone", 3));
    assert!(rows(&app).contains(&"plan text f".to_owned()) && rows(&app).contains(&"gone number f".to_owned()));

    // By hand, too.
    let (name, value) = build::attribute("shoe/size", Some(json!(42)));
    let correction = Correction::new::<Attributes>(name, None, value);
    let now = app.clock.now();
    let item = Item { person: Who::Profile(profile), as_of: now, statement: Statement::Correct(vec![correction]) };
    build::submit(&app.state.db, app.live, now, &[item]);
    assert!(rows(&app).contains(&"shoe/size number f".to_owned()));
}

#[test]
fn many_names_do_not_make_it_forget_how_to_go_on() {
    let app = App::new();
    let person = |from: usize| (from..from + 3_000).fold(Person::new("c-1"), |it, n| it.set(&format!("a{n}"), n));
    for round in 0..4 {
        app.add(person(round * 3_000));
    }
    app.add(person(0));
    assert_eq!(app.db.number("SELECT count(*) FROM attribute_definitions"), 12_000);
}
