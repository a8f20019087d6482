//! Terms of attribute values: numbers by which profiles are found in an index, whatever the spelling of a value and the type it was sent in.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::json;

/// One reading of a value. Equal readings have equal terms; two different ones share a term once in 10^19 pairs.
#[derive(Clone, Copy, Debug)]
pub enum Reading<'a> {
    /// Any value as text, whatever its case.
    Text(&'a str),
    /// A number, or a text that is one.
    Number(&'a str),
    /// The day of a date or time, as 2026-01-31.
    Day(&'a str),
}

/// The term of a reading of an attribute.
pub fn term(name: &str, reading: Reading<'_>) -> i64 {
    let (sign, text) = match reading {
        Reading::Text(text) => ('t', text.to_lowercase()),
        Reading::Number(number) => ('n', json::digits(number)),
        Reading::Day(day) => ('d', day.to_owned()),
    };
    let hash = Sha256::digest(format!("{sign}{name}\u{1f}{text}"));
    let first: [u8; 8] = std::array::from_fn(|place| hash[place]);
    i64::from_be_bytes(first)
}

/// Terms of a value: those of each entry of a list; none of an object.
pub fn terms(name: &str, value: &Value) -> Vec<i64> {
    match value {
        Value::Array(entries) => entries.iter().flat_map(|entry| of_scalar(name, entry)).collect(),
        scalar => of_scalar(name, scalar),
    }
}

fn of_scalar(name: &str, value: &Value) -> Vec<i64> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => Vec::new(),
        Value::Bool(yes) => vec![term(name, Reading::Text(if *yes { "true" } else { "false" }))],
        Value::Number(number) => {
            let digits = json::digits(number.as_str());
            vec![term(name, Reading::Text(&digits)), term(name, Reading::Number(&digits))]
        }
        Value::String(text) => {
            let mut terms = vec![term(name, Reading::Text(text))];
            terms.extend(as_number(text).map(|number| term(name, Reading::Number(number))));
            terms.extend(as_day(text).map(|day| term(name, Reading::Day(day))));
            terms
        }
    }
}

/// The text, if it is a number of at most forty digits before and after the point, without power. The function `number_of` of the database
/// reads texts by the same rule.
pub fn as_number(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let are_digits = |part: &str| (1..=40).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (are_digits(whole) && are_digits(fraction)).then_some(text)
}

/// The day with which a date or time begins. The function `day_of` of the database reads texts by the same rule.
pub fn as_day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    let fits = |(place, byte): (usize, u8)| if place == 4 || place == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    day.bytes().enumerate().all(fits).then_some(day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_found_in_any_spelling_and_type() {
        let found = |value: Value, reading| terms("a", &value).contains(&term("a", reading));
        for (value, reading, expected) in [
            (json!("Pro"), Reading::Text("pRO"), true),
            (json!(["x", "Pro"]), Reading::Text("pro"), true),
            (json!("99.50"), Reading::Number("99.5"), true),
            (json!(50), Reading::Number("50.0"), true),
            (json!(50), Reading::Text("50"), true),
            (json!("050x"), Reading::Number("50"), false),
            (json!(true), Reading::Text("true"), true),
            (json!("2026-01-31T10:00:00Z"), Reading::Day("2026-01-31"), true),
            (json!({"a": "pro"}), Reading::Text("pro"), false),
            (json!(null), Reading::Text("null"), false),
        ] {
            assert_eq!(found(value.clone(), reading), expected, "{value} {reading:?}");
        }
        assert_ne!(term("a", Reading::Text("b")), term("b", Reading::Text("b")));
    }

    #[test]
    fn numbers_and_days_in_texts() {
        for (text, is_number) in
            [("1", true), ("-0.50", true), ("1.", false), (".5", false), ("1e3", false), ("+1", false)]
        {
            assert_eq!(as_number(text).is_some(), is_number, "{text}");
        }
        assert_eq!(as_day("2026-01-31 and more"), Some("2026-01-31"));
        assert_eq!(as_day("2026-1-31"), None);
        assert_eq!(as_day("２０２６-01-31"), None);
    }
}
