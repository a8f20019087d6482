//! Facts of one profile: its rows of all registers.

use std::{any::Any, fmt::Debug};

use super::{Guard, Register, Rows};
use crate::ledger::Stamp;

/// Facts of a profile: for each register the rows that were loaded or set.
#[derive(Debug, Default)]
pub struct Facts(Vec<Box<dyn AnyRows>>);

/// Rows of a register of any types.
pub(super) trait AnyRows: Any + Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn copied(&self) -> Box<dyn AnyRows>;
    fn restamp(&mut self, seen: &dyn Fn(Stamp) -> Stamp);
    fn searched(&self) -> Vec<&str>;
}

impl<R: Register> AnyRows for Rows<R> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn copied(&self) -> Box<dyn AnyRows> {
        Box::new(self.clone())
    }

    fn restamp(&mut self, seen: &dyn Fn(Stamp) -> Stamp) {
        Rows::restamp(self, seen);
    }

    fn searched(&self) -> Vec<&str> {
        self.iter().filter_map(|(_, value, _)| R::searched(value)).collect()
    }
}

impl Clone for Facts {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|rows| rows.copied()).collect())
    }
}

impl Facts {
    /// The rows of a register; `None` if none were loaded or set.
    pub fn of<R: Register>(&self) -> Option<&Rows<R>> {
        self.0.iter().find_map(|rows| (**rows).as_any().downcast_ref())
    }

    /// The rows of a register, to be changed.
    pub fn of_mut<R: Register>(&mut self) -> &mut Rows<R> {
        let place = self.0.iter().position(|rows| (**rows).as_any().is::<Rows<R>>()).unwrap_or_else(|| {
            self.0.push(Box::new(Rows::<R>::default()));
            self.0.len() - 1
        });
        match (*self.0[place]).as_any_mut().downcast_mut() {
            Some(rows) => rows,
            None => unreachable!("it was found by its type"),
        }
    }

    /// All rows of a register.
    pub fn rows<R: Register>(&self) -> impl Iterator<Item = (&R::Key, &R::Value, Stamp)> {
        self.of::<R>().into_iter().flat_map(Rows::iter)
    }

    /// The value of a key; `None` if the key has no row.
    pub fn get<R: Register>(&self, key: &R::Key) -> Option<&R::Value> {
        self.of::<R>()?.get(key).map(|(value, _)| value)
    }

    /// Whether a key for browsers may state a value of a profile that has an id and these facts.
    pub fn guard<R: Register>(&self, key: &R::Key, said: &R::Value) -> Guard {
        self.get::<R>(key).map_or(Guard::Free, |had| R::guard(key, had, said))
    }

    /// Replaces each stamp by `seen` of it.
    pub fn restamp(&mut self, seen: &dyn Fn(Stamp) -> Stamp) {
        self.0.iter_mut().for_each(|rows| rows.restamp(seen));
    }

    /// All texts by which the search box finds the profile because of its facts.
    pub fn searched(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|rows| rows.searched())
    }
}
