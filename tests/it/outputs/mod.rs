//! Webhooks: what is sent, to whom, how often, and what their pages and the API show of it.

mod api;
mod emit;
mod pages;
pub mod receiver;
mod retries;
mod sending;

use std::sync::Arc;

use kith::{
    auth::Role,
    db::ids::{ProfileId, SegmentId},
    outputs::{Happening, HappeningKind, Sender, emit},
};
use receiver::Receiver;
use uuid::Uuid;

use crate::support::{App, Browser};

/// A segment.
const VIPS: SegmentId = SegmentId(Uuid::from_u128(0x7a11));

/// A console whose server may send to this machine.
fn app() -> App {
    App::configured(|config| config.server.private_webhooks = true)
}

/// Creates a webhook by its form, and returns its id.
pub fn create(ada: &mut Browser<'_>, app: &App, url: &str) -> String {
    ada.visit(&app.path("webhooks/new"));
    let page = ada.submit("Create webhook", &[("Name", "Shop backend"), ("Address", url)]).expect(303).clone();
    ada.follow().expect(200).check_markup();
    page.location().rsplit('/').next().expect("an id").to_owned()
}

/// Says that somebody entered or left a segment.
fn says(app: &App, kind: HappeningKind, people: &[ProfileId]) -> usize {
    let at = app.clock.now();
    let happening =
        |profile: &ProfileId| Happening { kind, profile: *profile, segment: VIPS, segment_name: "VIPs", at };
    let happenings: Vec<_> = people.iter().map(happening).collect();
    app.state.db.tx_now(|conn| emit(conn, app.live, &happenings, at)).expect("stored")
}

fn entered(app: &App, people: &[ProfileId]) -> usize {
    says(app, HappeningKind::Entered, people)
}

fn sender(app: &App) -> Arc<Sender> {
    Sender::new(app.state.clone().into_inner())
}

/// Sends all that is due now.
fn send(app: &App) {
    app.run(async {
        for lane in sender(app).start_due().await.expect("lanes") {
            lane.await.expect("it ends");
        }
    });
}

/// State, attempts and status of all messages.
fn log(app: &App) -> Vec<String> {
    app.db.column("SELECT concat_ws(' ', state, attempts, status) FROM webhook_deliveries ORDER BY id")
}

/// The secret, as its page shows it.
fn secret(ada: &mut Browser<'_>, app: &App, webhook: &str) -> String {
    ada.visit(&app.path(&format!("webhooks/{webhook}")));
    ada.submit("Show secret", &[]).expect(200).text("pre code")
}

/// A webhook and a message of it, as parts of addresses of the console.
pub fn parts(app: &App) -> [(&'static str, String); 2] {
    let mut ada = app.browser(Role::Admin);
    let webhook = create(&mut ada, app, "https://shop.example/hooks");
    ada.submit("Send a test", &[]).expect(303);
    [("{webhook}", webhook), ("{delivery}", app.db.one("SELECT id FROM webhook_deliveries"))]
}
