//! The record of a merge, from which it can be undone.

use uuid::Uuid;

use crate::{
    db::ids::{Pair, ProfileId},
    identities::Identifier,
    registers::{Moment, Taken},
};

/// Days within which a merge can be undone.
pub const UNDO_DAYS: i64 = 30;

/// A merge that was recorded, and not undone.
#[derive(PartialEq, Eq)]
pub struct PastMerge {
    /// Id of the merge.
    pub id: Uuid,
    /// The merged profile, and its survivor.
    pub pair: Pair,
    /// When the two became one person.
    pub moment: Moment,
    /// Keys that the survivor took over.
    pub taken: Vec<Taken>,
}

/// A merge to be recorded.
pub struct NewMerge {
    /// Id of the merge.
    pub id: Uuid,
    /// The profile that is kept.
    pub survivor: ProfileId,
    /// The profile that is merged into the survivor.
    pub merged: ProfileId,
    /// When the two became one person.
    pub moment: Moment,
    /// Keys that the survivor took over.
    pub taken: Vec<Taken>,
    /// Identifiers that moved to the survivor.
    pub identifiers: Vec<Identifier>,
}
