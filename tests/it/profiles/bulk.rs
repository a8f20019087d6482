//! One change of several people.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    restrictions::Cause,
    subscriptions::SubscriptionState::{Subscribed, Unsubscribed},
};
use uuid::Uuid;

use crate::support::{App, Browser, Person, build::held};

/// What stands in `{bulk}`: a change that was not begun.
pub fn parts(app: &App) -> Vec<(&'static str, String)> {
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles/bulk?do=tag&all=yes"));
    ada.submit("Check who changes", &[("Tag", "chosen")]).expect(303);
    vec![("{bulk}", app.db.one("SELECT id FROM bulk_changes"))]
}

fn three() -> (App, [ProfileId; 3]) {
    let app = App::new();
    let person = |n: u32, name: &str| Person::new(&format!("c-{n}")).name(name, "Nair").set("plan", "pro");
    let ids = [person(1, "Ada").tag("vip"), person(2, "Bea"), person(3, "Cleo")].map(|person| {
        // Ids of one moment are in no order.
        app.clock.advance(TimeDelta::milliseconds(1));
        app.add(person)
    });
    (app, ids)
}

fn ticked(app: &App, what: &str, ids: &[ProfileId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("&id={id}")).collect();
    app.path(&format!("profiles/bulk?do={what}{}", ids.concat()))
}

/// Chooses and answers the question with yes; the browser is on the results then.
fn change(browser: &mut Browser<'_>, address: &str, fields: &[(&str, &str)]) {
    browser.visit(address).check_markup();
    browser.submit("Check who changes", fields).expect(303);
    browser.follow().expect(200).check_markup();
    browser.submit("Change now", &[]).expect(303);
    browser.follow().expect(200).check_markup();
}

fn with_tag(app: &App, tag: &str) -> i64 {
    app.db.number(&format!("SELECT count(*) FROM profiles WHERE tags @> '{{{tag}}}'"))
}

const RESULTS: &str = "SELECT coalesce(result, '-') FROM bulk_targets ORDER BY profile_id";

#[test]
fn ticked_people_get_a_tag_and_it_is_undone_for_everybody() {
    let (app, [ada, bea, _]) = three();
    let mut sam = app.browser(Role::Support);
    sam.visit(&app.path("profiles"));
    assert_eq!(sam.page().count("input.tick[form=bulk][name=id]"), 3);
    sam.get(&app.path(&format!("profiles/bulk?id={ada}&id={bea}"))).expect(200).shows("For 2 people").check_markup();
    sam.page().hides("Suppress messages");
    sam.submit("Continue", &[("Add a tag", "yes")]).expect(200);
    sam.submit("Check who changes", &[("Tag", "two words")]).expect(422).shows("contains a space").check_markup();
    sam.submit("Check who changes", &[("Tag", "vip")]).expect(303);
    sam.follow().shows("1 person will change").shows("Already so").shows("Bea Nair").hides("Cleo");
    assert_eq!(with_tag(&app, "vip"), 1, "nothing changes before the answer");
    sam.submit("Change now", &[]).expect(303);
    sam.follow()
        .shows("Add the tag vip to 2 people")
        .shows("Done")
        .shows("Already so, or something newer was said")
        .check_markup();
    assert_eq!(app.db.column(RESULTS), ["already", "changed"]);
    assert_eq!(with_tag(&app, "vip"), 2);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action = 'job begun'"), 1);
    assert_eq!(
        app.db.one("SELECT reason FROM changes ORDER BY recorded_at DESC LIMIT 1"),
        "Add the tag vip to 2 people"
    );

    assert_eq!(sam.page().link("Undo for everybody"), None);
    let mut admin = app.browser(Role::Admin);
    admin.visit(&sam.page().address.clone()).expect(200);
    admin.click("Undo for everybody").expect(200);
    admin.submit("Undo for everybody", &[]).expect(303);
    assert_eq!(with_tag(&app, "vip"), 1, "who had it before has it still");
}

