//! Notes about a profile, for colleagues (S9.1). Tables: `notes`, `note_versions`.
//!
//! Addresses: `…/profiles/{profile}/notes[/{note}[/edit|/delete|/pin|/history]]`. Invariants: every text that a note ever had stays in
//! `note_versions`; a change based on an old version is never applied, it is answered with a page with both texts; a note is written
//! through `ingest`, like every statement about a profile.
//!
//! This area is the pattern for the others: `form.rs` parses, `pages.rs` shows, `actions.rs` changes, `store.rs` queries, `apply.rs` is the
//! area's part of the write path.

mod actions;
mod apply;
mod change;
mod form;
mod links;
mod markdown;
mod moves;
mod pages;
mod rendered;
mod routes;
mod store;

pub use apply::apply;
pub use change::{NoteBody, NoteChange};
pub use markdown::plain;
pub use moves::{copy, take_back};
pub use routes::routes;
pub use store::{History, NoteRow};

use crate::{db::ids::NoteId, web::PathId};

impl PathId for NoteId {
    const PART: &str = "note";
}
