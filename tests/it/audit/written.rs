//! What operators do outside profiles leaves a line.

use kith::auth::Role;

use crate::support::{App, Person};

/// Actions in the log since the operators were added, oldest first, with what they name.
fn lines(app: &App, name: &str) -> Vec<String> {
    app.db.column(&format!(
        "SELECT concat_ws(' ', action, detail->>'{name}', address) FROM audit_log \
         WHERE detail ? '{name}' AND action <> 'permission refused' ORDER BY id"
    ))
}

#[test]
fn tags_and_jobs_are_written_down() {
    let app = App::new();
    app.add(Person::new("c-1").tag("vip"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags/new"));
    ada.submit("Create tag", &[("Tag", "gold")]).expect(303);
    ada.visit(&app.path("tags/new"));
    ada.submit("Create tag", &[("Tag", "gold")]).expect(422);
    ada.visit(&app.path("tags/gold/edit"));
    ada.submit("Save tag", &[("Description", "Our best")]).expect(303);
    assert_eq!(lines(&app, "tag"), ["tag made gold 127.0.0.1", "tag changed gold 127.0.0.1"]);
    ada.visit(&app.path("tags/vip/rename"));
    ada.submit("Rename tag", &[("New name", "important")]).expect(303);
    assert_eq!(lines(&app, "title"), ["job begun Rename tag vip to important 127.0.0.1"]);
    ada.visit(&app.path("audit?about=people"));
    ada.click("Rename tag vip to important").expect(200);
}

#[test]
fn events_are_written_down() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("events/new"));
    ada.submit("Create event", &[("Source name", "Tasting")]).expect(303);
    ada.follow();
    ada.submit("Save event", &[("Display name", "Wine tasting")]).expect(303);
    assert_eq!(lines(&app, "event").len(), 2);
    assert_eq!(lines(&app, "name"), ["event made Tasting 127.0.0.1", "event changed Tasting 127.0.0.1"]);
}

#[test]
fn a_page_that_promises_it_leads_to_the_log() {
    let app = App::new();
    app.add(Person::new("c-1").set("passport", "X1"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'passport'");
    let profile = app.db.one("SELECT id::text FROM profiles").parse().expect("an id");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(profile, ""));
    ada.submit("Show Passport", &[]).expect(200).shows("X1");
    ada.click("audit log").expect(200).shows("Looked at the hidden value passport");
    let mut sam = app.browser(Role::Support);
    sam.visit(&app.profile(profile, ""));
    let page = sam.submit("Show Passport", &[]).expect(200).shows("audit log").clone();
    assert_eq!(page.link("audit log"), None, "support may not read it");
}
