//! Two profiles that are one person: suggestions, merges, and their undoing. Tables: `merges`, `merge_suggestions`, `profile_aliases`,
//! `settling`.
//!
//! A merge never loses anything: the merged profile's rows stay as they were then, its identifiers and its address lead to the survivor
//! for ever, and within thirty days both can be restored.

pub mod store;

pub use store::Suggestion;

use uuid::Uuid;

use crate::db::ids::ProfileId;

/// Days within which a merge can be undone.
pub const UNDO_DAYS: i64 = 30;

/// A merge to write down.
pub struct NewMerge {
    /// Its id.
    pub id: Uuid,
    /// Who stays.
    pub survivor: ProfileId,
    /// Who became part of them.
    pub merged: ProfileId,
    /// What the survivor took over.
    pub taken: Vec<crate::ingest::Taken>,
}