#[test]
fn all_that_match_are_those_who_match_now_and_nobody_later() {
    let (app, [ada, bea, cleo]) = three();
    let mut ada_moreau = app.browser(Role::Admin);
    ada_moreau.visit(&app.path("profiles?q=plan%3Apro"));
    ada_moreau.click("Change all that match…").expect(200).shows("For everybody who matches “plan:pro”");
    ada_moreau.submit("Continue", &[("Add a tag", "yes")]).expect(200);
    ada_moreau.submit("Check who changes", &[("Tag", "paying")]).expect(303);
    ada_moreau.follow().shows("3 people will change");
    // Meanwhile somebody comes, somebody goes and one becomes part of another.
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-4").set("plan", "pro"));
    let mut other = app.browser(Role::Admin);
    other.visit(&app.profile(bea, &format!("/merge?with={cleo}")));
    other.submit("Merge into Bea Nair", &[]).expect(303);
    other.visit(&app.profile(ada, "/erase"));
    other.submit("Erase", &[("confirm", "Ada Nair")]).expect(303);
    app.clock.advance(TimeDelta::seconds(1));
    ada_moreau.submit("Change now", &[]).expect(303);
    ada_moreau.follow().expect(200).check_markup();
    assert_eq!(app.db.column(RESULTS), ["gone", "changed", "merged"]);
    assert_eq!(with_tag(&app, "paying"), 1);
    let page = ada_moreau.visit(&format!("{}?result=merged", ada_moreau.page().address.clone()));
    assert_eq!(page.texts("main tbody td"), ["Not touched: merged into another profile since the list was made"]);
}

#[test]
fn an_attribute_is_set_with_its_type_and_the_value_stands_in_no_log() {
    let (app, ids) = three();
    let mut sam = app.browser(Role::Support);
    let address = ticked(&app, "set", &ids);
    sam.visit(&address);
    sam.submit("Check who changes", &[("Attribute", "seats"), ("Value", " ")]).expect(422).shows("Enter a value.");
    change(&mut sam, &address, &[("Attribute", "seats"), ("Value", "12")]);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE attributes->'seats' = '12'"), 3);
    assert_eq!(
        app.db.one("SELECT detail->>'title' FROM audit_log WHERE action = 'job begun'"),
        "Set Seats for 3 people"
    );
    app.clock.advance(TimeDelta::seconds(1));
    sam.visit(&address);
    sam.submit("Check who changes", &[("Attribute", "seats"), ("Value", "12")]).expect(303);
    sam.follow().shows("0 people will change");
}

#[test]
fn subscriptions_are_changed_by_admins_with_a_reason() {
    let (app, ids) = three();
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-1").wants("email", Unsubscribed));
    app.add(Person::new("c-2").wants("email", Subscribed));
    app.clock.advance(TimeDelta::seconds(1));
    let address = ticked(&app, "unsubscribe", &ids);
    app.browser(Role::Support).get(&address).expect(403);
    let mut admin = app.browser(Role::Admin);
    admin.visit(&address);
    admin.submit("Check who changes", &[("Channel", "email")]).expect(422).shows("Choose why you change this.");
    change(&mut admin, &address, &[("Channel", "email"), ("Why", "writing"), ("Details", "Letter of 3 May")]);
    assert_eq!(app.db.column(RESULTS), ["already", "changed", "changed"]);
    let states = "SELECT count(*) FROM subscriptions WHERE channel = 'email' AND topic = '' AND state = 'unsubscribed'";
    assert_eq!(app.db.number(states), 3);
    let reason = "SELECT reason FROM changes WHERE kind = 'subscription' ORDER BY recorded_at DESC LIMIT 1";
    assert!(app.db.one(reason).ends_with("They asked in writing: Letter of 3 May"), "{}", app.db.one(reason));
}

