//! Two profiles that are one person: suggestions, merges, and their undoing. Tables: `merges`, `merge_suggestions`, `profile_aliases`,
//! `settling` (profiles whose late events are looked for).
//!
//! A merge never loses anything: the merged profile's rows stay as they were then, its identifiers and its address lead to the survivor
//! for ever, and within thirty days both can be restored.
//!
//! Addresses: `…/merges` (what is suggested, what was dismissed, what was done), `…/profiles/{profile}/merge` (choose, compare, merge) and
//! `…/profiles/{profile}/merges/{merge}/undo`.

mod actions;
mod compare;
mod comparison;
mod list;
mod merge;
mod pages;
mod routes;
pub mod store;
mod suggested;

pub use list::{MergedFrom, merged_from};
pub use merge::{NewMerge, UNDO_DAYS};
pub use routes::routes;
pub use store::Suggestion;

use crate::{db::ids::MergeId, web::PathId};

impl PathId for MergeId {
    const PART: &str = "merge";
}
