//! The filter language: one text, tree and stored form by which profiles are selected everywhere. It owns no tables and no addresses.
//!
//! ```text
//! text ── parse ─> Filter (ast) ── check against the catalogues ─> Predicate ── sql ─> an expression of Diesel
//!      <─ print ──
//! ```
//!
//! `fields.rs` and `periods.rs` read what follows each field's name, `print.rs` writes the canonical text, `describe.rs` says it in words, `form/` has it as rows of fields, `known.rs` reads
//! the catalogues. `search.rs` makes patterns of words. The language for people: `docs/filters.md`.

pub mod ast;
mod catalogue;
mod change;
mod check;
mod crossings;
mod describe;
mod fields;
pub mod form;
mod known;
mod nearest;
mod parse;
mod periods;
mod predicate;
mod print;
mod reads;
mod search;
mod slow;
mod sql;
mod sql_events;
mod trace;
mod values;

pub use ast::{Condition, Filter};
pub use catalogue::Catalogue;
pub use crossings::Crossing;
pub use parse::{FilterError, ParsedFilter, parse};
pub use predicate::Predicate;
pub use reads::Aspect;
pub use search::{Pattern, Search};
pub use slow::{SlowCondition, slow_conditions};
pub use sql::{Matches, ROWS, Scale};
pub use trace::{Happened, Trace, Traced, met, traces};
