//! The ledger: who changed what, when, from where, and what it was before. Tables: `changes`, `sources`.
//!
//! Append-only. Rows are written by `ingest` alone, in the transaction that changes the state. Undoing is a change like any other: a
//! row turned round and said again, so the ledger keeps both, and what was undone can be done again.
//!
//! Two storeys. The lower one imports no area: what everything that is said has in common (`batch.rs`, `stamp.rs`, `source.rs`,
//! `invalid.rs`), the rows written (`change.rs`) and read (`read.rs`, `groups.rs`), and questions to them (`filter.rs`, `ids.rs`). The upper
//! one puts rows into words for every page (`teller.rs`, `sentence.rs`) and decides what nobody sees (`hidden.rs`), for which it knows the
//! values of areas.

mod batch;
mod change;
mod filter;
mod groups;
mod hidden;
mod ids;
mod invalid;
pub mod read;
mod sentence;
mod source;
mod stamp;
mod teller;

pub use batch::{Batch, Effect, Outcome};
pub use change::{Change, ChangeKind, Said, append, copy};
pub use filter::{Actor, Filter};
pub use groups::{ChangeGroup, GroupPlace, group_rows, groups};
pub use hidden::{HIDDEN, LONGEST, Sensitive, Shown, beginning, cut, is_hidden, shown};
pub use ids::{ChangeId, GroupId};
pub use invalid::Invalid;
pub use read::{ChangeRow, newest, page, previous};
pub use sentence::Sentence;
pub use source::{Source, SourceRow, is_job, names as source_names, remembered_source, source_id};
pub use stamp::{AHEAD, Stamp};
pub use teller::Teller;
