//! One thing that was looked at, and whether it is as it should be.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::{
    web::words::{counted, grouped},
    words::words,
};

/// Seconds of a minute.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Seconds of a day.
pub const DAY: i64 = 24 * HOUR;

words! {
    /// Whether something is as it should be; the worst comes last.
    pub enum State {
        Good = "good", "Good";
        /// It works, and somebody should look at it.
        Look = "look", "Look at it";
        /// It does not work, or data is in danger.
        Wrong = "wrong", "Wrong";
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl State {
    /// The class of its mark.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "warn",
            Self::Wrong => "bad",
        }
    }

    /// By how large something is: from `look` on somebody should look, from `wrong` on it is wrong.
    pub fn by(measure: i64, look: i64, wrong: i64) -> Self {
        match measure {
            it if it >= wrong => Self::Wrong,
            it if it >= look => Self::Look,
            _ => Self::Good,
        }
    }
}

/// A figure of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Number(i64),
    Bytes(i64),
    Seconds(i64),
    Moment(DateTime<Utc>),
}

impl Value {
    /// For people; times in UTC.
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => grouped(*number),
            Self::Bytes(bytes) => size(*bytes),
            Self::Seconds(seconds) => duration(*seconds),
            Self::Moment(at) => at.format("%-d %b %Y, %H:%M UTC").to_string(),
        }
    }
}

/// "15.7 MB", "1.2 GB".
pub fn size(bytes: i64) -> String {
    let (unit, name) = if bytes >= 1_000_000_000 { (1_000_000_000_u64, "GB") } else { (1_000_000, "MB") };
    let tenths = bytes.saturating_mul(10).max(0).unsigned_abs().div_ceil(unit).cast_signed();
    format!("{}.{} {name}", grouped(tenths / 10), tenths % 10)
}

/// "40 seconds", "3 hours": of what it is longer than one of, two at least before the next smaller unit is left.
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        it @ ..120 => counted(it, "second", "seconds"),
        it @ ..7_200 => counted(it / MINUTE, "minute", "minutes"),
        it @ ..172_800 => counted(it / 3_600, "hour", "hours"),
        it => counted(it / DAY, "day", "days"),
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Short and always the same, for whoever watches by machine.
    pub name: &'static str,
    /// As a headline.
    pub title: String,
    pub state: State,
    /// What is so, in a sentence.
    pub is: String,
    /// What to do; `None` where it is good.
    pub todo: Option<String>,
    pub figures: Vec<(String, Value)>,
}

impl Check {
    /// A check; what to do is only told where there is something to do.
    pub fn new(name: &'static str, title: &str, state: State, is: impl Into<String>, todo: &str) -> Self {
        let todo = (state != State::Good && !todo.is_empty()).then(|| todo.to_owned());
        Self { name, title: title.to_owned(), state, is: is.into(), todo, figures: Vec::new() }
    }

    /// With a figure.
    pub fn with(mut self, label: impl Into<String>, value: Value) -> Self {
        self.figures.push((label.into(), value));
        self
    }

    /// With figures.
    pub fn with_all(mut self, figures: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.figures.extend(figures);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_of_time_are_said_in_words() {
        assert_eq!([size(0), size(15_740_000), size(1_250_000_000)], ["0.0 MB", "15.8 MB", "1.3 GB"]);
        let said = [1, 119, 120, 7_200, 172_800, -5].map(duration);
        assert_eq!(said, ["1 second", "119 seconds", "2 minutes", "2 hours", "2 days", "0 seconds"]);
        assert_eq!([4, 5, 10].map(|it| State::by(it, 5, 10)), State::ALL);
    }
}
