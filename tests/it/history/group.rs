use kith::{
    ingest::{Identify, Item, Person as Who, Statement},
    ledger::Source,
};

use super::{attribute, changes, customer, group_of, import, submit, support};
use crate::support::{Person, build::attribute as named};

#[test]
fn all_of_a_call_goes_back_but_what_was_changed_since() {
    let (app, _, tab) = customer();
    import(
        &app,
        "plans.csv",
        Person::new("c-1").set("plan", "pro").set("city", "Kochi").tag("gift").email("p@example.com"),
    );
    let group = group_of(&app, &tab, "city");
    import(&app, "newer.csv", Person::new("c-1").set("city", "Mysore"));
    let before = changes(&app);
    let mut sanjay = support(&app);
    let page = sanjay.visit(&group).clone();
    page.check_markup();
    page.shows("Undo the changes of this import for this person?")
        .shows("3 changes will be undone, 1 will stay as it is");
    page.shows("Not undone. City was changed again on 22 November 2026, 04:24:05 UTC by Import newer.csv, to Mysore.");
    assert_eq!(changes(&app), before);
    sanjay.submit("Undo for this person", &[]).expect(303);
    sanjay.follow().shows("3 changes undone, 1 left as it is.");
    assert_eq!(attribute(&app, "plan"), ["free"]);
    assert_eq!(attribute(&app, "city"), ["Mysore"]);
    assert_eq!(app.db.one("SELECT tags FROM profiles"), "{vip}");
    assert_eq!(app.db.one("SELECT address FROM addresses"), "priya@example.com");
    assert_eq!(changes(&app), before + 3, "the ledger has kept everything");
    let groups =
        "SELECT count(DISTINCT group_id) FROM changes WHERE reason LIKE 'Undo of the import by Import plans.csv on %'";
    assert_eq!(app.db.number(groups), 1);

    // The undo is one form, and undone as such.
    sanjay.visit(&group_of(&app, &tab, "plan")).shows("Undo the changes of this form for this person?");
    sanjay.submit("Undo for this person", &[]).expect(303);
    sanjay.follow().shows("3 changes undone.");
    assert_eq!(attribute(&app, "plan"), ["pro"]);
    assert_eq!(app.db.one("SELECT tags FROM profiles"), "{gift,vip}");
}

#[test]
fn several_changes_of_one_thing_go_back_at_once() {
    let (app, _, tab) = customer();
    let now = app.clock.now();
    let step = |plan: &str, seconds| {
        let said = Identify { attributes: vec![named("plan", Some(plan.into()))], ..Identify::default() };
        let profile = app.db.one("SELECT id FROM profiles").parse().unwrap();
        let as_of = now + chrono::TimeDelta::seconds(seconds);
        Item { person: Who::Profile(profile), as_of, statement: Statement::Identify(said) }
    };
    submit(&app, &Source::key("shop"), &[step("silver", 1), step("gold", 2), step("platinum", 3)]);
    let mut sanjay = support(&app);
    let page = sanjay.visit(&group_of(&app, &tab, "plan")).clone();
    page.shows("3 changes will be undone").shows("Undone: 3 changes at once");
    sanjay.submit("Undo for this person", &[]).expect(303);
    sanjay.follow().shows("3 changes undone.");
    assert_eq!(attribute(&app, "plan"), ["free"]);
    assert_eq!(
        app.ledger().kind("attribute").lines().last().map(String::as_str),
        Some(r#"Sanjay Rao: attribute plan "platinum" -> "free""#)
    );
}

#[test]
fn a_call_that_made_somebody_leaves_what_finds_them() {
    let (app, profile, tab) = customer();
    let mut sanjay = support(&app);
    let page = sanjay.visit(&group_of(&app, &tab, "plan")).clone();
    page.shows("An undo cannot remove a person").shows("This is the only identifier of this person");
    page.shows("5 changes will be undone, 2 will stay as they are");
    sanjay.submit("Undo for this person", &[]).expect(303);
    sanjay.follow().shows("5 changes undone, 2 left as they are.").shows("c-1");
    assert_eq!(app.db.column("SELECT value FROM profile_identifiers"), ["c-1"]);
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), "{}");
    assert_eq!(app.add(Person::new("c-1")), profile);
}

#[test]
fn the_same_form_twice_undoes_once() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro").set("city", "Kochi"));
    let mut sanjay = support(&app);
    sanjay.visit(&group_of(&app, &tab, "city"));
    let form = sanjay.fill("main", "Undo for this person", &[]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    let before = app.db.digest_of_state();
    sanjay.post(&form.action, &form.pairs).expect(303);
    sanjay.follow().shows("Nothing changed. It is already as it was before.");
    assert_eq!(app.db.digest_of_state(), before);
    sanjay.visit(&form.action).shows("No change of this import can be undone for this person");
}

#[test]
fn a_group_of_somebody_else_is_not_there() {
    let (app, _, tab) = customer();
    app.add(Person::new("c-2").set("plan", "basic"));
    let mut sanjay = support(&app);
    for address in [group_of(&app, &tab, "plan"), format!("{tab}/groups/none/undo")] {
        let token = sanjay.visit("/account").attr("input[name=csrf]", "value");
        sanjay.get(&address).expect(404);
        sanjay.post(&address, &[("csrf".to_owned(), token)]).expect(404);
    }
}
