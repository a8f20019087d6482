//! Segments of chosen people from many at once: those whom a filter finds now, or who were ticked.

use chrono::TimeDelta;
use kith::{auth::Role, db::ids::SegmentId};

use super::{define, members, settle};
use crate::support::{App, Browser, Person};

fn console() -> App {
    let app = App::new();
    for (id, plan) in [("ann", "pro"), ("bea", "pro"), ("cleo", "team")] {
        app.clock.advance(TimeDelta::milliseconds(1));
        app.add(Person::new(id).name(id, "Nair").set("plan", plan));
    }
    app
}

fn id_of(app: &App, name: &str) -> SegmentId {
    app.db.one(&format!("SELECT id FROM segments WHERE name = '{name}'")).parse().expect("an id")
}

/// Answers the question of a change with yes.
fn confirm(browser: &mut Browser<'_>) {
    browser.follow().expect(200).check_markup();
    browser.submit("Change now", &[]).expect(303);
    browser.follow().expect(200).check_markup();
}

#[test]
fn those_whom_a_filter_finds_now_are_kept_as_a_segment() {
    let app = console();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles?q=plan%3Apro"));
    ada.click("Keep these people as a segment…").expect(200).check_markup();
    ada.submit("Check who changes", &[]).expect(422).shows("Enter a name of 1 to 100 characters");
    ada.submit("Check who changes", &[("Name of a new segment", "Pros of November")]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM segments"), 0, "it is made when the change begins");
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("late").set("plan", "pro"));
    confirm(&mut ada);
    ada.page().shows("Choose for the segment Pros of November: 2 people").shows("See the segment");
    let kept = id_of(&app, "Pros of November");
    settle(&app);
    let names = |segment: SegmentId| {
        app.db.column(&format!(
            "SELECT p.name FROM segment_members m JOIN profiles p ON p.id = m.profile_id WHERE m.segment_id = '{segment}' ORDER BY 1"
        ))
    };
    assert_eq!(names(kept), ["ann Nair", "bea Nair"], "nobody later");
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("ann").set("plan", "team").said_at("2026-11-22T03:24:30Z"));
    settle(&app);
    assert_eq!(members(&app, kept).len(), 2, "whatever is said of them later");
    let lines =
        app.db.column("SELECT action FROM audit_log WHERE action IN ('segment made', 'job begun') ORDER BY action");
    assert_eq!(lines, ["job begun", "segment made"]);
    let why = app.db.one("SELECT DISTINCT reason FROM changes WHERE kind = 'segment'");
    assert_eq!(why, "Choose for the segment Pros of November: 2 people");
    // All of it is undone together.
    ada.click("Undo for everybody").expect(200);
    ada.submit("Undo for everybody", &[]).expect(303);
    settle(&app);
    assert!(members(&app, kept).is_empty());
}

#[test]
fn a_live_segment_is_frozen() {
    let app = console();
    let live = define(&app, "Paying, high value", "plan:pro");
    settle(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path(&format!("segments/{live}")));
    ada.click("Freeze…").expect(200).shows("everybody who matches “segment:\"Paying, high value\"”");
    let taken = [("Name of a new segment", "paying, High value")];
    ada.submit("Check who changes", &taken).expect(422).shows("There is a segment of this name.");
    ada.submit("Check who changes", &[("Name of a new segment", "Paying in November")]).expect(303);
    // Somebody is faster.
    define(&app, "Paying in November", "plan:team");
    ada.follow().expect(200);
    ada.submit("Change now", &[]).expect(422).shows("There is a segment of this name.").check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM jobs"), 0);
    app.db.run("UPDATE segments SET name = 'Other' WHERE name = 'Paying in November'");
    ada.submit("Change now", &[]).expect(303);
    ada.follow().expect(200).shows("Done");
    settle(&app);
    assert_eq!(members(&app, id_of(&app, "Paying in November")), members(&app, live));
}

#[test]
fn only_segments_of_chosen_people_are_offered_and_people_are_taken_out_again() {
    let app = console();
    let live = define(&app, "Live one", "plan:pro");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("segments/new?kind=chosen"));
    ada.submit("Save segment", &[("Name", "Friends")]).expect(303);
    ada.visit(&app.path("segments/new?kind=kept"));
    ada.submit("Save segment", &[("Name", "Kept one")]).expect(303);
    settle(&app);
    let friends = id_of(&app, "Friends");
    let all = app.path("profiles/bulk?all=yes&q=");
    let options = ada.visit(&format!("{all}&do=choose")).expect(200).texts("#segment option");
    assert_eq!(options, ["Choose a segment", "A new segment", "Friends"]);
    ada.submit("Check who changes", &[]).expect(422).shows("Choose a segment.").check_markup();
    let pairs = |segment: SegmentId| {
        [
            ("csrf", ada.token()),
            ("do", "choose".into()),
            ("all", "yes".into()),
            ("q", String::new()),
            ("segment", segment.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    };
    let (forged, right) = (pairs(live), pairs(friends));
    ada.post(&app.path("profiles/bulk"), &forged).expect(422).shows("Choose a segment.");
    ada.post(&app.path("profiles/bulk"), &right).expect(303);
    confirm(&mut ada);
    settle(&app);
    assert_eq!(members(&app, friends).len(), 3);
    app.clock.advance(TimeDelta::seconds(1));
    let pros = app.path("profiles/bulk?all=yes&q=plan%3Apro&do=unchoose");
    assert_eq!(ada.visit(&pros).texts("#segment option"), ["Choose a segment", "Friends"]);
    ada.submit("Check who changes", &[("Segment", &friends.to_string())]).expect(303);
    ada.follow().shows("2 people will change");
    ada.submit("Change now", &[]).expect(303);
    ada.follow().expect(200).shows("Remove from the segment Friends: 2 people").hides("See the segment");
    settle(&app);
    assert_eq!(members(&app, friends).len(), 1);
    // Asked again, nothing is left to do.
    app.clock.advance(TimeDelta::seconds(1));
    ada.visit(&pros);
    ada.submit("Check who changes", &[("Segment", &friends.to_string())]).expect(303);
    ada.follow().shows("0 people will change");
}
