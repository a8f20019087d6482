//! What profiles did and received: the Activity tab, and the rows of events. Tables: `events`, `event_receipts`, `profile_activity`.
//! Addresses: `…/profiles/{profile}/activity[/raw]`. Definitions and retention of events are in [`crate::events`].
//!
//! An event's id is made from the sender's message id if there is one, so a repeated event is the same row.
//!
//! The tab shows three tables as one timeline: `query` reads the address, `timeline` merges what `events`, the ledger and the moves of
//! segments read by their primary keys, `entry` shows it, with changes in the words of the ledger's teller. `statistics` counts.

mod bots;
mod channels;
mod entry;
mod entry_filter;
mod entry_id;
mod events;
mod fates;
mod messages;
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

pub use bots::{status as status_of, suspicion};
pub use events::{EventRow, timeline};
pub use fates::messages_within;
pub use moves::{join_activity, move_events, take_back};
pub use period::Period;
pub use routes::routes;
pub use statistics::{Statistics, statistics};
pub use store::{
    LATE, NewEvent, REMEMBERED, Seen, copy_events, copy_seen, count, insert as insert_events, last_seen, mark_seen,
    receive, sweep_receipts,
};
