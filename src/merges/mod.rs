//! Two profiles that are one person: suggestions, merges, and their undoing. Tables: `merges`, `merge_suggestions`, `profile_aliases`,
//! `settling`.
//!
//! A merge never loses anything: the merged profile's rows stay as they were then, its identifiers and its address lead to the survivor
//! for ever, and within thirty days both can be restored.
//!
//! Addresses: `…/merges` (what is suggested, what was dismissed, what was done), `…/profiles/{profile}/merge` (choose, compare, merge) and
//! `…/profiles/{profile}/merges/{merge}/undo`.

mod actions;
mod compare;
mod comparison;
mod pages;
mod past;
pub mod store;
mod suggested;

pub use past::{MergedFrom, merged_from};
pub use store::Suggestion;

use uuid::Uuid;

use crate::{
    auth::Permission,
    console::{Access, Routes},
    db::ids::{MergeId, ProfileId},
    web::PathId,
};

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
    /// The identifiers that moved.
    pub identifiers: Vec<crate::identities::Identifier>,
}

impl PathId for MergeId {
    const PART: &str = "merge";
}

/// The list of merges, and what is done to two profiles.
pub fn routes() -> Routes {
    let (read, merge) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::Merge));
    Routes::default()
        .get("/{workspace}/{environment}/merges", read, pages::index)
        .post("/{workspace}/{environment}/merges/dismiss", merge, actions::dismiss)
        .get("/{workspace}/{environment}/profiles/{profile}/merge", merge, compare::show)
        .post("/{workspace}/{environment}/profiles/{profile}/merge", merge, actions::merge)
        .get("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, pages::confirm_undo)
        .post("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, actions::undo)
}
