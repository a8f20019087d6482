use kith::{
    attributes::{AttributeName, Attributes},
    auth::Role,
    ingest::{Item, Person as Who, Statement},
    ledger::Source,
    registers::Correction,
};
use serde_json::json;

use super::{address_of, attribute, changes, customer, import, open, submit, support, undo, value};
use crate::support::{Person, build::attribute as named};

#[test]
fn a_change_goes_back_and_both_stay_in_the_ledger() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    let before = changes(&app);
    let mut sanjay = support(&app);
    let page = open(&mut sanjay, &tab, "Plan").clone();
    page.check_markup();
    page.shows("Undo this change of Plan?").shows("Import plans.csv");
    assert_eq!(page.texts(".facts dd strong"), ["free"]);
    assert_eq!(changes(&app), before, "looking changes nothing");
    assert_eq!(undo(&mut sanjay, &tab, "Plan"), "Change undone.");
    assert_eq!(attribute(&app, "plan"), ["free"]);
    assert_eq!(
        app.ledger().kind("attribute").lines().iter().filter(|row| row.contains("plan")).collect::<Vec<_>>(),
        [
            r#"API key test: attribute plan - -> "free""#,
            r#"Import plans.csv: attribute plan "free" -> "pro""#,
            r#"Sanjay Rao: attribute plan "pro" -> "free""#
        ]
    );
    let reason = app.db.one("SELECT reason FROM changes WHERE reason IS NOT NULL");
    assert_eq!(reason, "Undo of the change by Import plans.csv on 22 November 2026, 04:24:05 UTC");
    sanjay.page().shows("Undo of the change by Import plans.csv");
}

#[test]
fn the_undo_is_undone_in_turn() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    let mut sanjay = support(&app);
    for expected in ["free", "pro", "free"] {
        undo(&mut sanjay, &tab, "Plan");
        assert_eq!(attribute(&app, "plan"), [expected]);
    }
    assert_eq!(changes(&app), 7 + 1 + 3, "each is a row more");
}

#[test]
fn a_value_that_was_set_goes_and_one_that_went_comes_back() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    undo(&mut sanjay, &tab, "Plan");
    assert_eq!(attribute(&app, "plan"), ["null"]);
    undo(&mut sanjay, &tab, "Plan");
    assert_eq!(attribute(&app, "plan"), ["free"]);
    undo(&mut sanjay, &tab, "vip");
    assert_eq!(app.db.one("SELECT tags FROM profiles"), "{}");
    undo(&mut sanjay, &tab, "vip");
    assert_eq!(app.db.one("SELECT tags FROM profiles"), "{vip}");
    undo(&mut sanjay, &tab, "Email");
    assert_eq!(app.db.one("SELECT address FROM addresses"), "null");
    undo(&mut sanjay, &tab, "Email");
    assert_eq!(app.db.one("SELECT address FROM addresses"), "priya@example.com");
}

#[test]
fn what_was_changed_again_stays_and_says_by_whom() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    let older = address_of(&app, &tab, "plan");
    import(&app, "newer.csv", Person::new("c-1").set("plan", "gold"));
    let mut sanjay = support(&app);
    let page = sanjay.visit(&older).clone();
    page.check_markup();
    page.shows("This change of Plan cannot be undone");
    page.shows(
        "Plan was changed again on 22 November 2026, 04:24:05 UTC by Import newer.csv, to gold. Undo that change first.",
    );
    assert_eq!(page.count("form.body"), 0, "nothing to press");
    let before = app.db.digest(&["profiles", "changes"]);
    let token = sanjay.visit("/account").attr("input[name=csrf]", "value");
    sanjay.post(&older, &[("csrf".to_owned(), token)]).expect(409).shows("Undo that change first.");
    assert_eq!(app.db.digest(&["profiles", "changes"]), before);
    sanjay.visit(&older);
    sanjay.click("Show that change").expect(200).shows("Undo this change of Plan?");
    sanjay.submit("Undo change", &[]).expect(303);
    assert_eq!(attribute(&app, "plan"), ["pro"]);
    sanjay.visit(&older).shows("Undo this change of Plan?");
}

