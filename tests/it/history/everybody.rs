use std::{fmt::Write, fs, sync::Arc};

use kith::{auth::Role, imports};

use super::{attribute, changes, group_of};
use crate::support::{App, Person};

/// Imports a file of people and returns the address of the history of one of them.
fn import(app: &App, name: &str, content: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    let options = imports::Options {
        environment: app.live,
        choices: Default::default(),
        rejects: folder.path().join("rejects.csv"),
        writers: 2,
    };
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let summary = imports::import(&app.state.db, &app.clock, &path, &options, Arc::default()).expect("imported");
    assert_eq!(summary.rejected, 0);
}

fn count(app: &App, name: &str, value: &str) -> i64 {
    app.db.number(&format!("SELECT count(*) FROM profiles WHERE attributes ->> '{name}' = '{value}'"))
}

#[test]
fn an_import_is_undone_for_everybody_and_that_in_turn() {
    let app = App::new();
    // So many that neither all people nor all changes of five hundred of them are one chunk.
    let people = 1_200;
    let (mut first, mut second) = ("id,plan\n".to_owned(), "id,plan,city,tags,a,b,c,d,e,f,g,h\n".to_owned());
    for n in 0..people {
        let _ = writeln!(first, "p-{n},free");
        let _ = writeln!(second, "p-{n},pro,Kochi,spring,1,2,3,4,5,6,7,8");
    }
    import(&app, "people.csv", &first);
    import(&app, "spring.csv", &second);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let edited = app.add(Person::new("p-7").set("plan", "gold"));
    let before = changes(&app);
    let rows = app.db.digest(&["changes"]);
    let tab = app.profile(edited, "/history");
    let group = group_of(&app, &tab, "city");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&group).check_markup();
    ada.click("Undo on all 1,200 profiles…").expect(200).check_markup();
    assert_eq!(app.db.digest(&["changes"]), rows);
    ada.submit("Undo for everybody", &[]).expect(303);
    finish(&app);
    assert_eq!(app.db.one("SELECT changed || ' ' || refused || ' ' || looked_at FROM jobs"), "13199 1 1200");
    assert_eq!([count(&app, "plan", "free"), count(&app, "plan", "gold")], [people - 1, 1]);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE attributes ? 'city' OR tags <> '{}'"), 0);
    assert_eq!(changes(&app), before + 11 * people - 1, "as many new rows, and none less");
    assert_eq!(
        app.db.number(
            "SELECT count(DISTINCT group_id) FROM changes WHERE reason LIKE 'Undo of the import by Import spring.csv%'"
        ),
        1
    );

    // Once more changes nothing.
    ada.visit(&group.replace("/undo", "/everybody"));
    let kept = app.db.digest(&["changes", "profiles"]);
    ada.submit("Undo for everybody", &[]).expect(303);
    finish(&app);
    assert_eq!(app.db.digest(&["changes", "profiles"]), kept);

    let undone = group_of(&app, &tab, "spring");
    ada.visit(&undone).shows("Undo on all 1,200 profiles…");
    ada.visit(&undone.replace("/undo", "/everybody"));
    ada.submit("Undo for everybody", &[]).expect(303);
    finish(&app);
    assert_eq!([count(&app, "plan", "pro"), count(&app, "plan", "gold")], [people - 1, 1]);
    assert_eq!(count(&app, "city", "Kochi"), people);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE tags = '{spring}'"), people);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), people);
}

/// Goes on with what the request had no time for.
fn finish(app: &App) {
    while app.db.number("SELECT count(*) FROM jobs WHERE finished_at IS NULL") > 0 {
        app.clock.advance(chrono::TimeDelta::seconds(61));
        kith::jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("the job goes on");
    }
    assert_eq!(app.db.column("SELECT failure FROM jobs WHERE failure IS NOT NULL"), Vec::<String>::new());
}

#[test]
fn people_whom_an_import_made_stay_without_what_it_said() {
    let app = App::new();
    import(&app, "people.csv", "id,email,plan\n1,ann@example.com,pro\n2,bo@example.com,pro\n");
    let profile = app.db.column("SELECT id FROM profiles ORDER BY id").remove(0).parse().unwrap();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&group_of(&app, &app.profile(profile, "/history"), "plan").replace("/undo", "/everybody"));
    ada.submit("Undo for everybody", &[]).expect(303);
    // Made, and found by their only identifier: twice each.
    ada.follow().shows("4 changes undone, 4 left as they are.");
    assert_eq!(attribute(&app, "plan"), ["null", "null"]);
    assert_eq!(app.db.column("SELECT value FROM identifier_claims ORDER BY value"), ["1", "2"]);
}

#[test]
fn only_an_admin_is_offered_everybody() {
    let app = App::new();
    import(&app, "people.csv", "id,plan\n1,pro\n2,pro\n");
    let profile = app.db.column("SELECT id FROM profiles ORDER BY id").remove(0).parse().unwrap();
    let group = group_of(&app, &app.profile(profile, "/history"), "plan");
    app.browser(Role::Support).visit(&group).hides("Undo on all 2 profiles…");
    app.browser(Role::Admin).visit(&group).shows("Undo on all 2 profiles…");
}
