//! The History tab: what it lists, and undoing one change, a whole call, and a whole import for everybody.

mod everybody;
mod group;
mod identifiers;
mod tab;
mod undo;

use kith::{
    attributes::AttributeValue,
    auth::Role,
    db::ids::{ProfileId, new_id},
    ingest::{self, Item},
    ledger::{self, Batch, Source},
};
use serde_json::Value;

use crate::support::{App, Browser, Page, Person};

/// A console with one customer of whom a sender said a few things, and the address of their history.
fn customer() -> (App, ProfileId, String) {
    let app = App::new();
    let person = Person::new("c-1").name("Priya", "Nair").set("plan", "free").email("priya@example.com").tag("vip");
    let profile = app.add(person);
    app.clock.advance(chrono::TimeDelta::hours(1));
    let tab = app.profile(profile, "/history");
    (app, profile, tab)
}

/// Says something from an imported file of that name.
fn import(app: &App, file: &str, person: Person) {
    submit(app, &Source::import(file), &person.items(app.clock.now()));
}

/// Says something at once.
fn submit(app: &App, source: &Source, items: &[Item]) {
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    let now = app.clock.now();
    let id = app.state.db.tx_now(|conn| ledger::source_id(conn, app.live, source)).expect("a source");
    let batch =
        Batch { environment: app.live, source: id, received_at: now, group: new_id(now), before: 0, reason: None };
    ingest::submit_now(&app.state.db, &batch, &kith::ingest::Trust::Person, items).expect("stored");
}

fn support(app: &App) -> Browser<'_> {
    app.browser(Role::Support)
}

/// Opens the page that undoes the newest change of that subject.
fn open<'b>(browser: &'b mut Browser<'_>, tab: &str, subject: &str) -> &'b Page {
    let page = browser.visit(tab);
    let rows: Vec<String> = page.texts("table.history tbody tr th");
    let place = rows.iter().position(|label| label.starts_with(subject));
    let place = place.unwrap_or_else(|| panic!("no {subject} in {rows:?}"));
    let address = page.attr(&format!("table.history tbody tr:nth-child({}) td:last-child a", place + 1), "href");
    browser.visit(&address)
}

/// Undoes the newest change of that subject.
#[track_caller]
fn undo(browser: &mut Browser<'_>, tab: &str, subject: &str) -> String {
    open(browser, tab, subject);
    browser.submit("Undo change", &[]).expect(303);
    browser.follow().expect(200).text(".notice")
}

/// Values of an attribute, or nothing.
fn attribute(app: &App, name: &str) -> Vec<String> {
    app.db.column(&format!("SELECT attributes ->> '{name}' FROM profiles WHERE merged_into IS NULL ORDER BY id"))
}

fn changes(app: &App) -> i64 {
    app.db.number("SELECT count(*) FROM changes")
}

/// The address of the newest change of a subject, as of the page.
fn address_of(app: &App, tab: &str, subject: &str) -> String {
    let place = "(extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
    let newest = format!("WHERE subject = '{subject}' ORDER BY recorded_at DESC, id DESC LIMIT 1");
    format!("{tab}/{}/undo", app.db.one(&format!("SELECT {place} FROM changes {newest}")))
}

/// The address where all of the newest call about a subject is undone.
fn group_of(app: &App, tab: &str, subject: &str) -> String {
    let newest = format!("WHERE subject = '{subject}' ORDER BY recorded_at DESC, id DESC LIMIT 1");
    format!("{tab}/groups/{}/undo", app.db.one(&format!("SELECT group_id FROM changes {newest}")))
}

/// Whether a value is fine to be kept.
fn value(given: Value) -> AttributeValue {
    let name = kith::attributes::AttributeName::new("plan").expect("a name");
    AttributeValue::new(&name, given).expect("a value")
}
