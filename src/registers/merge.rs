//! What a survivor takes over in a merge, and gives up when the merge is undone.

use std::{cmp::Ordering, collections::BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{
    Kept, Register, Rows, Turn,
    statements::{Said, order, standing, that_count},
};
use crate::ledger::{ChangeKind, Context, Stamp};

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
    /// All statements of the key that count or may count, before and after the merge; `None` of registers in which the newer one wins, and
    /// of merges before these were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<[Vec<Said<Json>>; 2]>,
}

impl Taken {
    /// What was taken over, with stamps as they count at `present`.
    pub fn at_present(mut self, present: DateTime<Utc>) -> Self {
        let before = self.before.iter_mut().map(|(_, stamp)| stamp);
        let all = self.statements.iter_mut().flatten().flatten().map(|said| &mut said.stamp);
        before.chain(all).chain([&mut self.after]).for_each(|stamp| *stamp = stamp.at_present(present));
        self
    }
}

/// What became of rows that were replaced.
#[derive(Default)]
pub struct Replaced {
    /// Whether any row must be written or deleted.
    pub is_moved: bool,
    /// Visible changes.
    pub turns: Vec<Turn>,
    /// Keys whose rows must be deleted, as texts.
    pub gone: Vec<String>,
}

/// When two profiles became one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time of the merge, in microseconds since 1970: what is said from then on is said of both.
    pub at: i64,
    /// Index of the merge in its call or import.
    pub index: i32,
    /// Whether the merged profile's own statements stand above the survivor's, as those about an id stand above those about a browser.
    pub leads: bool,
}

impl Moment {
    /// The moment of a merge that was said at that time.
    pub fn new(at: DateTime<Utc>, leads: bool) -> Self {
        Self { at: at.timestamp_micros(), index: 0, leads }
    }

    /// Whether a statement with this stamp was made at the moment or later.
    pub fn is_before(self, stamp: Stamp) -> bool {
        (self.at, self.index) <= (stamp.as_of, stamp.index)
    }

    /// Its time.
    pub fn time(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.at).unwrap_or_default()
    }
}

impl<R: Register> Rows<R> {
    /// Adds the rows of a profile that is merged into this one. What was said since the moment of the merge stands above what was said
    /// before, newest first; of what was said before, each profile's newest, the register decides.
    pub(super) fn join(&mut self, theirs: &Self, moment: Moment, at: Context) -> Vec<Taken> {
        if R::LEAVE.is_some() {
            return self.join_all(theirs, moment, at);
        }
        let mut taken = Vec::new();
        for (key, their, said) in theirs.iter() {
            let own = self.get(key).cloned();
            let (value, after) = match &own {
                None => (their.clone(), said),
                Some((own, stamp)) => Self::of_both(key, (own, *stamp), (their, said), moment),
            };
            if own.as_ref().is_some_and(|(own, stamp)| (own, *stamp) == (&value, after)) {
                continue;
            }
            let before = own.map(|(own, stamp)| (json!(own), stamp));
            taken.push(Taken { kind: R::KIND, key: key.to_string(), before, after, statements: None });
            self.set(at, key, value, after);
        }
        taken
    }

    /// What a key has after a merge of two profiles that have it.
    fn of_both(key: &R::Key, own: (&R::Value, Stamp), their: (&R::Value, Stamp), moment: Moment) -> (R::Value, Stamp) {
        let is_newer = match their.1.order(&own.1) {
            Ordering::Equal => R::outranks(key, their.0, own.0),
            order => order == Ordering::Greater,
        };
        let newest_first = || if is_newer { (their, own) } else { (own, their) };
        let is_said_since = moment.is_before(own.1) || moment.is_before(their.1);
        let (first, second) = if moment.leads { (their, own) } else { (own, their) };
        let (stays, goes) = match R::keeps(key, first.0, second.0) {
            _ if is_said_since => newest_first(),
            Kept::Own => (first, second),
            Kept::Theirs => (second, first),
            Kept::Newer => newest_first(),
            Kept::Both(value) => return (value, newest_first().0.1),
        };
        let mut value = stays.0.clone();
        R::gather(&mut value, goes.0);
        (value, stays.1)
    }

    /// Gives up what was taken over, unless a newer statement set it.
    pub(super) fn give_up(&mut self, taken: &Taken, at: Context) {
        let Some(key) = R::key(&taken.key) else { return };
        if R::LEAVE.is_some() {
            return self.give_up_all(&key, taken, at);
        }
        if self.get(&key).is_none_or(|(_, stamp)| *stamp != taken.after) {
            return;
        }
        let read = |(value, stamp): &(Json, Stamp)| Some((serde_json::from_value(value.clone()).ok()?, *stamp));
        match taken.before.as_ref().and_then(read) {
            Some((old, stamp)) => self.set(at, &key, old, stamp),
            None => self.forget(at, &key),
        };
    }

