//! The record of a merge, from which it can be undone.

use uuid::Uuid;

use crate::{db::ids::ProfileId, identities::Identifier, registers::Taken};

/// Days within which a merge can be undone.
pub const UNDO_DAYS: i64 = 30;

/// A merge to be recorded.
pub struct NewMerge {
    /// Id of the merge.
    pub id: Uuid,
    /// The profile that is kept.
    pub survivor: ProfileId,
    /// The profile that is merged into the survivor.
    pub merged: ProfileId,
    /// Keys that the survivor took over.
    pub taken: Vec<Taken>,
    /// Identifiers that moved to the survivor.
    pub identifiers: Vec<Identifier>,
}
