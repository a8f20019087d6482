//! Texts that programs send where a person's id is missing. They identify nobody: whoever went by one would be everybody at once.

/// The rule, as the rest of a sentence that starts with the field.
pub const RULE: &str = "must belong to one person; programs send this placeholder when the id is missing";

/// All placeholders, in lower case.
pub const PLACEHOLDERS: [&str; 17] = [
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "n/a",
    "na",
    "0",
    "true",
    "false",
    "[object object]",
    "anonymous",
    "guest",
    "unknown",
    "distinct_id",
    "id",
    "email",
];

/// Whether a trimmed identifier is a placeholder, in any case.
pub fn is_placeholder(value: &str) -> bool {
    PLACEHOLDERS.iter().any(|placeholder| value.eq_ignore_ascii_case(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_does_not_matter_and_the_rest_does() {
        for placeholder in PLACEHOLDERS {
            assert!(is_placeholder(placeholder) && is_placeholder(&placeholder.to_uppercase()), "{placeholder}");
        }
        for own in ["00", "nullsoft", "guest-1", "null@example.com", "a", "1"] {
            assert!(!is_placeholder(own), "{own}");
        }
    }
}
