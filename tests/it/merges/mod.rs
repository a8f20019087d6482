//! Merging in the console: what is suggested, the comparison, the merge, and its undoing.

mod dismiss;
mod merge;
mod preview;
mod redirect;
mod undo;

use kith::{auth::Role, db::ids::ProfileId};
use serde_json::json;

use crate::support::{App, Browser, Page, Person};

/// A console with two profiles of one person, Priya first.
fn two() -> (App, ProfileId, ProfileId) {
    let app = App::new();
    let priya = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip").set("plan", "pro");
    let priya = app.add(priya.said_at("2026-11-01T00:00:00Z"));
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let other = Person::new("c-2").name("P.", "Nair").tag("gift").set("plan", "free").set("city", "Kochi");
    let other = other.phone("+919876543210").event("Visit", "2026-11-20T10:00:00Z", json!({"path": "/"}));
    let other = app.add(other.said_at("2026-11-02T00:00:00Z"));
    (app, priya, other)
}

/// Address of the comparison, `survivor` first.
fn comparison(app: &App, survivor: ProfileId, other: ProfileId) -> String {
    app.profile(survivor, &format!("/merge?with={other}"))
}

/// Merges both through the page, as the admin.
fn merge(app: &App, survivor: ProfileId, other: ProfileId) -> Page {
    let mut ada = app.browser(Role::Admin);
    ada.visit(&comparison(app, survivor, other));
    press_merge(&mut ada).expect(303).clone()
}

/// Presses the button of the comparison that is open, whoever it names.
#[track_caller]
fn press_merge<'b>(browser: &'b mut Browser<'_>) -> &'b Page {
    let button = browser.page().text("form.decide button");
    browser.submit(&button, &[])
}

/// The row of a comparison with that label: own, other's, kept.
#[track_caller]
fn row(page: &Page, label: &str) -> Option<[String; 3]> {
    let (rows, cells) =
        (crate::support::page::selector("table.compare tbody tr"), crate::support::page::selector("th, td"));
    let document = page.parse();
    document.select(&rows).find_map(|row| {
        let texts: Vec<String> = row.select(&cells).map(|cell| crate::support::page::text_of(&cell)).collect();
        (texts[0] == label && texts.len() == 4).then(|| [texts[2].clone(), texts[3].clone(), texts[1].clone()])
    })
}
