//! Edits values of a profile: a form for each section, and one for a single attribute (V3.4, S2.3, F2.3).
//!
//! A field carries a digest of the value that it showed. If somebody else changed that value since, nothing is saved, and the form comes
//! back with both values. What is saved is one [`crate::registers::Correction`] for each field, all of them or none.

mod actions;
mod add;
mod form;
mod pages;
mod rules;
mod store;

pub use actions::{reveal, save};
pub use add::{add, new, read};
pub use pages::show;
