//! Correcting what is known of a person: a form for each section, and one for a single attribute (V3.4, S2.3, F2.3).
//!
//! A field carries a digest of what it showed. Where somebody else changed that value meanwhile, nothing is saved, and the form comes
//! back with both values beside each other; what is saved is a [`crate::registers::Correction`] a field, all or none of them.

mod actions;
mod add;
mod form;
mod pages;
mod rules;
mod store;

pub use actions::{reveal, save};
pub use add::{add, new, read};
pub use pages::show;
