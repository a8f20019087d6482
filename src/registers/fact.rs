//! Facts: statements about single keys of any register.

use std::{any::Any, fmt, ops::Deref, sync::Arc};

use serde_json::Value as Json;

use super::{Facts, Guard, Register, Turn, rows::seen};
use crate::{
    json::equal,
    ledger::{ChangeKind, Context, Leave, Stamp},
};

/// A statement about one key of a register.
#[derive(Clone)]
pub struct Fact(Arc<dyn AnyFact>);

/// A fact that counts only while its key has a given value.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The value to set.
    pub fact: Fact,
    /// The value to replace, as the ledger has it; `None`: no value.
    pub was: Option<Json>,
}

/// Why a row of the ledger cannot be stated again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsayable {
    /// Today's rules refuse the value.
    Unreadable,
    /// The row has no value, and this register cannot remove values.
    Unsaid,
}

struct Typed<R: Register> {
    key: R::Key,
    value: R::Value,
}

/// A [`Fact`] of any register.
pub trait AnyFact: Any + Send + Sync {
    /// Kind of the fact's register.
    fn kind(&self) -> ChangeKind;

    /// Key of the fact, as the ledger has it.
    fn subject(&self) -> String;

    /// Value of the fact, as the ledger has it; `None` if the fact removes the value.
    fn shown(&self) -> Option<Json>;

    /// The fact itself, for finding out its register.
    fn as_any(&self) -> &dyn Any;

    /// Folds the fact into a profile's facts. Returns whether the row must be written, and the visible change.
    fn say(&self, facts: &mut Facts, at: Context) -> (bool, Option<Turn>);

    /// Whether a source with this leave may say it where something stricter stands.
    fn may_loosen(&self, leave: Leave) -> bool;

    /// Stored value of the fact's key, as the ledger has it, and its stamp; `None` for each that is missing.
    fn known(&self, facts: &Facts) -> (Option<Json>, Option<Stamp>);

    /// Whether a key for browsers may state the fact about a profile that has an id.
    fn guard(&self, facts: &Facts) -> Guard;

    /// Name that senders use for the fact.
    fn field(&self) -> String;
}

impl<R: Register> AnyFact for Typed<R> {
    fn kind(&self) -> ChangeKind {
        R::KIND
    }

    fn subject(&self) -> String {
        self.key.to_string()
    }

    fn shown(&self) -> Option<Json> {
        R::shown(&self.value)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn say(&self, facts: &mut Facts, at: Context) -> (bool, Option<Turn>) {
        facts.of_mut::<R>().say(&self.key, self.value.clone(), at)
    }

    fn may_loosen(&self, leave: Leave) -> bool {
        R::may_loosen(&self.key, leave)
    }

    fn known(&self, facts: &Facts) -> (Option<Json>, Option<Stamp>) {
        let known = facts.of::<R>().and_then(|rows| rows.get(&self.key));
        (seen::<R>(known.map(|(value, _)| value)), known.map(|(_, stamp)| *stamp))
    }

    fn guard(&self, facts: &Facts) -> Guard {
        facts.guard::<R>(&self.key, &self.value)
    }

    fn field(&self) -> String {
        R::field(&self.key)
    }
}

impl Fact {
    /// The fact that a key has a value.
    pub fn new<R: Register>(key: R::Key, value: impl Into<R::Value>) -> Self {
        Self(Arc::new(Typed::<R> { key, value: value.into() }))
    }

    /// Key and value; `None` if the fact is of another register.
    pub fn of<R: Register>(&self) -> Option<(&R::Key, &R::Value)> {
        self.0.as_any().downcast_ref::<Typed<R>>().map(|typed| (&typed.key, &typed.value))
    }
}

impl Deref for Fact {
    type Target = dyn AnyFact;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {:?}", self.kind().as_str(), self.subject(), self.shown())
    }
}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        let parts = |fact: &Self| (fact.kind(), fact.subject(), fact.shown());
        parts(self) == parts(other)
    }
}

impl Correction {
    /// A correction of a key from `was` (`None`: no value) to `becomes`.
    pub fn new<R: Register>(key: R::Key, was: Option<&R::Value>, becomes: impl Into<R::Value>) -> Self {
        Self { was: was.and_then(R::shown), fact: Fact::new::<R>(key, becomes) }
    }

    /// Whether the key still has the value to replace, or already has the value to set.
    pub fn is_as_seen(&self, facts: &Facts) -> bool {
        let (is, _) = self.fact.known(facts);
        equal(is.as_ref(), self.was.as_ref()) || equal(is.as_ref(), self.fact.shown().as_ref())
    }
}