#[test]
fn a_change_between_page_and_button_is_seen() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    let mut sanjay = support(&app);
    open(&mut sanjay, &tab, "Plan");
    import(&app, "newer.csv", Person::new("c-1").set("plan", "gold"));
    sanjay.submit("Undo change", &[]).expect(409).shows("by Import newer.csv, to gold");
    assert_eq!(attribute(&app, "plan"), ["gold"]);
}

/// Whoever said it last had a clock that was ahead, and is put right all the same.
#[test]
fn a_sender_from_the_future_is_undone_too() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro").said_at("2027-05-01T00:00:00Z"));
    undo(&mut support(&app), &tab, "Plan");
    assert_eq!(attribute(&app, "plan"), ["free"]);
}

#[test]
fn the_same_form_twice_undoes_once() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    let mut sanjay = support(&app);
    open(&mut sanjay, &tab, "Plan");
    let form = sanjay.fill("main", "Undo change", &[]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    let before = app.db.digest(&["profiles", "changes"]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    sanjay.follow().shows("Nothing changed. It is already as it was before.");
    assert_eq!(app.db.digest(&["profiles", "changes"]), before);
    sanjay.visit(&form.action).shows("Plan is already as it was before");
}

#[test]
fn somebody_elses_change_is_not_there() {
    let (app, _, tab) = customer();
    let other = app.add(Person::new("c-2").set("plan", "basic"));
    let mut sanjay = support(&app);
    let theirs = address_of(&app, &tab, "plan");
    assert!(app.db.one("SELECT profile_id FROM changes WHERE after = '\"basic\"'") == other.to_string());
    let token = sanjay.visit("/account").attr("input[name=csrf]", "value");
    let bad = [theirs, format!("{tab}/none/undo"), format!("{tab}/0-00000000000000000000000000000000/undo")];
    for address in bad {
        sanjay.get(&address).expect(404);
        sanjay.post(&address, &[("csrf".to_owned(), token.clone())]).expect(404);
    }
    assert_eq!(attribute(&app, "plan"), ["free", "basic"]);
}

#[test]
fn answers_devices_and_pins_go_back() {
    use kith::subscriptions::SubscriptionState::{Subscribed, Unsubscribed};
    let (app, profile, tab) = customer();
    let person = || Person::new("c-1");
    import(&app, "a.csv", person().wants("email", Subscribed).consent("gdpr.news", true).device("token-1", "Pixel 8"));
    import(
        &app,
        "b.csv",
        person().wants("email", Unsubscribed).consent("gdpr.news", false).device("token-1", "Pixel 9"),
    );
    let mut sanjay = support(&app);
    // What somebody agreed to is for admins.
    sanjay.visit(&tab).hides("Undo of gdpr.news").shows("Undo of Device token-1");
    let newest = app.db.one(
        "SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '') \
         FROM changes WHERE kind = 'subscription' ORDER BY recorded_at DESC LIMIT 1",
    );
    sanjay.visit(&format!("{tab}/{newest}/undo")).shows("Only an admin can change what this person receives");
    undo(&mut sanjay, &tab, "Device");
    let mut rosa = app.browser(Role::Admin);
    for subject in ["Email Subscription", "gdpr.news"] {
        undo(&mut rosa, &tab, subject);
    }
    assert_eq!(app.db.one("SELECT state FROM subscriptions"), "subscribed");
    assert_eq!(app.db.one("SELECT given FROM consents"), "true");
    assert_eq!(app.db.one("SELECT model FROM devices"), "Pixel 8");
    let first = app.db.one(
        "SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '') \
         FROM changes WHERE kind = 'consent' AND before IS NULL",
    );
    rosa.visit(&format!("{tab}/{first}/undo")).shows("an answer cannot be removed");

    sanjay.visit(&app.profile(profile, "/notes"));
    sanjay.submit("Add note", &[("New note", "Prefers tea")]).expect(303);
    sanjay.follow();
    sanjay.submit("Pin", &[]).expect(303);
    undo(&mut sanjay, &tab, "Note");
    assert_eq!(app.db.one("SELECT pinned FROM notes"), "false");
}

#[test]
fn what_kith_works_out_stays() {
    let (app, _, tab) = customer();
    app.db.run(&format!(
        "INSERT INTO attribute_definitions (environment_id, name, type, origin, created_at) \
         VALUES ({}, 'plan', 'text', 'calculated', '2026-01-01') \
         ON CONFLICT (environment_id, name) DO UPDATE SET origin = 'calculated'",
        app.live
    ));
    open(&mut support(&app), &tab, "Plan").shows("Plan is calculated from events");
}

#[test]
fn being_made_is_not_undone_and_a_merge_has_its_own_way() {
    let (app, profile, tab) = customer();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&address_of(&app, &tab, "profile")).shows("An undo cannot remove a person");
    let other = app.add(Person::new("c-2").name("P.", "Nair"));
    ada.visit(&app.profile(profile, &format!("/merge?with={other}")));
    ada.submit("Merge into Priya Nair", &[]).expect(303);
    let page = ada.visit(&tab).clone();
    let rows = page.texts("table.history tbody tr");
    let place = rows.iter().position(|row| row.starts_with("P. Nair was merged into this profile")).expect("the merge");
    let css = format!("table.history tbody tr:nth-child({}) td:last-child a", place + 1);
    let address = page.attr(&css, "href");
    assert!(address.contains("/merges/"), "{address}");
    ada.visit(&address).shows("Undo the merge of P. Nair into Priya Nair?");
    ada.visit(&address_of(&app, &tab, &other.to_string())).shows("A merge can only be undone as a whole");
    ada.visit(&app.profile(other, "/history")).shows("was merged into this profile");
    let past = ada.click("P. Nair, before the merge").expect(200).clone();
    past.check_markup();
    let rows = past.texts("table.history tbody tr");
    assert!(rows[0].starts_with("Merged into Priya Nair"), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("ID Identifier nothing c-2")), "{rows:?}");
    assert!(!past.visible().contains("Undo of"), "it is past");
    ada.click("First name").expect(200).shows("P. Nair, before the merge").shows("Only First name").hides("c-2");
    let stranger = app.add(Person::new("c-3"));
    ada.get(&format!("{tab}?part={stranger}")).expect(404);
}

