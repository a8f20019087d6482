//! What the forms of a profile refuse, and what they say.

use kith::{auth::Role, db::ids::ProfileId};

use crate::support::{App, Person};

fn priya(app: &App) -> ProfileId {
    let known = Person::new("c-1").name("Priya", "Nair").set("plan", "Free").set("city", "Lyon");
    app.add(known.set("timezone", "+05:30").set("country", "Narnia").email("a@example.com").phone("+919876543210"))
}

#[test]
fn values_out_of_range_and_unknown_places_are_refused_with_a_sentence() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    let before = app.db.digest_of_state();
    for (label, typed, said) in [
        ("Birthday", "2030-01-01", "Birthday must be between 1900-01-01 and today."),
        ("Birthday", "1800-01-01", "Birthday must be between 1900-01-01 and today."),
        ("Country", "Nowhere", "Country must be a country, such as India, or a two-letter code, such as IN."),
        ("Language", "English!", "Language must be a language, such as German, or a language tag, such as en-IN."),
        ("Time zone", "+02:00", "An offset such as +05:30 does not follow clock changes"),
    ] {
        sanjay.visit(&app.profile(id, "/edit"));
        let page = sanjay.submit("Save", &[(label, typed), ("City", "Nice")]).expect(422).clone();
        page.shows(said).check_markup();
        assert_eq!(page.attrs("[aria-invalid=true]", "value"), [typed]);
        assert!(page.attrs("input", "value").contains(&"Nice".to_owned()), "what else was typed is kept");
    }
    for (name, value) in [("birthday", "2030-01-01"), ("language", "?"), ("timezone", "+02:00")] {
        sanjay.visit(&app.profile(id, "/attributes/new"));
        sanjay.submit("Add attribute", &[("Attribute", name), ("Value", value)]).expect(422);
        sanjay.visit(&app.path("profiles/new"));
        sanjay.submit("Create profile", &[("ID", "c-9"), ("Attribute 1", name), ("Value 1", value)]).expect(422);
    }
    assert_eq!(app.db.digest_of_state(), before);
    // What a sender said is left alone by a form that does not touch it.
    sanjay.visit(&app.profile(id, "/edit"));
    sanjay.submit("Save", &[("City", "Nice")]).expect(303);
    let row = "SELECT concat_ws(' ', attributes ->> 'city', attributes ->> 'timezone', attributes ->> 'country') FROM profiles";
    assert_eq!(app.db.one(row), "Nice +05:30 Narnia");
}

#[test]
fn places_and_languages_are_chosen_by_name_and_kept_by_code() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&app.profile(id, "/edit")).clone();
    for (list, option) in [("countries", "IN"), ("languages", "de"), ("zones", "Asia/Kolkata")] {
        assert_eq!(page.count(&format!("#{list} option[value='{option}']")), 1, "{list}");
        assert_eq!(page.count(&format!("input[list={list}]")), 1, "{list}");
    }
    sanjay.submit("Save", &[("Country", "india"), ("Language", "German"), ("Time zone", "asia/kolkata")]).expect(303);
    let row = "SELECT concat_ws(' ', attributes ->> 'country', attributes ->> 'language', attributes ->> 'timezone') FROM profiles";
    assert_eq!(app.db.one(row), "IN de Asia/Kolkata");
    sanjay.follow().shows("India").shows("German").shows("Local time");
}

#[test]
fn the_same_phone_in_another_spelling_changes_nothing() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/edit?section=contact"));
    let before = app.db.digest_of_state();
    sanjay.submit("Save", &[("Phone", "+91 (98765) 43-210")]).expect(303);
    sanjay.follow().shows("Nothing changed.");
    assert_eq!(app.db.digest_of_state(), before);
}

#[test]
fn theirs_is_taken_by_a_click_and_nothing_is_saved_yet() {
    let app = App::new();
    let id = priya(&app);
    let (mut sanjay, mut ada) = (app.browser(Role::Support), app.browser(Role::Admin));
    let form = app.profile(id, "/edit?section=attributes");
    app.add(Person::new("c-1").set("size", "M").said_at("2026-11-20T10:00:00Z"));
    sanjay.visit(&form);
    ada.visit(&form);
    ada.submit("Save", &[("Plan", "Team"), ("Size", "")]).expect(303);
    let page = sanjay.submit("Save", &[("Plan", "Pro"), ("Size", "S")]).expect(409).clone();
    page.check_markup();
    assert_eq!(page.texts(".contested label"), ["Plan", "Size"]);
    page.shows("It is now “Team”").shows("Ada Moreau changed it just now. It was removed.");
    let before = app.db.digest_of_state();
    let page = sanjay.submit("Use theirs for Plan", &[]).expect(409).clone();
    page.check_markup();
    assert_eq!(page.texts(".contested label"), ["Size"], "the other is still in question");
    assert_eq!(page.attrs(".field input", "value"), ["Team", "S"]);
    let page = sanjay.submit("Use theirs for Size", &[]).expect(200).clone();
    assert_eq!(
        (page.count(".contested"), page.attrs(".field input", "value")),
        (0, vec!["Team".into(), String::new()])
    );
    assert_eq!(app.db.digest_of_state(), before);
    sanjay.visit(&page.address).shows("Edit attributes");
}

#[test]
fn what_must_be_filled_in_is_marked() {
    let app = App::new();
    let id = priya(&app);
    let mut ada = app.browser(Role::Admin);
    for (address, fields) in [
        (app.profile(id, "/events/new"), vec!["event", "occurred_at", "reason"]),
        (app.profile(id, "/attributes/new"), vec!["name", "value"]),
        (app.profile(id, "/id"), vec!["id"]),
        (app.path("tags/new"), vec!["name"]),
        (app.path("events/new"), vec!["name"]),
        (app.path("attributes/new"), vec!["name"]),
        (app.path("keys/new"), vec!["name", "per_minute"]),
    ] {
        let page = ada.visit(&address).clone();
        assert_eq!(page.attrs("[aria-required=true]", "id"), fields, "{address}");
        assert_eq!(page.texts(".must").len(), fields.len());
    }
}
