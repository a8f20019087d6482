//! The filter: what is typed into the search box, of which all must hold. It owns no table and no address; `profiles` asks.
//!
//! Terms such as `plan:pro` are a part of the filter language that is to come: exact values, several of which stand for any of them.
//! `parse.rs` takes the text apart, `check.rs` holds it against the catalogue, `search.rs` makes patterns of its words.

mod check;
mod parse;
mod search;

pub use check::{Condition, Filter, FilterError};
pub use parse::ParsedFilter;
pub use search::{Pattern, Search};
