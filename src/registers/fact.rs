//! Statements about the keys of registers, whichever.

use std::{any::Any, fmt, ops::Deref, sync::Arc};

use serde_json::Value as Json;

use super::{Facts, Guard, Register, Turn, rows::seen};
use crate::{
    db::ids::ProfileId,
    json::equal,
    ledger::{ChangeKind, Stamp},
};

/// One statement about one key of a register.
#[derive(Clone)]
pub struct Fact(Arc<dyn AnyFact>);

/// A statement about a key that only counts where something is still known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// What it becomes.
    pub fact: Fact,
    /// What it is, as the ledger writes it; none: there is none.
    pub was: Option<Json>,
}

/// Why a row of the ledger cannot be said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsayable {
    /// It would not be accepted today.
    Unreadable,
    /// It says that nothing was said, and this kind of fact cannot be taken back.
    Unsaid,
}

struct Typed<R: Register> {
    key: R::Key,
    value: R::Value,
}

/// A [`Fact`], whichever its register.
pub trait AnyFact: Any + Send + Sync {
    /// The kind of its register.
    fn kind(&self) -> ChangeKind;

    /// Its key, as the ledger writes it.
    fn subject(&self) -> String;

    /// Its value, as the ledger writes it.
    fn shown(&self) -> Option<Json>;

    /// Itself, for asking which it is.
    fn as_any(&self) -> &dyn Any;

    /// Folds it into what is known of a profile; tells whether its row must be written, and what people see change.
    fn say(&self, facts: &mut Facts, at: (ProfileId, Stamp)) -> (bool, Option<Turn>);

    /// What is known under its key, as the ledger writes it, and when it was said, if it was.
    fn known(&self, facts: &Facts) -> (Option<Json>, Option<Stamp>);

    /// Whether a key for browsers may say it of somebody who has an id.
    fn guard(&self, facts: &Facts) -> Guard;

    /// What senders call it.
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

    fn say(&self, facts: &mut Facts, (profile, stamp): (ProfileId, Stamp)) -> (bool, Option<Turn>) {
        facts.of_mut::<R>().say(profile, &self.key, self.value.clone(), stamp)
    }

    fn known(&self, facts: &Facts) -> (Option<Json>, Option<Stamp>) {
        let known = facts.of::<R>().and_then(|rows| rows.get(&self.key));
        (seen::<R>(known.map(|(value, _)| value)), known.map(|(_, stamp)| *stamp))
    }

    fn guard(&self, facts: &Facts) -> Guard {
        facts.get::<R>(&self.key).map_or(Guard::Free, |had| R::guard(&self.key, had, &self.value))
    }

    fn field(&self) -> String {
        R::field(&self.key)
    }
}

impl Fact {
    /// That a key has a value.
    pub fn new<R: Register>(key: R::Key, value: impl Into<R::Value>) -> Self {
        Self(Arc::new(Typed::<R> { key, value: value.into() }))
    }

    /// Key and value, if it is about this register.
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
    /// That a key has a value, where it had another one; none: nothing was said of it.
    pub fn new<R: Register>(key: R::Key, was: Option<&R::Value>, becomes: impl Into<R::Value>) -> Self {
        Self { was: was.and_then(R::shown), fact: Fact::new::<R>(key, becomes) }
    }

    /// Whether its key has the value that somebody saw, or already the one that they want.
    pub fn is_as_seen(&self, facts: &Facts) -> bool {
        let (is, _) = self.fact.known(facts);
        equal(is.as_ref(), self.was.as_ref()) || equal(is.as_ref(), self.fact.shown().as_ref())
    }
}
