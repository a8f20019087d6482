//! The ledger: what changed, when, by which source, and the value before. Tables: `changes`, `sources`.
//!
//! Append-only. Only `ingest` writes rows, in the transaction that changes the state. Undoing is a change like any other, the reverse of a
//! row, so the ledger keeps both, and an undone change can be done again.
//!
//! Two storeys. The lower one imports no area: what all statements have in common (`batch.rs`, `stamp.rs`, `source.rs`, `invalid.rs`), rows
//! to write (`change.rs`), rows read (`read.rs`, `groups.rs`) and filters (`filter.rs`, `ids.rs`). The upper one puts rows into words for
//! every page (`teller.rs`, `sentence.rs`) and decides what is hidden (`hidden.rs`), for which it imports the values of areas.

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

pub use batch::{Batch, Effect, Leave, Outcome};
pub use change::{Change, ChangeKind, Context, Said, append, copy};
pub use filter::{Actor, Filter};
pub use groups::{ChangeGroup, GroupPlace, group_rows, groups, is_written};
pub use hidden::{HIDDEN, LONGEST, Sensitive, Shown, beginning, cut, is_hidden, shown};
pub use ids::{ChangeId, GroupId};
pub use invalid::Invalid;
pub use read::{ChangeRow, newest, page, previous};
pub use sentence::Sentence;
pub use source::{
    Source, SourceRow, forget_names, is_job, names as source_names, remembered_source, rename_operator, source_id,
};
pub use stamp::{AHEAD, Stamp};
pub use teller::Teller;
