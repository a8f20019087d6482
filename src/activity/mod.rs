//! What people did and what was done for them. Tables: `event_definitions`, `events`,
//! `event_receipts`, `profile_activity`. Addresses: `…/profiles/{profile}/activity`, `…/profiles/{profile}/events/new`, and those of
//! [`catalogue`].
//!
//! An event's id is made from the sender's message id where there is one, so a repeated event is the same row.

mod by_hand;
mod catalogue;
mod definitions;
mod event;
mod moves;
mod pages;
mod period;
mod retention;
mod store;

pub use definitions::{Definitions, ensure as ensure_definitions, is_activity};
pub use event::{Event, EventKind, EventName, MessageId};
pub use moves::{join_activity, move_events, take_back};
pub use period::Period;
pub use retention::sweep_events;
pub use store::{
    NewEvent, Seen, copy_events, copy_seen, count, insert as insert_events, last_seen, mark_seen, receive,
    sweep_receipts, timeline,
};

use crate::{
    auth::Permission,
    web::{Access, Routes},
};

/// The Activity tab.
pub fn routes() -> Routes {
    Routes::default()
        .get(
            "/{workspace}/{environment}/profiles/{profile}/activity",
            Access::Can(Permission::ReadProfiles),
            pages::index,
        )
        .with(by_hand::routes())
        .with(catalogue::routes())
}
