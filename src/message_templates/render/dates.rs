//! The filter `date`: the library's reads the machine's clock for "now", and knows no time zones.

use std::fmt::Write;

use chrono::{
    DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc,
    format::{Item, StrftimeItems},
};
use chrono_tz::Tz;
use liquid_core::{
    Display_filter, Error, Expression, Filter, FilterParameters, FilterReflection, FromFilterParameters, ParseFilter,
    Result, Runtime, Value, ValueView,
};

use super::engine::State;

#[derive(Debug, FilterParameters)]
struct DateArgs {
    #[parameter(description = "How it is written, such as \"%d.%m.%Y\".", arg_type = "str")]
    format: Expression,
}

/// Writes a time or a day in a format, in the person's time zone; what is neither stays as it is.
#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(name = "date", description = "Writes a time in a format.", parameters(DateArgs), parsed(DateFilter))]
pub struct Date;

#[derive(Debug, FromFilterParameters, Display_filter)]
#[name = "date"]
struct DateFilter {
    #[parameters]
    args: DateArgs,
}

impl Filter for DateFilter {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let format = self.args.evaluate(runtime)?.format;
        check(&format).map_err(Error::with_msg)?;
        let (zone, now) = {
            let state = runtime.registers().get_mut::<State>();
            (state.zone, state.now)
        };
        let mut out = String::new();
        let written = match read(input.to_kstr().trim(), zone, now) {
            Some(Moment::At(at)) => write!(out, "{}", at.with_timezone(&zone).format(&format)),
            // A day is the same everywhere.
            Some(Moment::Day(day)) => write!(out, "{}", day.and_time(NaiveTime::MIN).and_utc().format(&format)),
            None => return Ok(input.to_value()),
        };
        Ok(if written.is_ok() { Value::scalar(out) } else { input.to_value() })
    }
}

/// Checks a format such as `%d.%m.%Y`.
///
/// # Errors
/// It is none, as a sentence.
pub fn check(format: &str) -> Result<(), String> {
    if format.len() > 200 || StrftimeItems::new(format).any(|item| item == Item::Error) {
        return Err(format!("“{format}” is no format of a date, such as \"%d.%m.%Y\" or \"%H:%M\"."));
    }
    Ok(())
}

enum Moment {
    At(DateTime<Utc>),
    Day(NaiveDate),
}

fn read(text: &str, zone: Tz, now: DateTime<Utc>) -> Option<Moment> {
    if matches!(text, "now" | "today") {
        return Some(Moment::At(now));
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Moment::Day(day));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::At(at.to_utc()));
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return zone.from_local_datetime(&local).earliest().map(|at| Moment::At(at.to_utc()));
        }
    }
    let seconds: i64 = text.parse().ok()?;
    // Milliseconds, if as seconds it would be thousands of years ahead.
    let is_fine = seconds.unsigned_abs() >= 100_000_000_000;
    if is_fine { DateTime::from_timestamp_millis(seconds) } else { DateTime::from_timestamp(seconds, 0) }
        .map(Moment::At)
}
