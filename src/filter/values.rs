//! Values in conditions: as numbers, days, patterns.

use chrono::{DateTime, Utc};

use super::{
    ast::{Compare, Test},
    periods::span,
    predicate::{Bounds, Equal, ValueTest},
};
use crate::attributes::terms::{as_day, as_number};

/// A pattern that finds a text anywhere.
pub(super) fn like(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// A value as it may be stored where nobody says its type.
pub(super) fn equal(value: &str) -> Equal {
    let texts = match value.to_lowercase().as_str() {
        "yes" | "true" => vec!["yes".to_owned(), "true".to_owned()],
        "no" | "false" => vec!["no".to_owned(), "false".to_owned()],
        _ => vec![value.to_owned()],
    };
    Equal {
        texts,
        number: as_number(value).map(str::to_owned),
        day: as_day(value).filter(|day| day.len() == value.len()).map(str::to_owned),
    }
}

/// A range of numbers, days, or of days as long ago as a length of time says.
///
/// # Errors
/// The rule, if the ends are of no such kind or not both of the same.
pub(super) fn bounds(test: &Test, now: DateTime<Utc>) -> Result<ValueTest, String> {
    let (from, to) = match test {
        Test::Compare(Compare::AtLeast, from) => (Some((from, true)), None),
        Test::Compare(Compare::More, from) => (Some((from, false)), None),
        Test::Compare(Compare::AtMost, to) => (None, Some((to, true))),
        Test::Compare(Compare::Less, to) => (None, Some((to, false))),
        Test::Between(from, to) => (Some((from, true)), Some((to, true))),
        Test::Compare(Compare::Equal, _) | Test::Is(_) | Test::Contains(_) | Test::Begins(_) => {
            return Err("compare it with a number or a day.".to_owned());
        }
    };
    let ends = || from.iter().chain(&to).map(|(text, _)| text.as_str());
    let owned = |end: Option<(&String, bool)>| end.map(|(text, is_included)| (text.clone(), is_included));
    if let Some(span) = ends().next().and_then(span).filter(|_| ends().count() == 1) {
        let (ago, today) = ((now - span.delta()).date_naive().to_string(), now.date_naive().to_string());
        // Less than 30 days ago: after that day, until today.
        return Ok(ValueTest::Day(if to.is_some() {
            Bounds { from: Some((ago, false)), to: Some((today, true)) }
        } else {
            Bounds { from: None, to: Some((ago, false)) }
        }));
    }
    if ends().all(|end| as_number(end).is_some()) {
        return Ok(ValueTest::Number(Bounds { from: owned(from), to: owned(to) }));
    }
    if ends().all(|end| end.len() == 10 && end.parse::<chrono::NaiveDate>().is_ok()) {
        return Ok(ValueTest::Day(Bounds { from: owned(from), to: owned(to) }));
    }
    let given: Vec<&str> = ends().collect();
    Err(format!("“{}” is no number and no day such as 2026-01-31.", given.join("..")))
}
