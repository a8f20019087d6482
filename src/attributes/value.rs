//! Names and values of attributes.

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
    /// Checks a name.
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let name = given.trim();
        let banned = |c: char| matches!(c, '\r' | '\n' | '\0' | '\u{2028}' | '\u{2029}');
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(banned) {
            return Err(Invalid::new("attribute name", "must have 1 to 256 characters and no line ends", given));
        }
        if json::is_reserved(name) {
            return Err(Invalid::new("attribute name", "must not begin with $serde_json::private::", given));
        }
        Ok(Self(name.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `first_name` is "First name".
    pub fn humanise(name: &str) -> String {
        if name == "timezone" {
            return "Time zone".to_owned();
        }
        let spaced = name.replace(['_', '-'], " ");
        let mut letters = spaced.trim().chars();
        letters.next().map_or_else(|| name.to_owned(), |first| first.to_uppercase().chain(letters).collect())
    }
}

/// A checked value: at most 64 KiB of JSON that can be kept and read back ([`json::clean`]).
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeValue(Value);

impl AttributeValue {
    /// Checks the value of the attribute `name`.
    pub fn new(name: &AttributeName, mut given: Value) -> Result<Self, Invalid> {
        json::clean(&mut given).map_err(|rule| Invalid::new(name.as_str(), rule, "another value"))?;
        if given.to_string().len() > LARGEST_VALUE {
            return Err(Invalid::new(name.as_str(), "must have at most 64 KiB", "a larger value"));
        }
        Ok(Self(given))
    }

    /// What is stored already, which an older version may have checked by other rules: it is compared with, never written.
    pub fn stored(value: Value) -> Self {
        Self(value)
    }

    /// The value.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

/// Whether two values are equal. Numbers are by what they are worth: `1e2` comes back from Postgres as `100`.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || worth(one.as_str()) == worth(other.as_str()),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_in_other = |(name, value)| other.get(name).is_some_and(|found| same(value, found));
            one.len() == other.len() && one.iter().all(is_in_other)
        }
        (one, other) => one == other,
    }
}

/// Sign, digits without zeros at either end, and power of ten of a JSON number.
fn worth(number: &str) -> (bool, String, i64) {
    let (mantissa, power) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let unsigned = mantissa.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let shift = i64::try_from(all.len() - digits.len()).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
    match digits.trim_start_matches('0') {
        "" => (false, String::new(), 0),
        digits => {
            let power = power.parse::<i64>().unwrap_or(i64::MAX).saturating_add(shift);
            (mantissa.starts_with('-'), digits.to_owned(), power)
        }
    }
}

/// A value as people read it: text without quotes, lists with commas.
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
    fn numbers_are_the_same_by_worth() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (one, other) in [
            ("1e2", "100"),
            ("1.50E+1", "15.0"),
            ("-0", "0"),
            ("0.0010", "1e-3"),
            (r#"{"a":[1.0],"b":"x"}"#, r#"{"b":"x","a":[1]}"#),
        ] {
            assert!(same(&read(one), &read(other)), "{one} {other}");
        }
        for (one, other) in [
            ("1", "-1"),
            ("1", "10"),
            ("1", "\"1\""),
            ("9007199254740993", "9007199254740992"),
            ("[1]", "[1,1]"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#),
        ] {
            assert!(!same(&read(one), &read(other)), "{one} {other}");
        }
    }

    #[test]
    fn names_and_values_are_checked() {
        assert!(AttributeName::new("a\nb").is_err() && AttributeName::new(" ").is_err());
        let name = AttributeName::new("plan").unwrap();
        assert_eq!(AttributeValue::new(&name, json!({"a\0": ["b\0"]})).unwrap().json(), &json!({"a": ["b"]}));
        assert!(AttributeValue::new(&name, json!("x".repeat(70_000))).is_err());
        assert_eq!(AttributeName::humanise("favourite_drink"), "Favourite drink");
    }
}
