//! What people did and what was done for them. Tables: `event_definitions`, `events`. Address: `…/profiles/{profile}/activity`.
//!
//! An event's id is made from the sender's message id where there is one, so a repeated event is the same row.

mod definitions;
mod event;
mod pages;
mod period;
mod store;

pub use definitions::{ensure as ensure_definitions, is_activity};
pub use event::{Event, EventName, MessageId};
pub use store::{NewEvent, Seen, insert as insert_events, mark_seen};

use crate::{
    auth::Permission,
    web::{Access, Routes},
};

/// The Activity tab.
pub fn routes() -> Routes {
    Routes::default().get(
        "/{workspace}/{environment}/profiles/{profile}/activity",
        Access::Can(Permission::ReadProfiles),
        pages::index,
    )
}
