//! Reads values of properties as people type them.

use serde_json::{Number, Value};

use crate::{attributes::number, words::words};

words! {
    /// Sort of a typed value.
    #[derive(Default)]
    pub enum Sort {
        /// The sort that the text looks like.
        #[default]
        Automatic = "automatic", "Automatic";
        /// Text, whatever it looks like.
        Text = "text", "Text";
        Number = "number", "Number";
        Truth = "truth", "Yes or no";
    }
}

impl Sort {
    /// Reads a value of this sort.
    ///
    /// # Errors
    /// A message for people: the text is no number, or neither yes nor no.
    pub fn read(self, typed: &str) -> Result<Value, String> {
        let text = typed.trim();
        let wrong = |what: &str| format!("“{text}” is {what}");
        match self {
            Self::Automatic => {
                Ok(plain_number(text).map(Value::Number).or_else(|| truth(text)).unwrap_or_else(|| text.into()))
            }
            Self::Text => Ok(typed.into()),
            Self::Number => {
                number(text).map(Value::Number).ok_or_else(|| wrong("not a number. Enter one such as 12 or -0.5."))
            }
            Self::Truth => truth(text).ok_or_else(|| wrong("not yes or no.")),
        }
    }
}

/// A number of digits, sign and point only; `1e5` may be a code.
fn plain_number(text: &str) -> Option<Number> {
    number(text).filter(|_| text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.')))
}

fn truth(text: &str) -> Option<Value> {
    match text.to_lowercase().as_str() {
        "yes" | "true" => Some(true.into()),
        "no" | "false" => Some(false.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::events::by_hand::typed::*;
    use serde_json::json;

    #[test]
    fn what_is_typed_is_what_it_looks_like() {
        let reads = |text: &str| Sort::Automatic.read(text).unwrap();
        assert_eq!(reads(" 12 "), json!(12));
        assert_eq!(reads("-0.50").to_string(), "-0.50");
        assert_eq!([reads("yes"), reads("No"), reads("TRUE")], [json!(true), json!(false), json!(true)]);
        for text in ["007", "1e5", "1,5", "12 EUR", "+1 415 555 0100", "", "maybe", "."] {
            assert_eq!(reads(text), json!(text), "{text}");
        }
    }

    #[test]
    fn people_may_say_what_it_is() {
        assert_eq!(Sort::Text.read("12").unwrap(), json!("12"));
        assert_eq!(Sort::Number.read("12.50").unwrap().to_string(), "12.50");
        assert!(Sort::Number.read("1e5").unwrap().is_number());
        assert!(Sort::Number.read("twelve").unwrap_err().contains("twelve"));
        assert!(Sort::Truth.read("12").is_err());
    }
}
