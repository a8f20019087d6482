//! Volumes of events by day, and their charts.

use std::fmt::Write;

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::web::words::{counted, grouped};

/// A number of days up to today, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    first: NaiveDate,
    pub count: usize,
}

impl Days {
    /// The last `count` days, that of `now` included.
    pub fn until(now: DateTime<Utc>, count: usize) -> Self {
        let back = TimeDelta::days(i64::try_from(count).unwrap_or(1) - 1);
        Self { first: now.date_naive() - back, count }
    }

    /// Start of the first day.
    pub fn from(&self) -> DateTime<Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc()
    }

    /// End of the last day.
    pub fn end(&self) -> DateTime<Utc> {
        self.from() + TimeDelta::days(i64::try_from(self.count).unwrap_or(0))
    }

    /// Each day with its number, newest first.
    pub fn newest_first<'a>(&'a self, counts: &'a [i64]) -> impl Iterator<Item = (NaiveDate, i64)> + 'a {
        self.first.iter_days().zip(counts.iter().copied()).collect::<Vec<_>>().into_iter().rev()
    }
}

/// Height of the chart; bars leave two units free.
const HEIGHT: i64 = 30;

/// A chart with a bar for each day, and its content in words.
#[derive(Clone, Debug, Template)]
#[template(path = "events/_spark.html")]
pub struct Spark {
    width: usize,
    bars: String,
    words: String,
}

impl HtmlSafe for Spark {}

impl Spark {
    /// The chart of these numbers, the oldest first.
    pub fn new(counts: &[i64]) -> Self {
        let (most, least) = (counts.iter().copied().max().unwrap_or(0), counts.iter().copied().min().unwrap_or(0));
        let (total, days) = (counts.iter().sum::<i64>(), counts.len());
        let words = match total {
            0 => format!("No events in {days} days"),
            _ => format!(
                "{} in {days} days, from {} to {} a day",
                counted(total, "event", "events"),
                grouped(least),
                grouped(most)
            ),
        };
        Self::with_words(counts, words)
    }

    /// The chart of any numbers, the oldest first, with its content in words.
    pub fn with_words(counts: &[i64], words: String) -> Self {
        let (most, mut bars) = (counts.iter().copied().max().unwrap_or(0), String::new());
        for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let height = (count * (HEIGHT - 2) / most).max(1);
            // Writing to a string never fails.
            let _ = write!(bars, "M{} {}h3v{height}h-3z", place * 4, HEIGHT - height);
        }
        Self { width: counts.len() * 4, bars, words }
    }

    /// The content of the chart in words.
    pub fn words(&self) -> &str {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use crate::events::volume::*;

    #[test]
    fn bars_are_as_high_as_their_share_of_the_highest() {
        let spark = Spark::new(&[0, 1, 2800, 1400]);
        assert_eq!(spark.bars, "M4 29h3v1h-3zM8 2h3v28h-3zM12 16h3v14h-3z");
        assert_eq!(spark.words, "4,201 events in 4 days, from 0 to 2,800 a day");
        assert_eq!(Spark::new(&[0; 30]).words, "No events in 30 days");
    }

    #[test]
    fn days_end_with_today() {
        let days = Days::until("2026-11-22T03:24:05Z".parse().unwrap(), 3);
        assert_eq!(days.from().to_string(), "2026-11-20 00:00:00 UTC");
        assert_eq!(days.end().to_string(), "2026-11-23 00:00:00 UTC");
        let listed: Vec<_> = days.newest_first(&[1, 2, 3]).map(|(day, n)| format!("{day} {n}")).collect();
        assert_eq!(listed, ["2026-11-22 3", "2026-11-21 2", "2026-11-20 1"]);
    }
}
