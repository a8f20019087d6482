//! The one write path. Every producer (import, console, and what comes later) makes [`Item`]s; only [`submit`] writes
//! profile state, with its ledger rows and events in the same transaction.
//!
//! Everything that is said carries a [`Stamp`](crate::ledger::Stamp); a statement replaces another only if its stamp is greater, so neither the
//! order of delivery nor repetition nor the cut of batches matters. A batch is grouped by kind and costs a constant number
//! of statements, whatever its size. People whom nobody knows yet can be loaded by the thousand: [`load_now`] writes the same rows through `COPY`.

mod apply;
mod correct;
mod erase;
mod item;
mod join;
mod known;
mod load;
mod moment;
mod newcomers;
mod profile_rows;
mod registers;
mod resolve;
mod rules;
mod settle;
mod state;
mod trust;
mod undo;
mod work;

pub use apply::{submit, submit_at, submit_now, submit_trusting};
pub use item::{Fix, Identify, Item, Merge, MergeProfile, Person, Statement, Swap};
pub use join::preview;
pub use load::load_people;
pub use moment::time;
pub use newcomers::{Newcomer, load_now};
pub use registers::{REGISTERS, registers, use_registers};
pub use settle::settle_now;
pub use state::{State, display_name};
pub use trust::{LeftOut, Page, Part, Protected, Trust};
pub use undo::{Undone, undo_merge};
