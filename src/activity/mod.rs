//! What people did and what was done for them: the Activity tab, and the rows of events. Tables: `events`, `event_receipts`,
//! `profile_activity`. Addresses: `…/profiles/{profile}/activity[/raw]`. What events are called and how long they are kept is in
//! [`crate::events`].
//!
//! An event's id is made from the sender's message id where there is one, so a repeated event is the same row.
//!
//! The tab tells two tables as one: `query` reads the address, `timeline` merges what `events` and the ledger's reader read from their
//! primary keys, `entry` shows it, changes in the words of the ledger's teller. `statistics` counts.

mod bots;
mod entry;
mod entry_filter;
mod entry_id;
mod events;
mod moves;
mod pages;
mod period;
mod query;
mod raw;
mod routes;
mod statistics;
mod store;
mod timeline;
mod visit;

pub use events::{EventRow, timeline};
pub use moves::{join_activity, move_events, take_back};
pub use period::Period;
pub use routes::routes;
pub use statistics::{Statistics, statistics};
pub use store::{
    NewEvent, Seen, copy_events, copy_seen, count, insert as insert_events, last_seen, mark_seen, receive,
    sweep_receipts,
};
