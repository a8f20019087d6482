//! The History tab, and undoing: a change like any other, for it is a row of the ledger turned round and said again.
//!
//! Addresses: `…/profiles/{profile}/history` (the tab), `…/history/{change}/undo` (one change), `…/history/groups/{group}/undo` (all that
//! one form, import, call or job did to this profile) and `…/history/groups/{group}/everybody` (to everybody, which is a job).
//!
//! `undo.rs` is the rule of what takes a row back, `standing.rs` holds it against how things are, `portion.rs` does so for everybody.

mod actions;
mod pages;
mod portion;
mod routes;
mod standing;
mod undo;
mod undoing;

pub use portion::Undo;
pub use routes::routes;
