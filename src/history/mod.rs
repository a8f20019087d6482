//! The History tab, and undoing, which is a change like any other: the inverse of a ledger row, stated anew.
//!
//! Addresses: `…/profiles/{profile}/history` (the tab), `…/history/{change}/undo` (one change), `…/history/groups/{group}/undo` (a group's
//! changes of this profile) and `…/history/groups/{group}/everybody` (of all profiles, as a job).
//!
//! `inverse.rs` makes the statement that undoes a row, `current.rs` checks it against the state, `undo_job.rs` does so for all profiles.

mod actions;
mod current;
mod inverse;
mod pages;
mod preview;
mod routes;
mod undo_job;

pub use routes::routes;
pub use undo_job::{Undo, undo_chunk};
