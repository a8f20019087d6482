//! The one write path. Every producer (import, console, and what comes later) makes [`Item`]s; only [`submit`] writes
//! profile state, with its ledger rows and events in the same transaction.
//!
//! Everything that is said carries a [`Stamp`]; a statement replaces another only if its stamp is greater, so neither the
//! order of delivery nor repetition nor the cut of batches matters. A batch is grouped by kind and costs a constant number
//! of statements, whatever its size. People whom nobody knows yet can be loaded by the thousand: [`load_now`] writes the same rows through `COPY`.

mod apply;
mod correct;
mod erase;
mod item;
mod join;
mod known;
mod load;
mod moment;
mod newcomers;
mod newest;
mod resolve;
mod settle;
mod source;
mod stamp;
mod state;
mod trust;
mod undo;
mod work;

pub use apply::{Batch, Effect, Outcome, submit, submit_at, submit_now, submit_trusting};
pub use item::{Fix, Identify, Item, Merge, MergeProfile, Person, Statement, Swap};
pub use join::{Taken, preview};
pub use load::load_people;
pub use moment::time;
pub use newcomers::{Newcomer, load_now};
pub use settle::settle_now;
pub use source::{Source, names, source_id};
pub use stamp::{AHEAD, Stamp};
pub use state::{Owned, State, display_name};
pub use trust::{LeftOut, MayOverwrite, Page, Part, Protected, Trust};
pub use undo::{Undone, undo_merge};

/// Why a value is refused: the field, the rule and the value, for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}; got {value:?}")]
pub struct Invalid {
    /// Name of the field.
    pub field: String,
    /// The rule, as in "must …".
    pub rule: &'static str,
    /// What was given, cut to a length that can be shown.
    pub value: String,
}

impl Invalid {
    /// A refusal of `value`.
    pub fn new(field: &str, rule: &'static str, value: &str) -> Self {
        Self { field: field.to_owned(), rule, value: value.chars().take(80).collect() }
    }
}
