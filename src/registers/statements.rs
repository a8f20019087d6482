//! Statements of one key where a looser one does not replace a stricter one, unless its source may loosen.
//!
//! In the order of time a statement is taken if it is at least as strict as what stands, or if its source may loosen. So what stands is the
//! strictest, and of equally strict ones the newest, of the newest statement that may loosen and those after it. Kept are that statement,
//! and of those after it the ones that no newer and at least as strict one makes void: whatever arrives late, nothing else can ever count.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Register;
use crate::ledger::Stamp;

/// A statement of a key, with whether its source may loosen. Stored as the array `[value, stamp, may_loosen]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(V, Stamp, bool)", into = "(V, Stamp, bool)", bound(serialize = "V: Clone + Serialize"))]
pub struct Said<V> {
    pub value: V,
    pub stamp: Stamp,
    pub may_loosen: bool,
}

impl<V> From<(V, Stamp, bool)> for Said<V> {
    fn from((value, stamp, may_loosen): (V, Stamp, bool)) -> Self {
        Self { value, stamp, may_loosen }
    }
}

impl<V> From<Said<V>> for (V, Stamp, bool) {
    fn from(said: Said<V>) -> Self {
        (said.value, said.stamp, said.may_loosen)
    }
}

impl<V: Serialize> Said<V> {
    /// The statement with its value as JSON.
    pub(super) fn stored(&self) -> Said<Json> {
        Said { value: json!(self.value), stamp: self.stamp, may_loosen: self.may_loosen }
    }
}

/// The order of two statements, whichever arrived first: of one time and index the stricter one is the later.
pub(super) fn order<R: Register>(key: &R::Key, one: &Said<R::Value>, other: &Said<R::Value>) -> Ordering {
    let values = || match one.value == other.value {
        true => Ordering::Equal,
        false if R::outranks(key, &one.value, &other.value) => Ordering::Greater,
        false => Ordering::Less,
    };
    let strictness = |said: &Said<R::Value>| R::strictness(key, &said.value);
    let times = one.stamp.order(&other.stamp).then_with(|| strictness(one).cmp(&strictness(other)));
    times.then_with(values).then(one.may_loosen.cmp(&other.may_loosen))
}

/// Those of the statements that count or may count, in their order. Of equal ones the first stays.
pub(super) fn that_count<R: Register>(key: &R::Key, mut all: Vec<Said<R::Value>>) -> Vec<Said<R::Value>> {
    all.sort_by(|one, other| order::<R>(key, one, other));
    all.dedup_by(|one, other| order::<R>(key, one, other) == Ordering::Equal);
    let base = all.iter().rposition(|said| said.may_loosen);
    let mut strictest = None;
    let mut kept = Vec::new();
    for (place, said) in all.into_iter().enumerate().rev() {
        let strictness = Some(R::strictness(key, &said.value));
        if Some(place) == base {
            kept.push(said);
            break;
        }
        if strictness > strictest {
            strictest = strictness;
            kept.push(said);
        }
    }
    kept.reverse();
    kept
}

/// The statement that stands, of those [`that_count`]; `None` if there are none.
pub(super) fn standing<'a, R: Register>(key: &R::Key, all: &'a [Said<R::Value>]) -> Option<&'a Said<R::Value>> {
    // Those after the first one are each less strict than the one before.
    let strictness = |said: &&Said<R::Value>| R::strictness(key, &said.value);
    all.iter().take(2).max_by_key(strictness)
}
