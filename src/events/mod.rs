//! The catalogue of events (S7.3, S7.6, S7.9, S7.10): how events are shown, what they count as, their volume and their retention. Tables:
//! `event_definitions`, `event_keys` (what the search box looks events up by), `event_key_fills`.
//!
//! Addresses: `…/events[/{definition}[/keep]]`, and `…/profiles/{profile}/events/new` for adding an event by hand.
//! The first event of a name makes its definition, or an operator does; name and kind never change.

mod actions;
mod by_hand;
pub mod definitions;
mod event;
mod fill;
mod form;
mod keys;
mod known;
mod pages;
mod properties;
mod retention;
mod routes;
mod show;
mod sign;
mod store;
mod volume;

pub use definitions::{Definitions, ensure as ensure_definitions, is_activity, unknown};
pub use event::{Event, EventKind, EventName, MessageId};
pub use fill::{begin as begin_fill, fill_keys};
pub use keys::{EventKey, copy_keys, keys_of, lookup_key, write_keys};
pub use retention::sweep_events;
pub use routes::routes;
pub use sign::sign;
pub use volume::Spark;

use crate::{db::ids::DefinitionId, web::PathId};

impl PathId for DefinitionId {
    const PART: &str = "definition";
}
