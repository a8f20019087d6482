//! The refusal of a value from outside.

/// A value that breaks a rule, with field, rule and value, for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}; got {value:?}")]
pub struct Invalid {
    /// Name of the field.
    pub field: String,
    /// The rule, as the rest of a sentence that starts with the field ("must …").
    pub rule: &'static str,
    /// The value, cut to 80 characters.
    pub value: String,
}

impl Invalid {
    /// A refusal of `value`.
    pub fn new(field: &str, rule: &'static str, value: &str) -> Self {
        Self { field: field.to_owned(), rule, value: value.chars().take(80).collect() }
    }
}
