//! Rules for values of reserved attributes, beyond their type.

use crate::{
    attributes::AttributeType,
    identities::{Address, Channel},
};

/// Type of a reserved attribute without a value.
pub fn kind(name: &str) -> AttributeType {
    match name {
        "birthday" => AttributeType::Date,
        "age" => AttributeType::Number,
        _ => AttributeType::Text,
    }
}

/// Hint beside the field; empty for most attributes.
pub fn hint(name: &str) -> &'static str {
    match name {
        "language" => "A language tag, such as en-IN.",
        "timezone" => "A time zone, such as Asia/Kolkata, or an offset, such as +05:30.",
        _ => "",
    }
}

/// Checks a typed value.
///
/// # Errors
/// The broken rule, as the rest of a sentence: `timezone` is no time zone and no offset, `language` is no language tag, or `email` or
/// `phone` is no address.
pub fn check(name: &str, typed: &str) -> Result<(), &'static str> {
    let is_offset = |text: &str| chrono::DateTime::parse_from_rfc3339(&format!("2000-01-01T00:00:00{text}")).is_ok();
    let is_tag = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let is_part =
            |part: &&str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (2..=8).contains(&parts[0].len())
            && parts[0].bytes().all(|byte| byte.is_ascii_alphabetic())
            && parts.iter().all(is_part)
    };
    match name {
        "timezone" if typed.parse::<chrono_tz::Tz>().is_err() && !is_offset(typed) => {
            Err("must be a time zone such as Asia/Kolkata, or an offset such as +05:30")
        }
        "language" if !is_tag(typed) => Err("must be a language tag, such as en or en-IN"),
        "email" => Address::new(Channel::Email, typed).map(drop).map_err(|wrong| wrong.rule),
        "phone" => Address::new(Channel::Sms, typed).map(drop).map_err(|wrong| wrong.rule),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn zones_and_languages_are_checked() {
        for (name, good) in
            [("timezone", "Asia/Kolkata"), ("timezone", "+05:30"), ("language", "en"), ("language", "zh-Hant-TW")]
        {
            assert_eq!(check(name, good), Ok(()), "{good}");
        }
        assert_eq!(check("email", "ann@example.com"), Ok(()));
        let bad =
            [("timezone", "Mars/Phobos"), ("language", "English (India)"), ("language", "e"), ("email", "nobody")];
        for (name, bad) in bad {
            assert!(check(name, bad).is_err(), "{bad}");
        }
        assert_eq!(check("city", "anything"), Ok(()));
    }
}
