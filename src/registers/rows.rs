//! Rows of one register and one profile while statements are folded into them.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Value as Json, json};

use super::{
    Register,
    statements::{Said, order, standing, that_count},
};
use crate::{
    json::equal,
    ledger::{Change, Context, Stamp},
};

/// Rows of a profile in one register, with the keys that changed.
pub struct Rows<R: Register> {
    rows: BTreeMap<R::Key, (R::Value, Stamp)>,
    /// What [`that_count`], only with [`Register::LEAVE`]: the one that stands is the row.
    statements: BTreeMap<R::Key, Vec<Said<R::Value>>>,
    /// Only of a register with a table: others are written as a whole.
    dirty: BTreeSet<R::Key>,
}

/// A visible change of a value.
pub struct Turn {
    /// The change, for the ledger.
    pub change: Change,
    /// Text that no longer finds the profile; `None` if there is none.
    pub forgotten: Option<String>,
    /// Text that finds the profile from now on; `None` if there is none.
    pub found: Option<String>,
}

/// Visible value of a key, as the ledger has it: a key without a row looks like a removed one.
pub(super) fn seen<R: Register>(value: Option<&R::Value>) -> Option<Json> {
    value.map_or_else(|| R::shown(&R::removed()?), R::shown)
}

impl<R: Register> Default for Rows<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), statements: BTreeMap::new(), dirty: BTreeSet::new() }
    }
}

impl<R: Register> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.fmt(f)
    }
}

impl<R: Register> Clone for Rows<R> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), statements: self.statements.clone(), dirty: self.dirty.clone() }
    }
}

impl<R: Register> Rows<R> {
    /// Adds a row as stored.
    pub fn load(&mut self, key: R::Key, value: R::Value, stamp: Stamp) {
        self.load_with(key, value, stamp, None);
    }

    /// [`Self::load`] with all statements of the key: see [`Row::statements`](super::Row::statements).
    pub(super) fn load_with(&mut self, key: R::Key, value: R::Value, stamp: Stamp, statements: Option<Json>) {
        if R::LEAVE.is_some() {
            let all = statements.and_then(|all| serde_json::from_value(all).ok());
            let own = || vec![Said { value: value.clone(), stamp, may_loosen: true }];
            self.statements.insert(key.clone(), all.unwrap_or_else(own));
        }
        self.rows.insert(key, (value, stamp));
    }

    /// Replaces each stamp by `seen` of it.
    pub fn restamp(&mut self, seen: &dyn Fn(Stamp) -> Stamp) {
        self.rows.values_mut().for_each(|(_, stamp)| *stamp = seen(*stamp));
        self.statements.values_mut().flatten().for_each(|said| said.stamp = seen(said.stamp));
    }

    /// Whether a statement replaces the row of its key, with the value and the stamp that the row has. Of equal stamps the values decide.
    pub fn replaces(key: &R::Key, (said, stamp): (&R::Value, &Stamp), (had, old): &(R::Value, Stamp)) -> bool {
        match stamp.order(old) {
            Ordering::Equal => said != had && R::outranks(key, said, had),
            order => order == Ordering::Greater,
        }
    }

    /// Folds in one statement. Returns whether the row must be written, and the visible change.
    pub fn say(&mut self, key: &R::Key, value: R::Value, at: Context) -> (bool, Option<Turn>) {
        let (mut value, mut stamp) = R::said(value, at.stamp);
        let at = Context { stamp, ..at };
        if R::LEAVE.is_some() {
            let may_loosen = R::may_loosen(key, at.leave);
            return self.say_of_all(key, Said { value, stamp, may_loosen }, at);
        }
        if let Some(known @ (had, old)) = self.rows.get(key) {
            if !Self::replaces(key, (&value, &stamp), known) {
                let said = std::mem::replace(&mut value, had.clone());
                R::gather(&mut value, &said);
                if value == *had {
                    return (false, None);
                }
                stamp = *old;
            } else {
                R::gather(&mut value, had);
            }
        }
        // A moved stamp counts too: it moves the version, so that a batch that read the old stamp notices.
        (true, self.set(at, key, value, stamp))
    }

