//! Splits a call into items without parsing them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::formats::Malformed;
use crate::{json::tolerant, rejections::codes};

/// The fields of a JSON object, unparsed.
pub type Parts = BTreeMap<String, Box<RawValue>>;

/// The fields of a call that is an object.
pub fn parts(body: &str) -> Result<Parts, Malformed> {
    tolerant(item(body)?.get()).map_err(|problem| Malformed { code: codes::INVALID_JSON, message: problem })
}

/// A call that is one item, unparsed. Malformed if it is not a JSON object.
pub fn item(body: &str) -> Result<Box<RawValue>, Malformed> {
    let malformed = |problem: String| Malformed {
        code: codes::INVALID_JSON,
        message: format!("the body must be a JSON object; {problem}"),
    };
    let item: Box<RawValue> = tolerant(body).map_err(malformed)?;
    if item.get().starts_with('{') { Ok(item) } else { Err(malformed("it is something else".to_owned())) }
}

/// [`item`] without the fields that hold a sender's key: items are kept and shown.
pub fn item_without(body: &str, keys: &[&str]) -> Result<Box<RawValue>, Malformed> {
    let whole = item(body)?;
    let mut parts = parts(whole.get())?;
    let known = parts.len();
    parts.retain(|name, _| !keys.contains(&name.as_str()));
    if parts.len() == known { Ok(whole) } else { raw(&parts) }
}

/// A value as an unparsed item.
pub fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Malformed> {
    to_raw_value(value).map_err(|error| Malformed { code: codes::INVALID_JSON, message: error.to_string() })
}

/// Takes the list `field` out of a call, as unparsed items: an invalid one costs only itself.
///
/// # Errors
/// The list is missing, is no list, or has more than `most` items.
pub fn items(parts: &mut Parts, field: &str, most: usize) -> Result<Vec<Box<RawValue>>, Malformed> {
    let malformed = |code, message| Err(Malformed { code, message });
    let Some(list) = parts.remove(field) else {
        return malformed(codes::INVALID_JSON, format!("the body must have a list \"{field}\""));
    };
    let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(list.get()) else {
        return malformed(codes::INVALID_JSON, format!("\"{field}\" must be a list"));
    };
    if items.len() > most {
        let message =
            format!("\"{field}\" must have at most {most} items; got {}. Send the rest in another call", items.len());
        return malformed(codes::TOO_LARGE, message);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn a_poisonous_item_costs_only_itself() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let body = format!(
            r#"{{"batch":[{{"n":1}},{deep},{{"n":"\ud83d"}},{{"$serde_json::private::Number":"x"}},{{"n":NaN}}],"sentAt":"now"}}"#
        );
        let mut parts = parts(&body).unwrap();
        let read: Vec<_> =
            items(&mut parts, "batch", 10).unwrap().iter().map(|item| parse(item.get()).is_ok()).collect();
        assert_eq!(read, [true, false, true, false, true]);
        assert_eq!(parts["sentAt"].get(), "\"now\"");
    }

    #[test]
    fn calls_that_cannot_be_split_say_why() {
        let split = |body: &str| {
            let mut parts = parts(body)?;
            items(&mut parts, "batch", 2).map(|items| items.len())
        };
        assert_eq!(split(r#"{"batch":[1,2]}"#), Ok(2));
        for (body, code) in [
            ("hello", codes::INVALID_JSON),
            ("[]", codes::INVALID_JSON),
            ("{}", codes::INVALID_JSON),
            (r#"{"batch":{}}"#, codes::INVALID_JSON),
            (r#"{"batch":[1,2,3]}"#, codes::TOO_LARGE),
        ] {
            assert_eq!(split(body).unwrap_err().code, code, "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([\\[\\]{}:,\"\\\\uDd8c0-9eE+.-]|NaN|Infinity|\\PC){0,60}") {
            let _ = parts(&text).and_then(|mut parts| items(&mut parts, "batch", 5));
        }
    }
}
