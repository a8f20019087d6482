//! The History tab, and undoing: a change like any other, for it is a row of the ledger turned round and said again.
//!
//! Addresses: `…/profiles/{profile}/history` (the tab), `…/history/{change}/undo` (one change), `…/history/groups/{group}/undo` (all that
//! one form, import, call or job did to this profile) and `…/history/groups/{group}/everybody` (to everybody, which is a job).
//!
//! `inverse.rs` is the rule of what takes a row back, `current.rs` holds it against how things are, `undo_job.rs` does so for everybody.

mod actions;
mod current;
mod inverse;
mod pages;
mod preview;
mod routes;
mod undo_job;

pub use routes::routes;
pub use undo_job::{Undo, undo_chunk};
