use kith::{auth::Role, db::ids::ProfileId};
use serde_json::json;

use crate::support::{App, Person};

fn priya(app: &App) -> ProfileId {
    let known = Person::new("c-1").name("Priya", "Nair").set("birthday", "1991-03-14").set("plan", "Free");
    let known =
        known.set("seats", 3).set("newsletter", true).set("sizes", json!(["S", "M"])).set("codes", json!([1, 2]));
    app.add(known.set("nested", json!({"a": 1})).email("a@example.com").said_at("2026-11-20T10:00:00Z"))
}

#[test]
fn each_section_has_a_form_with_a_control_for_each_type() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, ""));
    let page = sanjay.click("Edit attributes").expect(200).clone();
    page.check_markup();
    let kind = |label: &str| {
        let labels = page.texts(".field > label");
        let place = labels.iter().position(|it| it == label).unwrap_or_else(|| panic!("{label} in {labels:?}"));
        let controls = page.attrs(".field > :is(input, select, textarea)", "id");
        page.parse().select(&crate::support::page::selector(&format!("#{}", controls[place]))).next().map(|it| {
            let value = it.value();
            format!("{} {}", value.name(), value.attr("inputmode").or(value.attr("type")).unwrap_or_default())
        })
    };
    assert_eq!(kind("Plan").as_deref(), Some("input text"));
    assert_eq!(kind("Seats").as_deref(), Some("input decimal"));
    assert_eq!(kind("Newsletter").as_deref(), Some("select "));
    assert_eq!(kind("Sizes").as_deref(), Some("textarea "));
    assert_eq!(kind("Nested").as_deref(), Some("textarea "));
    let saved = [
        ("Plan", "Pro"),
        ("Seats", "5.50"),
        ("Newsletter", "no"),
        ("Sizes", "S\r\nL"),
        ("Codes", "1\r\n3"),
        ("Nested", ""),
    ];
    sanjay.submit("Save", &saved).expect(303);
    let page = sanjay.follow().clone();
    page.shows("6 values saved.").shows("was Free").shows("Sanjay Rao");
    assert_eq!(page.link("Undo").map(|it| it.contains("/history/groups/")), Some(true));
    assert_eq!(
        app.ledger().by_hand().lines(),
        [
            r#"Sanjay Rao: attribute codes [1, 2] -> [1, 3]"#,
            r#"Sanjay Rao: attribute nested {"a": 1} -> -"#,
            r#"Sanjay Rao: attribute newsletter true -> false"#,
            r#"Sanjay Rao: attribute plan "Free" -> "Pro""#,
            r#"Sanjay Rao: attribute seats 3 -> 5.50"#,
            r#"Sanjay Rao: attribute sizes ["S", "M"] -> ["S", "L"]"#,
        ]
    );
    // Nothing typed, nothing written.
    let before = app.db.digest_of_state();
    sanjay.visit(&app.profile(id, "/edit?section=attributes"));
    sanjay.submit("Save", &[]).expect(303);
    sanjay.follow().shows("Nothing changed.");
    assert_eq!(app.db.digest_of_state(), before);
}

#[test]
fn a_form_with_mistakes_comes_back_as_it_was_typed() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    let before = app.db.digest_of_state();
    sanjay.visit(&app.profile(id, "/edit?section=attributes"));
    let page = sanjay.submit("Save", &[("Plan", "Pro"), ("Seats", "many"), ("Nested", "{")]).expect(422).clone();
    page.check_markup();
    page.shows("There are 2 problems").shows("Seats must be a number").shows("Nested must be an object in JSON");
    assert!(page.has_source("value=\"many\"") && page.has_source("value=\"Pro\""));
    sanjay.visit(&app.profile(id, "/edit?section=contact"));
    sanjay.submit("Save", &[("Email", "nowhere"), ("Phone", "12")]).expect(422);
    sanjay.page().shows("Email must be an email such as").shows("Phone must be a phone number with country code");
    sanjay.visit(&app.profile(id, "/edit"));
    let typed = [("Birthday", "soon"), ("Language", "English!"), ("Time zone", "Mars/Phobos")];
    sanjay
        .submit("Save", &typed)
        .expect(422)
        .shows("Birthday must be a date")
        .shows("Language must be a language, such as German");
    sanjay.page().shows("Time zone must be a time zone");
    assert_eq!(app.db.digest_of_state(), before);
    sanjay.get(&app.profile(id, "/edit?section=other")).expect(404);
    sanjay.get(&app.profile(id, "/edit?name=other")).expect(404);
}

#[test]
fn of_two_people_who_change_the_same_the_second_sees_both_values() {
    let app = App::new();
    let id = priya(&app);
    let (mut sanjay, mut ada) = (app.browser(Role::Support), app.browser(Role::Admin));
    let form = app.profile(id, "/edit?section=attributes");
    sanjay.visit(&form);
    ada.visit(&form);
    ada.submit("Save", &[("Plan", "Team"), ("Seats", "9")]).expect(303);
    // Only what both changed is a conflict; what one left alone stays as the other saved it.
    let page = sanjay.submit("Save", &[("Plan", "Pro"), ("Newsletter", "no")]).expect(409).clone();
    page.check_markup();
    page.shows("Somebody else changed this while you were editing").shows("Ada Moreau");
    assert_eq!(page.texts(".contested label"), ["Plan"]);
    assert_eq!(page.attrs("[aria-invalid=true]", "value"), ["Pro"]);
    page.shows("Ada Moreau changed it just now. It is now “Team”.");
    assert_eq!(app.db.one("SELECT attributes ->> 'plan' FROM profiles"), "Team");
    assert_eq!(app.db.one("SELECT attributes ->> 'newsletter' FROM profiles"), "true");
    sanjay.submit("Save mine", &[]).expect(303);
    let row = "SELECT concat_ws(' ', attributes ->> 'plan', attributes ->> 'newsletter', attributes ->> 'seats') FROM profiles";
    assert_eq!(app.db.one(row), "Pro false 9");

    // A sender that says the same again is no conflict.
    sanjay.visit(&form);
    app.add(Person::new("c-1").set("plan", "Pro").said_at("2026-11-23T10:00:00Z"));
    sanjay.submit("Save", &[("Plan", "Solo")]).expect(303);
    assert_eq!(app.db.one("SELECT attributes ->> 'plan' FROM profiles"), "Solo");
}