    /// [`Self::join`] where a looser statement may be refused. A merge loosens nothing.
    fn join_all(&mut self, theirs: &Self, moment: Moment, at: Context) -> Vec<Taken> {
        let mut taken = Vec::new();
        for (key, ..) in theirs.iter() {
            let their = theirs.statements(key).unwrap_or_default();
            let own = self.statements(key).unwrap_or_default();
            let all = if own.is_empty() { their.to_vec() } else { Self::all_of_both(key, own, their, moment) };
            let Some(Said { stamp: after, .. }) = standing::<R>(key, &all).filter(|_| all != own) else { continue };
            let before = self.get(key).map(|(own, stamp)| (json!(own), *stamp));
            let stored = |all: &[Said<R::Value>]| all.iter().map(Said::stored).collect();
            let statements = Some([stored(own), stored(&all)]);
            taken.push(Taken { kind: R::KIND, key: key.to_string(), before, after: *after, statements });
            self.keep(at, key, all);
        }
        taken
    }

    /// The statements of a key of both: those since the moment, above what stood before it, of which the register decides.
    fn all_of_both(
        key: &R::Key,
        own: &[Said<R::Value>],
        their: &[Said<R::Value>],
        moment: Moment,
    ) -> Vec<Said<R::Value>> {
        let split = |all: &[Said<R::Value>]| -> (Vec<_>, Vec<_>) {
            all.iter().cloned().partition(|said| moment.is_before(said.stamp))
        };
        let ((since_own, own), (since_their, their)) = (split(own), split(their));
        let (first, second) = if moment.leads { (their, own) } else { (own, their) };
        let stood = |all: &[Said<R::Value>]| standing::<R>(key, all).cloned();
        let base = match (stood(&first), stood(&second)) {
            (Some(first), Some(second)) => match R::keeps(key, &first.value, &second.value) {
                Kept::Own => Some(first),
                Kept::Theirs => Some(second),
                Kept::Both(value) => Some(Said { value, ..first }),
                Kept::Newer if order::<R>(key, &first, &second).is_ge() => Some(first),
                Kept::Newer => Some(second),
            },
            (first, second) => first.or(second),
        };
        that_count::<R>(key, base.into_iter().chain(since_own).chain(since_their).collect())
    }

    /// [`Self::give_up`] where a looser statement may be refused: what was said since the merge is said of what was before it.
    fn give_up_all(&mut self, key: &R::Key, taken: &Taken, at: Context) {
        let Some(has) = self.statements(key) else { return };
        let read = |all: &[Said<Json>]| -> Vec<Said<R::Value>> {
            let said = |said: &Said<Json>| {
                let value = serde_json::from_value(said.value.clone()).ok()?;
                Some(Said { value, stamp: said.stamp, may_loosen: said.may_loosen })
            };
            all.iter().filter_map(said).collect()
        };
        let (before, after) = match &taken.statements {
            Some([before, after]) => (read(before), Some(read(after))),
            None => {
                let said =
                    |(value, stamp): &(Json, Stamp)| Said { value: value.clone(), stamp: *stamp, may_loosen: true };
                (read(&taken.before.iter().map(said).collect::<Vec<_>>()), None)
            }
        };
        let is_new = |said: &&Said<R::Value>| match &after {
            Some(after) => after.iter().all(|it| order::<R>(key, it, said).is_ne()),
            None => said.stamp != taken.after,
        };
        let new = has.iter().filter(is_new).cloned();
        let all = that_count::<R>(key, before.into_iter().chain(new).collect());
        if all.is_empty() {
            self.forget(at, key);
        } else if all != has {
            self.keep(at, key, all);
        }
    }

    /// Makes these rows equal to `new` ones.
    pub(super) fn replace(&mut self, new: &Self, at: Context) -> Replaced {
        let keys: BTreeSet<R::Key> = self.iter().chain(new.iter()).map(|(key, ..)| key.clone()).collect();
        let mut all = Replaced::default();
        for key in keys {
            let ((had, has), new_all) = ((self.get(&key), self.statements(&key)), new.statements(&key));
            if had == new.get(&key) && has == new_all {
                continue;
            }
            all.is_moved = true;
            all.turns.extend(match new.get(&key).cloned() {
                Some(_) if R::LEAVE.is_some() => self.keep(at, &key, new_all.unwrap_or_default().to_vec()),
                Some((value, stamp)) => self.set(at, &key, value, stamp),
                None => {
                    all.gone.push(key.to_string());
                    self.forget(at, &key)
                }
            });
        }
        all
    }
}