#[test]
fn turning_on_leaves_those_off_who_complained_and_those_who_changed_since() {
    let (app, ids @ [ada, ..]) = three();
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-1").restricted("disabled", held(Cause::Manual, None)));
    app.add(Person::new("c-2").restricted("disabled", held(Cause::Complaint, None)));
    app.clock.advance(TimeDelta::seconds(1));
    let mut admin = app.browser(Role::Admin);
    let reason = [("Why", "mistake")];
    admin.visit(&ticked(&app, "turn-on", &ids));
    admin.submit("Check who changes", &reason).expect(303);
    admin.follow().shows("1 person will change").shows("Stay turned off").check_markup();
    let first = admin.page().address.clone();
    app.add(Person::new("c-1").set("plan", "team"));
    admin.submit("Change now", &[]).expect(303);
    assert_eq!(app.db.column(RESULTS), ["changed-since", "kept", "already"]);
    app.clock.advance(TimeDelta::seconds(1));
    change(&mut admin, &ticked(&app, "turn-on", &ids), &reason);
    let off = "SELECT profile_id FROM restrictions WHERE kind = 'disabled' AND cause IS NOT NULL";
    assert_eq!(app.db.column(off), [ids[1].to_string()]);
    app.clock.advance(TimeDelta::seconds(1));
    change(&mut admin, &ticked(&app, "turn-off", &[ada]), &reason);
    change(&mut admin, &ticked(&app, "suppress", &[ada]), &[("Channel", "sms"), ("Why", "phone")]);
    let kept =
        format!("SELECT kind || channel FROM restrictions WHERE profile_id = '{ada}' AND cause IS NOT NULL ORDER BY 1");
    assert_eq!(app.db.column(&kept), ["disabled", "suppressedsms"]);
    // Asked again, the first one begins nothing.
    let jobs = app.db.number("SELECT count(*) FROM jobs");
    let token = admin.token();
    admin.post(&first, &[("csrf".to_owned(), token)]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM jobs"), jobs);
}

#[test]
fn erasing_needs_the_number_of_people() {
    let (app, ids @ [_, bea, _]) = three();
    app.browser(Role::Support).get(&ticked(&app, "erase", &ids)).expect(403);
    let mut admin = app.browser(Role::Admin);
    admin.visit(&ticked(&app, "erase", &ids[..2]));
    admin.submit("Check who changes", &[]).expect(303);
    admin.follow().shows("You cannot undo this").check_markup();
    let address = admin.page().address.clone();
    admin.submit("Erase now", &[("confirm", "3")]).expect(422).shows("Type 2").check_markup();
    assert_eq!(app.live_profiles(), 3);
    // Support cannot confirm what an admin prepared.
    app.browser(Role::Support).get(&address).expect(403);
    admin.visit(&address);
    admin.submit("Erase now", &[("confirm", "2")]).expect(303);
    admin.follow().shows("Done").hides("Undo").hides("Bea").check_markup();
    assert_eq!(app.live_profiles(), 1);
    assert_eq!(app.db.column(RESULTS), ["changed", "changed"]);
    assert_eq!(app.db.number(&format!("SELECT count(*) FROM profiles WHERE id = '{bea}'")), 0);
}

#[test]
fn nobody_ticked_or_found_is_told() {
    let (app, _) = three();
    let mut sam = app.browser(Role::Support);
    sam.get(&app.path("profiles/bulk")).expect(200).shows("Nobody is ticked").check_markup();
    sam.visit(&app.path("profiles/bulk?do=tag&all=yes&q=plan%3Anone"));
    sam.submit("Check who changes", &[("Tag", "vip")]).expect(422).shows("Nobody was found").check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM bulk_targets"), 0);
    sam.get(&app.path(&format!("profiles/bulk/{}", Uuid::nil()))).expect(404);
    sam.get(&app.path("profiles/bulk?do=nothing&all=yes")).expect(200).shows("For everybody");
}

#[test]
fn a_chunk_that_is_repeated_and_old_lists() {
    let (app, ids) = three();
    let mut sam = app.browser(Role::Support);
    change(&mut sam, &ticked(&app, "tag", &ids), &[("Tag", "new")]);
    // The process ended between the changes and the progress.
    app.db.run("UPDATE bulk_targets SET result = NULL");
    app.db.run("UPDATE jobs SET finished_at = NULL, reached = NULL, held_by = NULL");
    kith::jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("continued");
    assert_eq!(app.db.column(RESULTS), ["changed", "changed", "changed"]);
    let sweep = || app.state.db.tx_now(|conn| kith::profiles::sweep_bulk(conn, app.clock.now())).expect("swept");
    assert_eq!(sweep(), 0);
    app.clock.advance(TimeDelta::days(8));
    assert_eq!(sweep(), 3);
    assert_eq!(app.db.number("SELECT count(*) FROM bulk_changes"), 0);
}

/// Two people share a phone number, which is one of the words of a third: the list shows the two for it.
#[test]
fn all_that_match_are_those_whom_the_list_shows_for_one_exact_thing() {
    let app = App::new();
    for (n, name) in [(1, "Ada"), (2, "Bea")] {
        app.add(Person::new(&format!("c-{n}")).name(name, "Nair").phone("+14155550123"));
    }
    app.add(Person::new("x-14155550123").name("Cleo", "Nair"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles?q=%2B1+415+555+0123")).shows("2 people have the phone");
    ada.click("Change all that match…").expect(200);
    ada.submit("Continue", &[]).expect(200);
    ada.submit("Check who changes", &[("Tag", "called")]).expect(303);
    ada.follow().shows("Add the tag called to 2 people").shows("Ada Nair").hides("Cleo");
}
