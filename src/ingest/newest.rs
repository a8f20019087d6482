//! Rows of which each holds the newest statement about its key: addresses, devices, subscriptions, consents.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::Stamp;

/// What is known of one profile's rows of a table, and which of them changed.
#[derive(Clone, Debug)]
pub struct Newest<K, V> {
    rows: BTreeMap<K, (V, Stamp)>,
    dirty: BTreeSet<K>,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<V> {
    /// Something newer is known.
    Older,
    /// Nothing changed but the stamp.
    Same,
    /// The value was this.
    Changed(Option<V>),
}

impl<K, V> Default for Newest<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), dirty: BTreeSet::new() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Newest<K, V> {
    /// Notes a row as stored.
    pub fn load(&mut self, key: K, value: V, stamp: Stamp) {
        self.rows.insert(key, (value, stamp));
    }

    /// Sees each stamp as `seen` says.
    pub fn restamp(&mut self, seen: impl Fn(Stamp) -> Stamp) {
        self.rows.values_mut().for_each(|(_, stamp)| *stamp = seen(*stamp));
    }

    /// Folds one statement in.
    pub fn say(&mut self, key: &K, value: V, stamp: Stamp) -> Told<V> {
        let before = match self.rows.get(key) {
            Some((_, old)) if !stamp.is_newer_than(old) => return Told::Older,
            Some((before, _)) => Some(before.clone()),
            None => None,
        };
        let told = if before.as_ref() == Some(&value) { Told::Same } else { Told::Changed(before) };
        self.put(key, value, stamp);
        told
    }

    /// Sets a row, whatever its stamp was.
    pub fn put(&mut self, key: &K, value: V, stamp: Stamp) {
        self.rows.insert(key.clone(), (value, stamp));
        self.dirty.insert(key.clone());
    }

    /// Forgets a row, as if nothing had been said of its key.
    pub fn forget(&mut self, key: &K) {
        self.rows.remove(key);
        self.dirty.remove(key);
    }

    /// The row of a key.
    pub fn get(&self, key: &K) -> Option<&(V, Stamp)> {
        self.rows.get(key)
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = (&K, &V, Stamp)> {
        self.rows.iter().map(|(key, (value, stamp))| (key, value, *stamp))
    }

    /// The rows to write.
    pub fn dirty(&self) -> impl Iterator<Item = (&K, &V, Stamp)> {
        self.dirty.iter().filter_map(|key| self.rows.get(key).map(|(value, stamp)| (key, value, *stamp)))
    }
}
