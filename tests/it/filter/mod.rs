//! Filters: the search box, the language, and what they select.

mod agreement;
mod can;
mod form;
mod language;
mod naive;
mod random;
mod search_box;
