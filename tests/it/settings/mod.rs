//! Settings of a workspace, and what they change.

mod colours;
mod events;
mod matching;
mod page;
mod phones;
mod placeholders;

use kith::auth::Role;

use crate::support::App;

/// Saves a setting as Ada does, and lets the time pass until every server knows it.
#[track_caller]
fn save(app: &App, setting: &str, fields: &[(&str, &str)]) {
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path(&format!("settings/{setting}")));
    ada.submit("Save", fields).expect(303);
    app.clock.advance(kith::db::BELIEVED);
}
