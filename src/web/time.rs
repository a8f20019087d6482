//! Moments as people read them: relative when recent, exact on hover and for screen readers.

use askama::{Template, filters::HtmlSafe};
use chrono::{
    DateTime, Datelike, TimeDelta, Utc,
    format::{Item, StrftimeItems},
};
use std::sync::LazyLock;

/// How long after the last activity somebody still counts as online.
const ONLINE: TimeDelta = TimeDelta::minutes(5);

type Format = Vec<Item<'static>>;

/// Formats, read once: a list has hundreds of moments, and reading the formats for each was a sixth of its time.
struct Formats {
    day: Format,
    date: Format,
    exact: Format,
    hour: Format,
}

static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    let read = |text| StrftimeItems::new(text).collect();
    Formats {
        day: read("%-d %b"),
        date: read("%-d %b %Y"),
        exact: read("%-d %B %Y, %H:%M:%S UTC"),
        hour: read("%H:%M"),
    }
});

/// A moment, seen from now.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "ui/moment.html")]
pub struct Moment {
    at: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// `at`, as told at `now`.
    pub fn new(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { at, now }
    }

    /// Within the last five minutes.
    pub fn is_online(&self) -> bool {
        let ago = self.now - self.at;
        ago < ONLINE && ago > -ONLINE
    }

    /// "18 min ago", "yesterday", "9 Nov", "9 Nov 2024".
    pub fn relative(&self) -> String {
        let ago = self.now - self.at;
        let days = (self.now.date_naive() - self.at.date_naive()).num_days();
        match () {
            () if ago < TimeDelta::zero() => self.date(),
            () if ago < TimeDelta::minutes(1) => "just now".to_owned(),
            () if ago < TimeDelta::hours(1) => format!("{} min ago", ago.num_minutes()),
            () if ago < TimeDelta::hours(24) => format!("{} h ago", ago.num_hours()),
            () if days == 1 => "yesterday".to_owned(),
            () if days < 30 => format!("{days} d ago"),
            () => self.date(),
        }
    }

    /// "9 Nov", with the year when it is not this one.
    pub fn date(&self) -> String {
        self.written(if self.at.year() == self.now.year() { &FORMATS.day } else { &FORMATS.date })
    }

    /// "22 November 2026, 03:24:05 UTC".
    pub fn exact(&self) -> String {
        self.written(&FORMATS.exact)
    }

    /// "03:24".
    pub fn hour(&self) -> String {
        self.written(&FORMATS.hour)
    }

    fn written(&self, format: &Format) -> String {
        self.at.format_with_items(format.iter()).to_string()
    }

    /// For machines.
    pub fn iso(&self) -> String {
        self.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_distance() {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let told = |ago| Moment::new(now - ago, now).relative();
        assert_eq!(told(TimeDelta::seconds(30)), "just now");
        assert_eq!(told(TimeDelta::minutes(18)), "18 min ago");
        assert_eq!(told(TimeDelta::hours(4)), "4 h ago");
        assert_eq!(told(TimeDelta::hours(26)), "yesterday");
        assert_eq!(told(TimeDelta::days(13)), "13 d ago");
        assert_eq!(told(TimeDelta::days(40)), "13 Oct");
        assert_eq!(told(TimeDelta::days(400)), "18 Oct 2025");
    }
}
