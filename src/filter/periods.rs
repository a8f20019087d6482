//! Reads lengths of time and days.

use chrono::NaiveDate;

use super::{
    ast::{Compare, Period, Span},
    fields::{colon, compare, value},
    parse::{FilterError, Reader},
};

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

/// Reads a length of time, such as 30d or 12h.
pub(super) fn span(text: &str) -> Option<Span> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok().filter(|_| number.bytes().all(|digit| digit.is_ascii_digit()))?;
    match unit {
        "d" if number <= Span::MOST_DAYS => Some(Span::Days(number)),
        "h" if number <= 24 * Span::MOST_DAYS => Some(Span::Hours(number)),
        _ => None,
    }
}

const A_TIME: &str =
    "Expected a length of time such as 30d or 12h, or days such as 2026-01-31 or 2026-01-01..2026-01-31.";

/// Reads days after `:` or `in:`.
fn days(reader: &Reader<'_>, start: usize, text: &str) -> Result<Period, FilterError> {
    let wrong = || reader.wrong(start, A_TIME);
    let end = |text: &str| if text.is_empty() { Ok(None) } else { day(text).map(Some).ok_or_else(wrong) };
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (end(from)?, end(to)?),
        None => (end(text)?, end(text)?),
    };
    match (from, to) {
        (None, None) => Err(wrong()),
        (Some(from), Some(to)) if from > to => Err(reader.wrong(start, "The first day is after the last one.")),
        (from, to) => Ok(Period::Days(from, to)),
    }
}

/// Reads `<30d`, `>90d`, `:2026-01-01..2026-02-01`, `>=2026-01-01`.
pub(super) fn period(reader: &mut Reader<'_>) -> Result<Period, FilterError> {
    let compare = compare(reader);
    if compare.is_none() {
        colon(reader, "The field")?;
    }
    let start = reader.at();
    let text = value(reader)?;
    let Some(compare) = compare.filter(|compare| *compare != Compare::Equal) else {
        return days(reader, start, &text);
    };
    if let Some(span) = span(&text) {
        let is_within = matches!(compare, Compare::Less | Compare::AtMost);
        return Ok(if is_within { Period::Within(span) } else { Period::Before(span) });
    }
    let day = day(&text).ok_or_else(|| reader.wrong(start, A_TIME))?;
    let shifted = match compare {
        Compare::More => day.succ_opt(),
        Compare::Less => day.pred_opt(),
        _ => Some(day),
    };
    let day = shifted.ok_or_else(|| reader.wrong(start, A_TIME))?;
    let is_start = matches!(compare, Compare::More | Compare::AtLeast);
    Ok(if is_start { Period::Days(Some(day), None) } else { Period::Days(None, Some(day)) })
}

/// Reads ` in:30d`, if it comes next.
pub(super) fn within(reader: &mut Reader<'_>) -> Result<Option<Period>, FilterError> {
    if !reader.rest().trim_start().starts_with("in:") {
        return Ok(None);
    }
    reader.skip();
    reader.takes("in:");
    let start = reader.at();
    let text = value(reader)?;
    match span(&text) {
        Some(span) => Ok(Some(Period::Within(span))),
        None => days(reader, start, &text).map(Some),
    }
}
