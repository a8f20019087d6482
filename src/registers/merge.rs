//! What a survivor takes over in a merge, and gives up when the merge is undone.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Kept, Register, Rows, Turn};
use crate::{
    db::ids::ProfileId,
    ledger::{ChangeKind, Stamp},
};

/// A key that a survivor took over in a merge. A row of `merges` keeps all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Kind of the register.
    pub kind: ChangeKind,
    /// Key, as text.
    pub key: String,
    /// Value and stamp of the survivor before the merge; `None`: no statement had set the key.
    pub before: Option<(Json, Stamp)>,
    /// Stamp of the key after the merge.
    pub after: Stamp,
}

/// The stamp of a value that is kept: its own source, and a time just after the later of both, so that the other statement can arrive once
/// more without effect.
fn kept(kept: Stamp, other: Stamp) -> Stamp {
    if other.is_newer_than(&kept) { Stamp { source: kept.source, as_of: other.as_of + 1, ..other } } else { kept }
}

impl<R: Register> Rows<R> {
    /// Adds the rows of a profile that is merged into this one.
    pub(super) fn join(&mut self, theirs: &Self, at: (ProfileId, Stamp)) -> (Vec<Turn>, Vec<Taken>) {
        let gathered = |stays: &R::Value, goes: &R::Value| {
            let mut value = stays.clone();
            R::gather(&mut value, goes);
            value
        };
        let (mut turns, mut taken) = (Vec::new(), Vec::new());
        for (key, their, said) in theirs.iter() {
            let own = self.get(key).cloned();
            let (value, after) = match &own {
                None => (their.clone(), said),
                Some((own, stamp)) => match R::keeps(key, own, their) {
                    Kept::Both(value) if value == *own => (value, kept(*stamp, said)),
                    // Both statements can arrive once more, and neither says this.
                    Kept::Both(value) => {
                        let stamp = kept(*stamp, said);
                        (value, Stamp { as_of: stamp.as_of + 1, ..stamp })
                    }
                    Kept::Theirs => (gathered(their, own), kept(said, *stamp)),
                    Kept::Newer if said.is_newer_than(stamp) => (gathered(their, own), kept(said, *stamp)),
                    Kept::Own | Kept::Newer => (gathered(own, their), kept(*stamp, said)),
                },
            };
            if own.as_ref().is_some_and(|(own, stamp)| (own, *stamp) == (&value, after)) {
                continue;
            }
            let before = own.map(|(own, stamp)| (json!(own), stamp));
            taken.push(Taken { kind: R::KIND, key: key.to_string(), before, after });
            turns.extend(self.set(at, key, value, after));
        }
        (turns, taken)
    }

    /// Gives up what was taken over, unless a newer statement set it. True if no statement had set the key before, so that its row must be
    /// deleted.
    pub(super) fn give_up(&mut self, taken: &Taken, at: (ProfileId, Stamp)) -> (Option<Turn>, bool) {
        let Some(key) = R::key(&taken.key) else { return (None, false) };
        if self.get(&key).is_none_or(|(_, stamp)| *stamp != taken.after) {
            return (None, false);
        }
        let read = |(value, stamp): &(Json, Stamp)| Some((serde_json::from_value(value.clone()).ok()?, *stamp));
        match taken.before.as_ref().and_then(read) {
            Some((old, stamp)) => (self.set(at, &key, old, stamp), false),
            None => (self.forget(at, &key), true),
        }
    }
}
