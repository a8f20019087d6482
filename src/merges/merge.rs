//! A merge of two profiles, as it is written down so that it can be undone.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::ids::ProfileId,
    identities::Identifier,
    ledger::{ChangeKind, Stamp},
};

/// Days within which a merge can be undone.
pub const UNDO_DAYS: i64 = 30;

/// What a survivor took over: of which kind, under which key, what it had before (none: nothing was said), and the stamp it has since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub kind: ChangeKind,
    pub key: String,
    pub before: Option<(Value, Stamp)>,
    pub after: Stamp,
}

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
