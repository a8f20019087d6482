//! The ledger: who changed what, when, from where, and what it was before. Tables: `changes`, `sources`.
//!
//! Append-only. Rows are written by `ingest` alone, in the transaction that changes the state. Undoing is a change like any other: a
//! row turned round and said again, so the ledger keeps both, and what was undone can be done again.
//!
//! `change.rs` writes rows, `read.rs` reads them, `words.rs` says them.

mod batch;
mod change;
mod filter;
mod ids;
mod invalid;
mod previous;
pub mod read;
mod source;
mod stamp;
mod words;

pub use batch::{Batch, Effect, Outcome};
pub use change::{Change, ChangeKind, Said, append, copy};
pub use filter::{Actor, Filter};
pub use ids::{ChangeId, GroupId};
pub use invalid::Invalid;
pub use previous::previous;
pub use read::{ChangeRow, newest, page};
pub use source::{Source, is_job, names as source_names, source_id};
pub use stamp::{AHEAD, Stamp};
pub use words::Words;
