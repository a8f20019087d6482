//! The ledger: who changed what, when, from where, and what it was before. Table: `changes`.
//!
//! Append-only. Rows are written by `ingest` alone, in the transaction that changes the state. Undoing is a change like any other: a
//! row turned round and said again, so the ledger keeps both, and what was undone can be done again.
//!
//! Addresses: `…/profiles/{profile}/history` (the tab), `…/history/{change}/undo` (one change), `…/history/groups/{group}/undo` (all that
//! one form, import, call or job did to this profile) and `…/history/groups/{group}/everybody` (to everybody, which is a job).
//!
//! `change.rs` writes rows, `store.rs` reads them, `words.rs` says them; `undo.rs` is the rule of what takes a row back, `standing.rs` holds it
//! against how things are, `portion.rs` does so for everybody.

mod actions;
mod pages;
mod portion;
mod routes;
mod standing;
mod undo;
mod undoing;

pub use portion::Undo;
pub use routes::routes;