    /// [`Self::say`] where a looser statement may be refused: then the change says so.
    fn say_of_all(&mut self, key: &R::Key, said: Said<R::Value>, at: Context) -> (bool, Option<Turn>) {
        let had = self.statements.get(key).map_or(&[][..], Vec::as_slice);
        let all = that_count::<R>(key, had.iter().cloned().chain([said.clone()]).collect());
        if all == had {
            return (false, None);
        }
        let strictness = |said: &Said<R::Value>| R::strictness(key, &said.value);
        let is_refused = |stands: &&Said<R::Value>| {
            !said.may_loosen && strictness(&said) < strictness(stands) && order::<R>(key, &said, stands).is_gt()
        };
        let refused = standing::<R>(key, &all).filter(is_refused).map(|stands| {
            let (kept, said) = (R::shown(&stands.value), R::shown(&said.value).unwrap_or_default());
            let change = Change::refused(at, R::KIND, &key.to_string(), kept, said);
            Turn { change, forgotten: None, found: None }
        });
        let turn = self.keep(at, key, all);
        (true, turn.or(refused))
    }

    /// All statements of a key that count or may count.
    pub(super) fn statements(&self, key: &R::Key) -> Option<&[Said<R::Value>]> {
        self.statements.get(key).map(Vec::as_slice)
    }

    /// Replaces the statements of a key by others [`that_count`]. Returns the visible change.
    pub(super) fn keep(&mut self, at: Context, key: &R::Key, all: Vec<Said<R::Value>>) -> Option<Turn> {
        let Said { value, stamp, .. } = standing::<R>(key, &all)?.clone();
        self.statements.insert(key.clone(), all);
        self.set(Context { stamp, ..at }, key, value, stamp)
    }

    /// Sets a row, whatever its stamp was. Returns the visible change. An equal value stays as it was first written.
    pub fn set(&mut self, at: Context, key: &R::Key, value: R::Value, stamp: Stamp) -> Option<Turn> {
        if R::TABLE.is_some() {
            self.dirty.insert(key.clone());
        }
        match self.rows.get_mut(key) {
            Some((had, since)) if *had == value => {
                *since = stamp;
                None
            }
            had => {
                let turn = Self::turn(at, key, had.map(|(had, _)| &*had), Some(&value));
                self.rows.insert(key.clone(), (value, stamp));
                turn
            }
        }
    }

    /// Removes a row, as if no statement had set its key. Returns the visible change.
    pub fn forget(&mut self, at: Context, key: &R::Key) -> Option<Turn> {
        self.dirty.remove(key);
        self.statements.remove(key);
        let (had, _) = self.rows.remove(key)?;
        Self::turn(at, key, Some(&had), None)
    }

    /// The visible change from one value to another; `None` if both look the same.
    fn turn(at: Context, key: &R::Key, had: Option<&R::Value>, has: Option<&R::Value>) -> Option<Turn> {
        let (before, after) = (seen::<R>(had), seen::<R>(has));
        if equal(before.as_ref(), after.as_ref()) {
            return None;
        }
        let searched = |value: Option<&R::Value>| value.and_then(R::searched).map(str::to_owned);
        let change = Change::new(at, R::KIND, &key.to_string(), before, after);
        Some(Turn { change, forgotten: searched(had), found: searched(has) })
    }

    /// Value and stamp of a key; `None` if the key has no row.
    pub fn get(&self, key: &R::Key) -> Option<&(R::Value, Stamp)> {
        self.rows.get(key)
    }

    /// Number of all rows.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// All rows: key, value, stamp.
    pub fn iter(&self) -> impl Iterator<Item = (&R::Key, &R::Value, Stamp)> {
        self.rows.iter().map(|(key, (value, stamp))| (key, value, *stamp))
    }

    /// Whether the row of a key is to be written.
    pub fn is_dirty(&self, key: &R::Key) -> bool {
        self.dirty.contains(key)
    }

    /// The rows to write: key, value, stamp, and [`Row::statements`](super::Row::statements).
    pub fn dirty(&self) -> impl Iterator<Item = (&R::Key, &R::Value, Stamp, Option<Json>)> {
        let row = |key| {
            let (value, stamp) = self.rows.get(key)?;
            let all = self.statements.get(key).filter(|all| !matches!(all.as_slice(), [only] if only.may_loosen));
            Some((key, value, *stamp, all.map(|all| json!(all))))
        };
        self.dirty.iter().filter_map(row)
    }
}
