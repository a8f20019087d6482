//! Why something that a sender said is not stored.

use super::codes::{self, Code};
use crate::ledger::Invalid;

/// Why an item, or a value in it, is refused: for the sender and for the list of rejected items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable, for programs.
    pub code: Code,
    /// The field, as the sender calls it.
    pub field: String,
    /// Names the field, the rule and the value.
    pub message: String,
}

impl Refused {
    /// A refusal with a message of its own.
    pub fn new(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { code, field: field.to_owned(), message: message.into() }
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self { code: codes::INVALID_VALUE, message: invalid.to_string(), field: invalid.field }
    }
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is stored, or changed nothing.
    Accepted,
    /// It is an event that was stored before.
    Duplicate,
    /// It is not stored.
    Rejected(Refused),
}
