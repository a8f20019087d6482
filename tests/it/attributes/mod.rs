//! The catalogue of attributes, and what it means to the rest.

mod catalogue;
mod fixed;
mod indexes;
mod list;
mod retype;
mod seen;
mod typed;

use crate::support::App;

/// Changes a definition as another process would.
fn define(app: &App, name: &str, set: &str) {
    app.db.run(&format!(
        "UPDATE attribute_definitions SET {set} WHERE name = '{name}' AND environment_id = {}",
        app.live
    ));
    // Ten seconds later everybody knows.
    app.clock.advance(chrono::TimeDelta::seconds(10));
}

/// What the catalogue holds of the live environment.
fn rows(app: &App) -> Vec<String> {
    app.db.column(&format!(
        "SELECT concat_ws(' ', name, type, is_typed) FROM attribute_definitions WHERE environment_id = {} ORDER BY name COLLATE \"C\"",
        app.live
    ))
}
