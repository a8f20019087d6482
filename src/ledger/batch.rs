//! Batches, and the outcomes of their items.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::ids::{EnvironmentId, ProfileId, SourceId};

/// What all items of a batch have in common.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Environment of the batch's profiles.
    pub environment: EnvironmentId,
    /// Source that states the items.
    pub source: SourceId,
    /// Time of arrival.
    pub received_at: DateTime<Utc>,
    /// Group of the batch's changes: those of one form, import, call or job.
    pub group: Uuid,
    /// Number of items of the same import or call in earlier batches, so that a cut does not change their order.
    pub before: usize,
    /// Reason that somebody gave, for the ledger; `None` if nobody did.
    pub reason: Option<String>,
}

/// What a source may loosen: turn a no into a yes. Each includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leave {
    /// Nothing: its statements only make answers stricter.
    #[default]
    Nothing,
    /// What people receive and agreed to, and for how long they want a pause.
    Answers,
    /// That all messages are off, too.
    Messages,
    /// Entries of the suppression list and blocks, complaints among them, too.
    Everything,
}

/// Result of one item of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Profile that the item is about; `None` if there is none, or if it was erased.
    pub profile: Option<ProfileId>,
    /// What the item did.
    pub effect: Effect,
}

/// What an item of a batch did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The item made the profile.
    Created,
    /// The item changed something.
    Changed,
    /// Nothing changed: everything was known already, or something newer was.
    Unchanged,
    /// Not applied: somebody changed the value since the version that the item was made from.
    Conflict,
    /// Not applied: the profile or note does not exist.
    Missing,
    /// Not applied: several people may be meant.
    Ambiguous,
    /// Not applied: the statement is from before the person's erasure.
    Erased,
    /// Not applied: the person was erased for good.
    Blocked,
    /// Not merged: both people are known, so the merge is only suggested to operators.
    Suggested,
    /// Not applied: the item would change a value that only kith sets.
    Fixed,
    /// Not applied: the item would change values of a profile with an id that its sender must not change, or goes beyond a limit.
    Protected,
}