#[test]
fn an_attribute_is_added_edited_alone_and_removed() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, ""));
    sanjay.click("Add an attribute").expect(200).check_markup();
    for (name, value, told) in
        [("plan", "Pro", "already has this attribute"), ("", "x", "Enter a name."), ("height", "", "Enter a value.")]
    {
        let page = sanjay.submit("Add attribute", &[("Attribute", name), ("Value", value)]).expect(422);
        page.shows(told);
    }
    let sent = [("Attribute", "height"), ("Type", "number"), ("Value", "tall")];
    sanjay.submit("Add attribute", &sent).expect(422).shows("The value must be a number");
    sanjay.submit("Add attribute", &[("Value", "171")]).expect(303);
    sanjay.follow().shows("Height added.").shows("171");
    sanjay.click("Edit Height").expect(200);
    sanjay.submit("Remove", &[]).expect(303);
    sanjay.follow().shows("Height removed.").hides("171");
    assert_eq!(
        app.ledger().by_hand().lines(),
        ["Sanjay Rao: attribute height - -> 171", "Sanjay Rao: attribute height 171 -> -"]
    );
}

#[test]
fn hidden_values_are_shown_on_request_which_is_written_down() {
    let app = App::new();
    let id = priya(&app);
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'plan'");
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.profile(id, "")).hides("Free").shows("Hidden").hides("Show Plan");
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "")).hides("Free");
    sanjay.submit("Show Plan", &[]).expect(200).shows("Free").check_markup();
    let log = "SELECT concat_ws(' ', action, detail ->> 'attribute', (detail ->> 'profile')::uuid = $$ID$$) FROM audit_log WHERE action = 'reveal'";
    assert_eq!(app.db.column(&log.replace("$$ID$$", &format!("'{id}'"))), ["reveal plan t"]);
    // It is replaced without being shown, and kept if nothing is typed.
    sanjay.visit(&app.profile(id, "/edit?section=attributes")).hides("Free");
    sanjay.submit("Save", &[("Seats", "4")]).expect(303);
    assert_eq!(app.db.one("SELECT attributes ->> 'plan' FROM profiles"), "Free");
    sanjay.visit(&app.profile(id, "/edit?name=plan"));
    sanjay.submit("Save", &[("Plan", "Pro")]).expect(303);
    assert_eq!(app.db.one("SELECT attributes ->> 'plan' FROM profiles"), "Pro");
    sanjay.visit(&app.profile(id, "")).hides("was Free");
}

#[test]
fn what_kith_works_out_itself_says_why_it_cannot_be_changed() {
    let app = App::new();
    let id = priya(&app);
    app.db.run("UPDATE attribute_definitions SET origin = 'calculated' WHERE name = 'plan'");
    app.db.run("UPDATE attribute_definitions SET origin = 'membership' WHERE name = 'seats'");
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "")).shows("read-only: it is calculated from events").hides("Edit Plan");
    let page = sanjay.visit(&app.profile(id, "/edit?section=attributes")).clone();
    page.shows("Plan is calculated from events").shows("Seats follows a segment");
    assert!(!page.texts(".field > label").iter().any(|label| label == "Plan"));
    let csrf = sanjay.token();
    let sent = [("csrf", csrf.as_str()), ("of-0", "attribute plan"), ("base-0", "x"), ("value-0", "Pro")];
    let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
    sanjay.post(&app.profile(id, "/edit"), &sent).expect(422).shows("Plan is calculated from events");
    assert_eq!(app.db.one("SELECT attributes ->> 'plan' FROM profiles"), "Free");
}

#[test]
fn a_value_that_does_not_fit_its_type_is_kept_until_somebody_corrects_it() {
    let app = App::new();
    let id = app.add(Person::new("c-1").set("since", "soon").set("agrees", "Y").set("plan", "Free"));
    app.db.run("UPDATE attribute_definitions SET type = 'date', is_typed = true WHERE name = 'since'");
    app.db.run("UPDATE attribute_definitions SET type = 'boolean', is_typed = true WHERE name = 'agrees'");
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&app.profile(id, "/edit?section=attributes")).clone();
    // A control for days or a choice of yes and no would be empty, and saving would take the values away.
    assert_eq!(page.count("input[type=date]") + page.count("select"), 0);
    sanjay.submit("Save", &[("Plan", "Pro")]).expect(303);
    assert_eq!(app.db.one("SELECT attributes ->> 'since' || (attributes ->> 'agrees') FROM profiles"), "soonY");
}

#[test]
fn a_value_that_became_hidden_is_told_by_no_form_and_by_nothing_worked_out() {
    let app = App::new();
    let id = priya(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/edit?section=attributes"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name IN ('plan', 'birthday')");
    let page = sanjay.submit("Save", &[("Plan", "Pro")]).expect(409);
    page.hides("Free").shows("The value is hidden.");
    sanjay.visit(&app.profile(id, "")).hides("derived from birthday").hides("1991");
}
