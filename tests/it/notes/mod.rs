//! The Notes tab: one file for each thing that can be done to a note.

mod add;
mod delete;
mod edit;
mod pin;
mod read;

use kith::{auth::Role, db::ids::ProfileId};

use crate::support::{App, Browser, Person};

/// A console with one customer, and the address of their notes.
fn customer() -> (App, ProfileId, String) {
    let app = App::new();
    let profile = app.add(Person::new("c-1").name("Priya", "Nair"));
    let tab = app.profile(profile, "/notes");
    (app, profile, tab)
}

/// Writes a note as that browser's operator.
fn write(app: &App, browser: &mut Browser<'_>, tab: &str, text: &str) -> String {
    browser.visit(tab);
    browser.submit("Add note", &[("New note", text)]).expect(303);
    app.db.one("SELECT id FROM notes ORDER BY created_at DESC, id DESC LIMIT 1")
}

fn support(app: &App) -> Browser<'_> {
    app.browser(Role::Support)
}
