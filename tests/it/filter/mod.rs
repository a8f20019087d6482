//! Filters: the search box, the language, and what they select.

pub mod agreement;
mod can;
mod form;
mod language;
mod naive;
pub mod random;
mod search_box;
