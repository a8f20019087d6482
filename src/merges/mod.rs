//! Profiles of the same person: suggestions, merges, and the undoing of merges. Tables: `merges`, `merge_suggestions`, `shared_addresses`,
//! `profile_aliases`, `settling` (profiles that are watched for late events).
//!
//! A merge loses nothing: the merged profile's rows stay as they were, its identifiers and its address lead to the survivor for ever, and
//! within thirty days both profiles can be restored.
//!
//! Addresses: `…/merges` (suggested, dismissed, done), `…/profiles/{profile}/merge` (choose, compare, merge) and
//! `…/profiles/{profile}/merges/{merge}/undo`.

mod actions;
mod compare;
mod comparison;
pub mod families;
mod list;
mod merge;
mod pages;
mod routes;
pub mod shared;
pub mod store;
mod suggested;

pub use list::{MergedFrom, merged_from};
pub use merge::{NewMerge, PastMerge, UNDO_DAYS};
pub use routes::routes;
pub use store::{Suggestion, suggested_at};

use crate::{db::ids::MergeId, web::PathId};

impl PathId for MergeId {
    const PART: &str = "merge";
}
