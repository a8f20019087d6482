//! The catalogue of events (S7.3, S7.6, S7.9, S7.10): how they are shown, what they count as, how many there are, how long they are kept.
//! Table: `event_definitions`.
//!
//! Addresses: `…/events[/{definition}[/keep]]`, and `…/profiles/{profile}/events/new` for an event that somebody adds by hand. A definition is made by the first event of its name, or here; its name and kind stay.

mod actions;
mod by_hand;
pub mod definitions;
mod event;
mod form;
mod known;
mod pages;
mod properties;
mod retention;
mod routes;
mod show;
mod store;
mod volume;

pub use definitions::{Definitions, ensure as ensure_definitions, is_activity};
pub use event::{Event, EventKind, EventName, MessageId};
pub use retention::sweep_events;
pub use routes::routes;

use crate::{db::ids::DefinitionId, web::PathId};

impl PathId for DefinitionId {
    const PART: &str = "definition";
}
