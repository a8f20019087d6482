//! Why a value from outside was not taken.

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
