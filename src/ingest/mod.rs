//! The one write path. Every producer makes [`Item`]s; only [`submit`] writes profile state, with its ledger rows and events in the same
//! transaction.
//!
//! Every statement carries a [`Stamp`](crate::ledger::Stamp) and replaces another only if it was said later (of two that were said at
//! once, the values decide), so neither order of delivery nor repetition nor the cut of batches matters, except to limits. What was said
//! of somebody before they became one with another belongs to the part that they were (`lineage.rs`). A batch is grouped by kind and
//! costs a constant number of SQL statements,
//! whatever its size. Profiles that do not exist yet can be loaded by the thousand: [`load_now`] writes the same rows through `COPY`.

mod apply;
mod awaiting;
mod bulk_load;
mod erase;
mod item;
mod join;
mod known;
mod late_events;
mod limits;
mod lineage;
mod load;
mod parse_time;
mod profile_rows;
mod reactions;
mod refold;
mod registers;
mod resolve;
mod rules;
mod spellings;
mod state;
mod suppressed;
mod touched;
mod trust;
mod unit_of_work;
mod unmerge;
mod waiting;

pub use apply::{Seen, submit, submit_at, submit_now, submit_trusting};
pub use bulk_load::{NewProfile, load_now};
pub use item::{Identify, Item, Merge, MergeProfile, Person, Statement};
pub use join::preview;
pub use late_events::settle_now;
pub use limits::{MOST_ATTRIBUTES, MOST_DEVICES, MOST_NEW_NAMES, MOST_TAGS};
pub use load::load_people;
pub use parse_time::time;
pub use refold::refold_now;
pub use registers::{REGISTERS, registers, use_registers};
pub use spellings::{Means, RESERVED, Reserved, in_one_spelling, reserved, unsubscribed, yes_or_no};
pub use state::{State, display_name};
pub use suppressed::suppressed;
pub use trust::{LeftOut, Page, Part, Protected, Sender, Trust, Why};
pub use unmerge::{Undone, undo_merge, undo_merge_as_seen};
