//! Tags: the catalogue, what it does to everybody who has a tag, and the tags of one person.

mod catalogue;
mod change;
mod profile;

use crate::support::{App, Person};

/// Three people, two of whom are tagged.
fn people() -> App {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair").tag("vip").tag("press"));
    app.add(Person::new("c-2").name("Ada", "Moreau").tag("vip"));
    app.add(Person::new("c-3").name("Kojo", "Mensah"));
    app
}

/// Tags of the catalogue with their colours.
fn catalogue(app: &App) -> Vec<String> {
    app.db.column("SELECT concat_ws(' ', name, colour, nullif(description, '')) FROM tag_definitions ORDER BY name")
}

/// Who has which tags.
fn tagged(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' ', value, nullif(array_to_string(tags, ','), '')) FROM profiles p JOIN profile_identifiers i ON i.profile_id = p.id \
         ORDER BY value",
    )
}
