//! Equality of JSON values: their texts may differ.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether two values are equal. Numbers are compared by value: `1e2` comes back from Postgres as `100`.
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

/// Whether two values are equal, or both missing.
pub fn equal(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// A text of a value by which values can be put in order: equal values give equal texts, whether they come from a sender or from Postgres.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => digits(number.as_str()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let fields: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, canonical(value))).collect();
            let fields: Vec<String> =
                fields.into_iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
            format!("{{{}}}", fields.join(","))
        }
        plain => plain.to_string(),
    }
}

/// A JSON number as its plain digits: equal numbers give equal texts (1574, 1574.0, 1.574e3). One too long to be kept stays as written.
pub fn digits(number: &str) -> String {
    if !super::can_be_kept(number) {
        return number.to_owned();
    }
    let (is_negative, digits, power) = worth(number);
    let places = usize::try_from(power.unsigned_abs()).unwrap_or(0);
    let plain = match () {
        () if digits.is_empty() => "0".to_owned(),
        () if power >= 0 => format!("{digits}{}", "0".repeat(places)),
        () if places < digits.len() => {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{whole}.{fraction}")
        }
        () => format!("0.{}{digits}", "0".repeat(places - digits.len())),
    };
    if is_negative { format!("-{plain}") } else { plain }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_equal_digits() {
        for (number, plain) in [
            ("1574", "1574"),
            ("1574.0", "1574"),
            ("1.574e3", "1574"),
            ("15740E-1", "1574"),
            ("1e3", "1000"),
            ("-0.0", "0"),
            ("-0.50", "-0.5"),
            ("12.5", "12.5"),
            ("5e-3", "0.005"),
            ("9007199254740993", "9007199254740993"),
            ("1e999999999999", "1e999999999999"),
        ] {
            assert_eq!(digits(number), plain, "{number}");
        }
    }

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
            assert_eq!(canonical(&read(one)), canonical(&read(other)), "{one} {other}");
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
            assert_ne!(canonical(&read(one)), canonical(&read(other)), "{one} {other}");
        }
    }
}
