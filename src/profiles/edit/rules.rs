//! Rules for typed values of reserved attributes, beyond their type. What senders say is stored as they say it.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::{
    attributes::AttributeType,
    identities::{Address, Channel},
    profiles::languages,
    web::time,
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
        "country" => "A country, such as India, or its code, such as IN.",
        "language" => "A language, such as German, or a language tag, such as en-IN.",
        "timezone" => "A time zone, such as Asia/Kolkata.",
        _ => "",
    }
}

/// Id of the list of suggestions for an attribute.
pub fn suggestions(name: &str) -> Option<&'static str> {
    match name {
        "country" => Some("countries"),
        "language" => Some("languages"),
        "timezone" => Some("zones"),
        _ => None,
    }
}

/// Whether values are short enough for half a line.
pub fn is_short(name: &str) -> bool {
    matches!(
        name,
        "first_name"
            | "last_name"
            | "gender"
            | "city"
            | "state"
            | "zip"
            | "country"
            | "language"
            | "timezone"
            | "mobile"
    )
}

/// Checks a typed value, and returns it as it is stored: a country and a language by their codes, a time zone in its own spelling.
///
/// # Errors
/// The broken rule, as the rest of a sentence that begins with the attribute.
pub fn written<'a>(name: &str, typed: &'a str, today: NaiveDate) -> Result<Cow<'a, str>, &'static str> {
    let known = |code: Option<&'static str>, rule| code.map(Cow::Borrowed).ok_or(rule);
    match name {
        _ if typed.is_empty() => Ok(Cow::Borrowed(typed)),
        "birthday" => match typed.get(..10).and_then(|day| day.parse().ok()) {
            Some(day) if !(FIRST_BIRTHDAY..=today).contains(&day) => Err("must be between 1900-01-01 and today"),
            _ => Ok(Cow::Borrowed(typed)),
        },
        "email" => Address::new(Channel::Email, typed).map(|_| Cow::Borrowed(typed)).map_err(|wrong| wrong.rule),
        "phone" => Address::new(Channel::Sms, typed).map(|_| Cow::Borrowed(typed)).map_err(|wrong| wrong.rule),
        "country" => known(
            languages::code(languages::countries(), typed),
            "must be a country, such as India, or a two-letter code, such as IN",
        ),
        "language" => match languages::code(languages::languages(), typed) {
            Some(code) => Ok(Cow::Borrowed(code)),
            None if is_tag(typed) => Ok(Cow::Borrowed(typed)),
            None => Err("must be a language, such as German, or a language tag, such as en-IN"),
        },
        "timezone" => known(
            time::zone(typed).map(|zone| zone.name()),
            "must be a time zone, such as Asia/Kolkata. An offset such as +05:30 does not follow clock changes",
        ),
        _ => Ok(Cow::Borrowed(typed)),
    }
}

/// Nobody alive was born before.
const FIRST_BIRTHDAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("it is a day");

fn is_tag(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_part = |part: &&str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=3).contains(&parts[0].len())
        && parts[0].bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, typed: &str) -> Option<String> {
        written(name, typed, NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()).ok().map(Cow::into_owned)
    }

    #[test]
    fn what_is_typed_is_checked_and_stored_by_its_code() {
        for (name, typed, stored) in [
            ("timezone", "asia/kolkata", "Asia/Kolkata"),
            ("language", "en", "en"),
            ("language", "German", "de"),
            ("language", "zh-Hant-TW", "zh-Hant-TW"),
            ("country", "India", "IN"),
            ("country", "in", "IN"),
            ("birthday", "1900-01-01", "1900-01-01"),
            ("birthday", "2026-11-22", "2026-11-22"),
            ("birthday", "in spring", "in spring"),
            ("city", "anything", "anything"),
            ("country", "", ""),
        ] {
            assert_eq!(read(name, typed).as_deref(), Some(stored), "{name} {typed}");
        }
        for (name, typed) in [
            ("timezone", "Mars/Phobos"),
            ("timezone", "+05:30"),
            ("timezone", "GMT+14"),
            ("language", "English (India)"),
            ("language", "e"),
            ("country", "Narnia"),
            ("email", "nobody"),
            ("birthday", "1899-12-31"),
            ("birthday", "2026-11-23"),
        ] {
            assert_eq!(read(name, typed), None, "{name} {typed}");
        }
    }
}
