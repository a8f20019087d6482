//! Parses times as senders and files write them.

use chrono::{DateTime, Datelike, DurationRound, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::ledger::Invalid;

/// Parses a time, cut to whole microseconds: ISO 8601 with or without zone (without: UTC), a date, or seconds or milliseconds since 1970.
///
/// # Errors
/// The text has none of these forms, or the time is not from 1900 to 2199.
pub fn time(field: &str, text: &str) -> Result<DateTime<Utc>, Invalid> {
    let text = text.trim();
    let zoned =
        || DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let naive = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|at| at.and_utc());
    let found = zoned()
        .ok()
        .map(|at| at.to_utc())
        .or_else(|| naive("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| naive("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN).and_utc()))
        .or_else(|| since_1970(text))
        .and_then(|at| at.duration_trunc(TimeDelta::microseconds(1)).ok());
    let in_reach = |at: &DateTime<Utc>| (1900..2200).contains(&at.year());
    let rule = "must be a time between 1900 and 2200, such as 2026-11-22T08:30:00Z or 2026-11-22";
    found.filter(in_reach).ok_or_else(|| Invalid::new(field, rule, text))
}

fn since_1970(text: &str) -> Option<DateTime<Utc>> {
    /// The least number that counts as milliseconds: 1973. As seconds it would be the year 5138.
    const FAR: i64 = 100_000_000_000;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    if number.checked_abs()? >= FAR {
        return DateTime::from_timestamp_millis(number);
    }
    let micros = fraction.chars().chain("000000".chars()).take(6).collect::<String>();
    Some(DateTime::from_timestamp(number, 0)? + TimeDelta::microseconds(micros.parse::<u32>().ok()?.into()))
}

#[cfg(test)]
mod tests {
    use crate::ingest::parse_time::*;

    #[test]
    fn times_in_many_spellings() {
        let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        for same in [
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00.0000009Z",
            "2026-11-22T13:00:00+01:00",
            "2026-11-22T13:00:00+0100",
            "2026-11-22 12:00:00",
            "1795348800",
            "1795348800.0",
            "1795348800000",
        ] {
            assert_eq!(time("t", same).unwrap(), noon, "{same}");
        }
        assert_eq!(time("t", "1795348800.25").unwrap(), noon + TimeDelta::milliseconds(250));
        for bad in ["soon", "0001-01-01", "1795348800.x", "-9223372036854775808", "99999999999999999", ""] {
            assert!(time("t", bad).is_err(), "{bad}");
        }
    }
}
