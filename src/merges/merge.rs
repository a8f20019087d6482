//! A merge of two profiles, as it is written down so that it can be undone.

use uuid::Uuid;

use crate::{db::ids::ProfileId, identities::Identifier, registers::Taken};

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
    pub taken: Vec<Taken>,
    /// The identifiers that moved.
    pub identifiers: Vec<Identifier>,
}
