//! The period that a timeline shows.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::{
    web::{Now, form::Problems, pairs::Pairs},
    words::words,
};

words! {
    /// A choice of period.
    #[derive(Default)]
    pub enum Preset {
        Week = "7d", "Last 7 days";
        /// The last 30 days (V6.2).
        #[default]
        Month = "30d", "Last 30 days";
        Quarter = "90d", "Last 90 days";
        Year = "365d", "Last 365 days";
        /// Since the first entry.
        All = "all", "All time";
        /// From one day to another, both included.
        Range = "range", "Chosen days";
    }
}

impl Preset {
    /// The choices that are links, in order.
    pub const CLICKS: [Self; 5] = [Self::Week, Self::Month, Self::Quarter, Self::Year, Self::All];

    fn days(self) -> Option<i64> {
        match self {
            Self::Week => Some(7),
            Self::Month => Some(30),
            Self::Quarter => Some(90),
            Self::Year => Some(365),
            Self::All | Self::Range => None,
        }
    }
}

/// A period with its bounds.
#[derive(Clone, Debug)]
pub struct Period {
    /// How the period was chosen.
    pub preset: Preset,
    /// First time in the period.
    pub from: DateTime<Utc>,
    /// First time after the period.
    pub until: DateTime<Utc>,
}

impl Period {
    /// The last 30 days.
    pub fn recent(now: Now) -> Self {
        Self::parse(&Pairs::default(), now)
    }

    /// The period of one microsecond.
    pub fn only(at: DateTime<Utc>) -> Self {
        Self { preset: Preset::Range, from: at, until: at + TimeDelta::microseconds(1) }
    }

    /// Reads `period`, `from` and `to`. Days are those of the reader's time zone and override a preset; a missing one leaves its end open.
    /// Days that cannot be used are left out; [`Self::problems`] says why.
    pub fn parse(query: &Pairs, now: Now) -> Self {
        let days = Self::days(query).unwrap_or_default();
        let chosen = Preset::CLICKS.into_iter().find(|preset| preset.as_str() == query.get("period"));
        let preset = if days.iter().any(Option::is_some) { Preset::Range } else { chosen.unwrap_or_default() };
        // Events of the near future come from a clock that is ahead.
        let soon = now.at + TimeDelta::days(1);
        let start = |day| now.start_of(day);
        let (from, until) = match (preset, preset.days()) {
            (_, Some(days)) => (now.at - TimeDelta::days(days), soon),
            (Preset::Range, None) => (
                days[0].map_or(DateTime::UNIX_EPOCH, start),
                days[1].and_then(|day| day.succ_opt()).map_or(soon, start),
            ),
            (_, None) => (DateTime::UNIX_EPOCH, soon),
        };
        Self { preset, from, until }
    }
}

impl Period {
    fn days(query: &Pairs) -> Result<[Option<NaiveDate>; 2], Problems> {
        let mut problems = Problems::default();
        let mut day = |name| match query.get(name) {
            "" => None,
            text => match text.parse::<NaiveDate>() {
                Ok(day) if (1970..2200).contains(&day.year()) => Some(day),
                Ok(_) => {
                    problems.add(name, "Choose a day from 1970-01-01 to 2199-12-31.");
                    None
                }
                Err(_) => {
                    problems.add(name, "Enter a day, such as 2026-11-22.");
                    None
                }
            },
        };
        let days = [day("from"), day("to")];
        if let [Some(from), Some(to)] = days
            && to < from
        {
            problems.add("to", "The last day is before the first. Choose a later last day or an earlier first day.");
        }
        if problems.is_empty() { Ok(days) } else { Err(problems) }
    }

    /// What is wrong with the days in a query.
    pub fn problems(query: &Pairs) -> Problems {
        Self::days(query).err().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn parse_in(zone: Tz, query: &str) -> Period {
        let now = Now::new("2026-11-22T03:24:05Z".parse().unwrap(), zone);
        Period::parse(&Pairs::parse(query.as_bytes()), now)
    }

    fn parse(query: &str) -> Period {
        parse_in(Tz::UTC, query)
    }

    #[test]
    fn thirty_days_unless_said_otherwise() {
        assert_eq!(parse("").from.to_string(), "2026-10-23 03:24:05 UTC");
        assert_eq!(parse("period=nonsense").preset, Preset::Month);
        assert_eq!(parse("period=all").from, DateTime::UNIX_EPOCH);
    }

    #[test]
    fn days_that_cannot_be_used_are_named_and_left_out() {
        let wrong = |query: &str| -> Vec<String> {
            let problems = Period::problems(&Pairs::parse(query.as_bytes())).0;
            problems.into_iter().map(|it| format!("{}: {}", it.field, it.message)).collect()
        };
        assert_eq!(wrong("from=2017-01-01&to=2017-01-01"), Vec::<String>::new());
        assert_eq!(
            wrong("from=soon&to=1800-01-01"),
            ["from: Enter a day, such as 2026-11-22.", "to: Choose a day from 1970-01-01 to 2199-12-31.",]
        );
        assert_eq!(
            wrong("from=2017-02-01&to=2017-01-01"),
            ["to: The last day is before the first. Choose a later last day or an earlier first day."]
        );
        assert_eq!(parse("from=2017-02-01&to=2017-01-01").preset, Preset::Month);
    }

    #[test]
    fn a_range_includes_its_last_day() {
        let range = parse("from=2017-01-01&to=2017-01-31");
        assert_eq!(range.from.to_string(), "2017-01-01 00:00:00 UTC");
        assert_eq!(range.until.to_string(), "2017-02-01 00:00:00 UTC");
        assert_eq!(parse("period=7d&from=2017-01-01").preset, Preset::Range);
        let there = parse_in(Tz::America__New_York, "from=2017-01-01&to=2017-07-31");
        assert_eq!(there.from.to_string(), "2017-01-01 05:00:00 UTC");
        assert_eq!(there.until.to_string(), "2017-08-01 04:00:00 UTC");
    }
}