#[test]
fn a_marketer_undoes_nothing() {
    let (app, _, tab) = customer();
    let mut mara = app.browser(Role::Marketer);
    mara.get(&address_of(&app, &tab, "plan")).expect(403).shows("edit profiles");
    mara.get(&super::group_of(&app, &tab, "plan")).expect(403);
    support(&app)
        .get(&super::group_of(&app, &tab, "plan").replace("/undo", "/everybody"))
        .expect(403)
        .shows("manage attributes, tags and events");
}

/// Values that Postgres writes in another way are the same.
#[test]
fn numbers_are_compared_by_worth() {
    let (app, _, tab) = customer();
    import(&app, "a.csv", Person::new("c-1").set("rank", serde_json::from_str::<serde_json::Value>("1e2").unwrap()));
    let (name, _) = named("rank", None);
    let name = AttributeName::new(name.as_str()).unwrap();
    let correction = Correction::new::<Attributes>(name, Some(&Some(value(json!(100)))), Some(value(json!(200))));
    let fix = Statement::Correct(vec![correction]);
    let profile: kith::db::ids::ProfileId = app.db.one("SELECT id FROM profiles").parse().unwrap();
    let item = Item { person: Who::Profile(profile), as_of: app.clock.now(), statement: fix };
    submit(&app, &Source::import("b.csv"), &[item]);
    assert_eq!(attribute(&app, "rank"), ["200"]);
    let mut sanjay = support(&app);
    undo(&mut sanjay, &tab, "Rank");
    assert_eq!(attribute(&app, "rank"), ["100"]);
}
