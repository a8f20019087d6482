//! Types of attributes, and the conversion of values between them.

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::{json, words::words};

words! {
    /// Type of an attribute's values (F2.8).
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum AttributeType {
        /// Text.
        #[default]
        Text = "text", "Text";
        /// A number of any size and precision.
        Number = "number", "Number";
        /// True or false.
        Boolean = "boolean", "Yes or no";
        /// A day, or a time with its zone, as ISO 8601 text.
        Date = "date", "Date";
        /// Several values, none of them a list or an object.
        List = "list", "List";
        /// Named values, nested.
        Object = "object", "Structured";
    }
}

impl AttributeType {
    /// Explanation beside the name where a type is chosen.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Text => "Words, codes and other text.",
            Self::Number => "Amounts and counts, such as 12 or -0.5.",
            Self::Boolean => "True or false, yes or no, 1 or 0.",
            Self::Date => "A day or a time, such as 2026-11-22 or 2026-11-22T08:30:00Z.",
            Self::List => "Several values. A single value becomes a list with one entry.",
            Self::Object => "Named values as JSON, such as {\"city\": \"Riga\"}.",
        }
    }

    /// Rule for a value of another type, as in "must be …".
    pub fn rule(self) -> &'static str {
        match self {
            Self::Text => "must be text",
            Self::Number => "must be a number, such as 12 or -0.5",
            Self::Boolean => "must be yes or no",
            Self::Date => "must be a date such as 2026-11-22, or a time such as 2026-11-22T08:30:00Z",
            Self::List => "must be a list of words, numbers or dates",
            Self::Object => "must be an object in JSON, such as {\"city\": \"Riga\"}",
        }
    }

    /// The type that a value seems to have; `None` for null.
    pub fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(text) if is_date(text) => Self::Date,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        })
    }

    /// The value converted to this type; `None` if it cannot be. Nothing is guessed and nothing lost: text that only begins with a number
    /// is not converted to one.
    pub fn convert(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (_, Value::Null) => None,
            (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::List, Value::Array(_))
            | (Self::Object, Value::Object(_)) => Some(value.clone()),
            (Self::Text, Value::Number(number)) => Some(number.to_string().into()),
            (Self::Text, Value::Bool(yes)) => Some(yes.to_string().into()),
            (Self::Number, Value::String(text)) => number(text.trim()).map(Value::Number),
            (Self::Boolean, Value::String(text)) => match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true.into()),
                "false" | "no" | "0" => Some(false.into()),
                _ => None,
            },
            (Self::Boolean, Value::Number(number)) => match number.to_string().as_str() {
                "1" => Some(true.into()),
                "0" => Some(false.into()),
                _ => None,
            },
            (Self::Date, Value::String(text)) => is_date(text.trim()).then(|| text.trim().into()),
            (Self::List, Value::Object(_)) | (Self::Text | Self::Number | Self::Date, _) => None,
            (Self::List, single) => Some(Value::Array(vec![single.clone()])),
            (Self::Boolean | Self::Object, _) => None,
        }
    }

    /// Parses typed text, `None` if blank; a list has one entry per line.
    ///
    /// # Errors
    /// The rule, if the text is no value of this type.
    pub fn read(self, typed: &str) -> Result<Option<Value>, &'static str> {
        let text = typed.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match self {
            Self::Text => Ok(Some(text.replace("\r\n", "\n").into())),
            Self::List => {
                let entries = text.lines().map(str::trim).filter(|line| !line.is_empty());
                Ok(Some(entries.map(Value::from).collect()))
            }
            Self::Object => {
                let read: Option<Value> = serde_json::from_str(text).ok();
                read.filter(Value::is_object).map(Some).ok_or(self.rule())
            }
            _ => self.convert(&Value::from(text)).map(Some).ok_or(self.rule()),
        }
    }

    /// A value as it would be typed.
    pub fn typed(self, value: &Value) -> String {
        match (self, value) {
            (Self::List, Value::Array(entries)) => entries.iter().map(super::show).collect::<Vec<_>>().join("\n"),
            (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }
}

/// Parses a number that can be stored.
pub fn number(text: &str) -> Option<Number> {
    text.parse::<Number>().ok().filter(|number| json::can_be_kept(number.as_str()))
}

/// Whether a text is a day, or a time with its zone.
fn is_date(text: &str) -> bool {
    let is_day = || text.len() == 10 && text.parse::<NaiveDate>().is_ok();
    is_day() || (text.len() > 10 && DateTime::parse_from_rfc3339(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_what_they_say_or_nothing() {
        use AttributeType::{Boolean, Date, List, Number, Object, Text};
        for (to, from, expected) in [
            (Number, json!("12.50"), Some("12.50")),
            (Number, json!(" -3 "), Some("-3")),
            (Number, json!("12 apples"), None),
            (Number, json!(true), None),
            (Number, json!("1e999999"), None),
            (Text, json!(12), Some("\"12\"")),
            (Boolean, json!("Yes"), Some("true")),
            (Boolean, json!(0), Some("false")),
            (Boolean, json!(2), None),
            (Date, json!("2026-11-22"), Some("\"2026-11-22\"")),
            (Date, json!("22.11.2026"), None),
            (List, json!("a"), Some("[\"a\"]")),
            (Object, json!("a"), None),
            (Text, json!({"a": 1}), None),
            (Text, Value::Null, None),
        ] {
            let expected = expected.map(|text| serde_json::from_str::<Value>(text).unwrap());
            assert_eq!(to.convert(&from), expected, "{from} to {to:?}");
        }
    }

    #[test]
    fn what_is_typed_is_read_as_its_type() {
        assert_eq!(AttributeType::List.read("a\r\n\r\n b ").unwrap(), Some(json!(["a", "b"])));
        assert_eq!(AttributeType::Number.read(" ").unwrap(), None);
        assert!(AttributeType::Object.read("[1]").is_err());
        assert_eq!(AttributeType::of(&json!("2026-11-22T08:30:00+05:30")), Some(AttributeType::Date));
        assert_eq!(AttributeType::of(&json!("2026-11-22 or so")), Some(AttributeType::Text));
    }
}
