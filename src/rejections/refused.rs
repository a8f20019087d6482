//! Why statements are not stored, and the fate of each entry.

use super::codes::{self, Code};
use crate::{identities::IS_PLACEHOLDER, ledger::Invalid};

/// Why an item, or a value of an item, is refused: for the sender and for the page of rejections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable code, for programs.
    pub code: Code,
    /// The field, by the sender's name.
    pub field: String,
    /// Text for people: names the field, the rule and the value.
    pub message: String,
}

impl Refused {
    /// A refusal with its own message.
    pub fn new(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { code, field: field.to_owned(), message: message.into() }
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        let code = if invalid.rule == IS_PLACEHOLDER { codes::PLACEHOLDER_ID } else { codes::INVALID_VALUE };
        Self { code, message: invalid.to_string(), field: invalid.field }
    }
}

/// Fate of an entry of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is stored, or changed nothing.
    Accepted,
    /// It is stored, but an answer in it is looser than what stands, which stays.
    KeptStricter(Refused),
    /// Its event was stored before.
    Duplicate,
    /// It is not stored, for this reason.
    Rejected(Refused),
}
