//! Outputs: what other systems are told. So far webhooks, whom it tells who enters and leaves segments, as Standard Webhooks say; other
//! connections follow. Tables: `webhooks`, `webhook_deliveries`.
//!
//! Addresses: `…/webhooks[/{webhook}[/edit|delete|secret|…]]`, and `/api/data/v1/webhooks`. [`emit`] makes messages within the transaction
//! in which something happens; [`Sender`] sends them afterwards. Invariants: a message is sent at least once and in no certain order, under
//! one id for all attempts; bodies are made for each attempt and not stored; nothing is sent into private networks unless the server allows
//! it, whatever a name leads to; of a webhook that somebody changes the audit log tells.

mod actions;
mod client;
mod deliveries;
mod emit;
mod errand;
mod form;
mod happening;
mod message;
mod pages;
mod retry;
mod routes;
mod secret;
mod sender;
mod show;
pub mod store;
mod webhook;

pub use client::Client;
pub use deliveries::{Delivery, State, sweep};
pub use emit::emit;
pub use happening::{Happening, HappeningKind};
pub use routes::routes;
pub use secret::{Secret, Secrets};
pub use sender::Sender;
pub use webhook::{Draft, Kinds, Listed, MOST, MOST_SEGMENTS, OffCause, Segments, Switch, Webhook, WebhookName};

use crate::{
    db::ids::{DeliveryId, WebhookId},
    web::PathId,
};

impl PathId for WebhookId {
    const PART: &str = "webhook";
}

impl PathId for DeliveryId {
    const PART: &str = "delivery";
}
