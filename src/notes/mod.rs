//! Notes: what colleagues should know about a person (S9.1). Tables: `notes`, `note_versions`.
//!
//! Addresses: `…/profiles/{profile}/notes[/{note}[/edit|/delete|/pin|/history]]`. Invariants: every text that a note ever had
//! stays in `note_versions`; a change made from an old version is never applied, it comes back as a page with both texts; a note
//! is written through `ingest` like everything else about a person.
//!
//! This area is the pattern for the others: `form.rs` reads, `pages.rs` shows, `actions.rs` changes, `store.rs` asks,
//! `apply.rs` is its part of the write path.

mod actions;
mod apply;
mod form;
mod markdown;
mod moves;
mod pages;
mod rendered;
mod store;

pub use apply::apply;
pub use form::NoteBody;
pub use moves::{copy, take_back};
pub use store::{History, NoteRow, beginnings};

use crate::{
    auth::Permission,
    console::{Access, Routes},
    db::ids::NoteId,
    web::PathId,
};

/// What can be done to a note.
#[derive(Clone, Debug)]
pub enum NoteChange {
    /// Written for the first time. The id is made with the form, so that sending it twice writes one note.
    Add {
        /// Its id.
        id: NoteId,
        /// Its text.
        body: NoteBody,
    },
    /// Its text replaced.
    Edit {
        /// Which.
        id: NoteId,
        /// The new text.
        body: NoteBody,
        /// The version that the new text was made from.
        base: i32,
    },
    /// Moved to the top of the list, or back.
    Pin {
        /// Which.
        id: NoteId,
        /// Whether it stays on top.
        pinned: bool,
    },
    /// Taken away; its texts are kept.
    Delete {
        /// Which.
        id: NoteId,
    },
}

impl NoteChange {
    /// The note that it is about.
    pub fn id(&self) -> NoteId {
        match self {
            Self::Add { id, .. } | Self::Edit { id, .. } | Self::Pin { id, .. } | Self::Delete { id } => *id,
        }
    }
}

impl PathId for NoteId {
    const PART: &str = "note";
}

/// The Notes tab.
pub fn routes() -> Routes {
    let (read, write) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::Note));
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/notes", read, pages::index)
        .post("/{workspace}/{environment}/profiles/{profile}/notes", write, actions::create)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, pages::edit)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, actions::update)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/pin", write, actions::pin)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, pages::confirm_delete)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, actions::destroy)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/history", read, pages::history)
}
