//! JSON as senders write it: Python's clients send `NaN`, halves of surrogate pairs and U+0000. A strict parser would lose the whole call
//! because of one value, and the client would send it again and again.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::clean;

/// The text of a body: bytes that are not UTF-8 become U+FFFD, a byte order mark is dropped.
pub fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body))
}

/// Parses a value: strictly if possible, else after mending the text. No text or key in it has a U+0000, and all of it can be stored.
///
/// # Errors
/// Text for the sender: it is no JSON even after mending, or cannot be stored.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut value: Value = tolerant(text)?;
    clean(&mut value)?;
    Ok(value)
}

/// Parses text as JSON, strictly if possible, else after mending it.
pub fn tolerant<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend(text))).map_err(|error| error.to_string())
}

/// Mends what clients mistake for JSON: bare `NaN` and infinities become null, halves of surrogate pairs U+FFFD, and control characters
/// within texts their escapes. Nothing else changes, so other faults stay faults.
fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + 16);
    let (mut rest, mut in_text) = (text, false);
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                in_text = !in_text;
                mended.push(c);
            }
            '\\' if in_text => {
                let (escape, length) = mend_escape(rest);
                mended.push_str(escape);
                taken = length;
            }
            '\0' => {}
            c if in_text && c < ' ' => mended.push_str(&format!("\\u{:04x}", u32::from(c))),
            'N' | 'I' | '-' if !in_text => {
                match ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| rest.starts_with(word)) {
                    Some(word) => {
                        mended.push_str("null");
                        taken = word.len();
                    }
                    None => mended.push(c),
                }
            }
            c => mended.push(c),
        }
        rest = &rest[taken..];
    }
    mended
}

/// The mended escape at the start of `text`, and the length of the original.
fn mend_escape(text: &str) -> (&str, usize) {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    match unit(text) {
        Some(0xD800..=0xDBFF) if matches!(unit(&text[6..]), Some(0xDC00..=0xDFFF)) => (&text[..12], 12),
        Some(0xD800..=0xDFFF) => ("\\ufffd", 6),
        Some(_) => (&text[..6], 6),
        None => {
            let length = 1 + text[1..].chars().next().map_or(0, char::len_utf8);
            (&text[..length], length)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_sends_is_read() {
        let sent = r#"{"a":NaN,"b":[Infinity,-Infinity,-1],"c":"NaN \"Infinity","d":"x\ud83dy\ude00","e":"\ud83d\ude00","f":"\ud83d\n"}"#;
        let read = json!({
            "a": null, "b": [null, null, -1], "c": "NaN \"Infinity", "d": "x\u{fffd}y\u{fffd}", "e": "😀", "f": "\u{fffd}\n",
        });
        assert_eq!(parse(sent).unwrap(), read);
        assert_eq!(parse("{\"a\":\"tab\there\"}").unwrap(), json!({"a": "tab\there"}));
    }

    #[test]
    fn bytes_that_are_not_text_are_replaced() {
        assert_eq!(text(b"\xEF\xBB\xBF{\"a\":\"\xFF\"}"), "{\"a\":\"\u{fffd}\"}");
    }

    #[test]
    fn nul_goes_from_keys_and_texts() {
        assert_eq!(parse(r#"{"k\u0000ey":["a\u0000b"]}"#).unwrap(), json!({"key": ["ab"]}));
    }

    #[test]
    fn integers_stay_exact() {
        for number in ["9007199254740993", "1180591620717411303424", "-0.10000000000000000000000000001"] {
            assert_eq!(parse(number).unwrap().to_string(), number);
        }
    }

    #[test]
    fn numbers_that_postgres_cannot_keep_become_texts() {
        let long = "1".repeat(1001);
        for number in ["1e401", "1e-401", "1E+99999999999999999999", long.as_str()] {
            let parsed = parse(number).unwrap();
            assert!(parsed.is_string(), "{parsed}");
        }
        assert!(parse("1.7976931348623157e308").unwrap().is_number());
    }

    #[test]
    fn broken_text_stays_broken() {
        for broken in ["", "{", "{\"a\":}", "NaNa", "{'a':1}", "\"\\ud83d", "[1,]", "\\", "\"\\"] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn depth_is_bounded_whatever_hides_it() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(60)).is_ok() && parse(&nested(200)).is_err());
        // A key with which `serde_json` unfolds a text.
        let hidden = format!("{{\"$serde_json::private::RawValue\":\"{}\"}}", nested(120));
        let wrapped = format!("{}{hidden}{}", "[".repeat(60), "]".repeat(60));
        assert!(parse(&wrapped).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([\\[\\]{}:,\"\\\\uDd8c0-9eE+.-]|NaN|Infinity|\\PC){0,60}") {
            let _ = parse(&text);
        }

        /// Text that is JSON already is not changed.
        #[test]
        fn mending_leaves_json_alone(text in "([\"\\\\uDd8c0NI\u{0}-\u{1f}-]|NaN|\\PC){0,40}") {
            let sent = serde_json::to_string(&json!({ "a": text })).unwrap();
            prop_assert_eq!(&mend(&sent), &sent);
        }
    }
}
