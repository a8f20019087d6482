//! What is said at once, and what each part of it did.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::ids::{EnvironmentId, ProfileId, SourceId};

/// What all items of a batch have in common.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where it belongs.
    pub environment: EnvironmentId,
    /// Who says it.
    pub source: SourceId,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Ties the changes of one form, import or call together.
    pub group: Uuid,
    /// How many items of that import or call went before this batch, so that a cut does not change their order.
    pub before: usize,
    /// Why, where somebody said so: for the ledger.
    pub reason: Option<String>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The profile that it is about; none if nobody is meant (any more).
    pub profile: Option<ProfileId>,
    /// What it did.
    pub effect: Effect,
}

/// What an item did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It made the profile.
    Created,
    /// It changed something.
    Changed,
    /// All of it was known, or something newer was.
    Unchanged,
    /// It was made from an older version than the one that is there, and was not applied.
    Conflict,
    /// There is no such profile or note.
    Missing,
    /// It was said before the person was erased, or they may not come back.
    Erased,
    /// Both people of this merge are known; it is only suggested to the operators.
    Suggested,
    /// It would change a value that kith alone keeps, and was not applied.
    Fixed,
    /// It would change what is known of somebody who has an id, which its sender may not; nothing of it was applied.
    Protected,
}
