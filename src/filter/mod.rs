//! The filter: the text in the search box of the list, all of which must hold. It owns no tables and no addresses; `profiles` uses it.
//!
//! Terms such as `plan:pro` are the first part of a filter language: exact values, of which any may hold. `parse.rs` splits the text,
//! `check.rs` checks it against the catalogue, `search.rs` makes patterns of its words.

mod check;
mod parse;
mod search;

pub use check::{Condition, Filter, FilterError};
pub use parse::ParsedFilter;
pub use search::{Pattern, Search};
