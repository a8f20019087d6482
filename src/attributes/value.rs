//! Names and values of attributes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{json, ledger::Invalid};

/// Longest name, in characters.
const LONGEST_NAME: usize = 256;
/// Largest value, in bytes of JSON.
const LARGEST_VALUE: usize = 64 * 1024;

/// A checked attribute name: 1 to 256 characters, no line ends (S3.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName(String);

impl AttributeName {
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let name = given.trim();
        let banned = |c: char| matches!(c, '\r' | '\n' | '\0' | '\u{2028}' | '\u{2029}');
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(banned) {
            return Err(Invalid::new("attribute name", "must have 1 to 256 characters and no line breaks", given));
        }
        if json::is_reserved(name) {
            return Err(Invalid::new("attribute name", "must not begin with $serde_json::private::", given));
        }
        Ok(Self(name.to_owned()))
    }

    /// A stored name, which an older version may have checked by other rules.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Label for people: `first_name` becomes "First name".
    pub fn humanise(name: &str) -> String {
        if name == "timezone" {
            return "Time zone".to_owned();
        }
        let spaced = name.replace(['_', '-'], " ");
        let mut letters = spaced.trim().chars();
        letters.next().map_or_else(|| name.to_owned(), |first| first.to_uppercase().chain(letters).collect())
    }
}

impl std::fmt::Display for AttributeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A checked value: at most 64 KiB of JSON that can be stored and read back ([`json::clean`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttributeValue(Value);

impl PartialEq for AttributeValue {
    fn eq(&self, other: &Self) -> bool {
        json::same(&self.0, &other.0)
    }
}

impl AttributeValue {
    /// Checks the value of the attribute `name`. Fails if it is too large or cannot be stored.
    pub fn new(name: &AttributeName, mut given: Value) -> Result<Self, Invalid> {
        json::clean(&mut given).map_err(|rule| Invalid::new(name.as_str(), rule, "another value"))?;
        if given.to_string().len() > LARGEST_VALUE {
            return Err(Invalid::new(name.as_str(), "must have at most 64 KiB", "a larger value"));
        }
        Ok(Self(given))
    }

    /// A stored value, which an older version may have checked by other rules.
    pub fn stored(value: Value) -> Self {
        Self(value)
    }

    pub fn json(&self) -> &Value {
        &self.0
    }
}

/// A value for people: text without quotes, lists with commas.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(show).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_values_are_checked() {
        assert!(AttributeName::new("a\nb").is_err() && AttributeName::new(" ").is_err());
        let name = AttributeName::new("plan").unwrap();
        assert_eq!(AttributeValue::new(&name, json!({"a\0": ["b\0"]})).unwrap().json(), &json!({"a": ["b"]}));
        assert!(AttributeValue::new(&name, json!("x".repeat(70_000))).is_err());
        assert_eq!(AttributeName::humanise("favourite_drink"), "Favourite drink");
    }
}
