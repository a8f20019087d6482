//! The catalogue of events, how long they are kept, and adding one by hand.

mod add;
mod catalogue;
mod keys;
mod retention;

use kith::db::ids::ProfileId;
use serde_json::json;

use crate::support::{App, Browser, Person};

/// Somebody with a few events.
fn customer() -> (App, ProfileId) {
    let app = App::new();
    let person = Person::new("c-1")
        .name("Priya", "Nair")
        .event("Order Completed", "2026-11-20T10:00:00Z", json!({"total": 12.5, "currency": "EUR"}))
        .event("Order Completed", "2026-11-20T12:00:00Z", json!({"total": 9, "coupon": "WELCOME"}))
        .event("Order Completed", "2026-09-01T12:00:00Z", json!({"total": 1}))
        .event("Email Delivered", "2026-11-21T10:00:00Z", json!({"subject": "Hello"}));
    let profile = app.add(person);
    (app, profile)
}

/// Address of a definition's page.
fn address(app: &App, name: &str) -> String {
    app.path(&format!("events/{}", app.db.one(&format!("SELECT id FROM event_definitions WHERE name = '{name}'"))))
}

/// Opens that page.
fn open(app: &App, browser: &mut Browser<'_>, name: &str) -> String {
    let address = address(app, name);
    browser.visit(&address);
    address
}
