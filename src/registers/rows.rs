//! One profile's rows of one register while statements are folded into them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value as Json;

use super::Register;
use crate::{
    db::ids::ProfileId,
    json::alike,
    ledger::{Change, Stamp},
};

/// What is known of a profile's rows, and which of them changed.
pub struct Rows<R: Register> {
    rows: BTreeMap<R::Key, (R::Value, Stamp)>,
    dirty: BTreeSet<R::Key>,
}

/// A value that people see has become another one.
pub struct Turn {
    /// For the ledger.
    pub change: Change,
    /// What finds the profile no longer.
    pub forgotten: Option<String>,
    /// What finds it from now on.
    pub found: Option<String>,
}

/// What people see under a key, as the ledger writes it: where nothing was said of it, the same as where it was removed.
pub(super) fn seen<R: Register>(value: Option<&R::Value>) -> Option<Json> {
    value.map_or_else(|| R::shown(&R::removed()?), R::shown)
}

impl<R: Register> Default for Rows<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), dirty: BTreeSet::new() }
    }
}

impl<R: Register> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.fmt(f)
    }
}

impl<R: Register> Clone for Rows<R> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), dirty: self.dirty.clone() }
    }
}

impl<R: Register> Rows<R> {
    /// Notes a row as stored.
    pub fn load(&mut self, key: R::Key, value: R::Value, stamp: Stamp) {
        self.rows.insert(key, (value, stamp));
    }

    /// Sees each stamp as `seen` says.
    pub fn restamp(&mut self, seen: &dyn Fn(Stamp) -> Stamp) {
        self.rows.values_mut().for_each(|(_, stamp)| *stamp = seen(*stamp));
    }

    /// Folds one statement in; tells whether its row must be written, and what people see change.
    pub fn say(&mut self, profile: ProfileId, key: &R::Key, value: R::Value, stamp: Stamp) -> (bool, Option<Turn>) {
        let (mut value, stamp) = R::said(value, stamp);
        let known = self.rows.get(key);
        if let Some((had, old)) = known.filter(|(_, old)| !stamp.is_newer_than(old)) {
            let (mut kept, old) = (had.clone(), *old);
            R::gather(&mut kept, &value);
            let is_more = kept != *had;
            if is_more {
                self.put(key, kept, old);
            }
            return (is_more, None);
        }
        let turn = match known {
            Some((had, _)) => {
                R::gather(&mut value, had);
                if value == *had { None } else { Self::turn((profile, stamp), key, Some(had), Some(&value)) }
            }
            None => Self::turn((profile, stamp), key, None, Some(&value)),
        };
        // A stamp that moves counts too: it moves the version, by which a batch that read the old one notices.
        self.put(key, value, stamp);
        (true, turn)
    }

    /// What people see of a value that becomes another one; none where they see nothing.
    pub fn turn(
        (profile, stamp): (ProfileId, Stamp),
        key: &R::Key,
        had: Option<&R::Value>,
        has: Option<&R::Value>,
    ) -> Option<Turn> {
        let (before, after) = (seen::<R>(had), seen::<R>(has));
        if alike(before.as_ref(), after.as_ref()) {
            return None;
        }
        let searched = |value: Option<&R::Value>| value.and_then(R::searched).map(str::to_owned);
        let change = Change::new((profile, stamp.time()), R::KIND, &key.to_string(), before, after);
        Some(Turn { change, forgotten: searched(had), found: searched(has) })
    }

    /// Sets a row, whatever its stamp was. An equal value stays as it was first written.
    pub fn put(&mut self, key: &R::Key, value: R::Value, stamp: Stamp) {
        match self.rows.get_mut(key) {
            Some((had, since)) if *had == value => *since = stamp,
            _ => drop(self.rows.insert(key.clone(), (value, stamp))),
        }
        self.dirty.insert(key.clone());
    }

    /// Forgets a row, as if nothing had been said of its key.
    pub fn forget(&mut self, key: &R::Key) {
        self.rows.remove(key);
        self.dirty.remove(key);
    }

    /// The row of a key.
    pub fn get(&self, key: &R::Key) -> Option<&(R::Value, Stamp)> {
        self.rows.get(key)
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = (&R::Key, &R::Value, Stamp)> {
        self.rows.iter().map(|(key, (value, stamp))| (key, value, *stamp))
    }

    /// The rows to write.
    pub fn dirty(&self) -> impl Iterator<Item = (&R::Key, &R::Value, Stamp)> {
        self.dirty.iter().filter_map(|key| self.rows.get(key).map(|(value, stamp)| (key, value, *stamp)))
    }
}
