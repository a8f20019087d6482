//! What is asked of the audit log: the filters of its page.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::{
    auth::Topic,
    db::ids::OperatorId,
    web::{Now, form::Problems, pairs::Pairs},
};

/// Lines that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub operator: Option<OperatorId>,
    pub topic: Option<Topic>,
    /// First time that is asked for.
    pub from: Option<DateTime<Utc>>,
    /// First time after what is asked for.
    pub until: Option<DateTime<Utc>>,
    pub only_refusals: bool,
}

/// Names of the filters in addresses and forms.
pub const NAMES: [&str; 5] = ["by", "about", "from", "to", "refused"];

impl Asked {
    /// Reads the filters. Days are those of the reader's time zone, the last one included.
    ///
    /// # Errors
    /// A day cannot be read, or the last is before the first.
    pub fn parse(query: &Pairs, now: Now) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut day = |name: &'static str| -> Option<NaiveDate> {
            let typed = query.get(name);
            let read = typed.parse::<NaiveDate>().ok().filter(|day| (1970..2200).contains(&day.year()));
            if read.is_none() && !typed.is_empty() {
                problems.add(name, "Choose a day from 1970-01-01 to 2199-12-31, such as 2026-11-22.");
            }
            read
        };
        let (first, last) = (day("from"), day("to"));
        if first.zip(last).is_some_and(|(first, last)| last < first) {
            problems.add("to", "The last day is before the first. Choose a later last day or an earlier first day.");
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            operator: query.parsed("by"),
            topic: query.parsed("about"),
            from: first.map(|day| now.start_of(day)),
            until: last.and_then(|day| day.succ_opt()).map(|day| now.start_of(day)),
            only_refusals: query.get("refused") == "yes",
        })
    }

    /// Whether it is less than everything.
    pub fn is_narrow(&self) -> bool {
        *self != Self::default()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn read(query: &str) -> Result<Asked, Vec<String>> {
        let now = Now::new("2026-11-22T03:24:05Z".parse().unwrap(), Tz::America__New_York);
        let fields = |problems: Problems| problems.0.iter().map(|problem| problem.field.to_string()).collect();
        Asked::parse(&Pairs::parse(query.as_bytes()), now).map_err(fields)
    }

    #[test]
    fn days_are_the_readers_and_the_last_is_included() {
        let asked = read("from=2026-11-01&to=2026-11-01").unwrap();
        assert_eq!(asked.from.unwrap().to_rfc3339(), "2026-11-01T04:00:00+00:00");
        assert_eq!(asked.until.unwrap().to_rfc3339(), "2026-11-02T05:00:00+00:00");
        assert!(asked.is_narrow() && !read("after=x").unwrap().is_narrow());
    }

    #[test]
    fn impossible_days_are_said() {
        assert_eq!(read("from=x&to=9999-01-01"), Err(vec!["from".into(), "to".into()]));
        assert_eq!(read("from=2026-11-02&to=2026-11-01"), Err(vec!["to".into()]));
    }
}
