//! Times for people: relative when recent, exact as the title, in the reader's time zone. One text each: a hidden one would be read twice.

use std::sync::LazyLock;

use askama::{Template, filters::HtmlSafe};
use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
    format::{Item, StrftimeItems},
};
use chrono_tz::{OffsetName, TZ_VARIANTS, Tz};

/// Time after the last activity during which a profile counts as online.
const ONLINE: TimeDelta = TimeDelta::minutes(5);

type Format = Vec<Item<'static>>;

/// Parsed formats: a list has hundreds of times, and parsing the formats for each was a sixth of its time.
struct Formats {
    day: Format,
    date: Format,
    exact: Format,
    hour: Format,
    second: Format,
}

static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    let read = |text| StrftimeItems::new(text).collect();
    Formats {
        day: read("%-d %b"),
        date: read("%-d %b %Y"),
        exact: read("%-d %B %Y, %H:%M:%S"),
        hour: read("%H:%M"),
        second: read("%H:%M:%S"),
    }
});

/// The present, in the time zone of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The present.
    pub at: DateTime<Utc>,
    /// Time zone of the reader.
    pub zone: Tz,
}

impl Now {
    /// The present `at`, for a reader in `zone`.
    pub fn new(at: DateTime<Utc>, zone: Tz) -> Self {
        Self { at, zone }
    }

    /// A time as a form's control for date and time sends it, in the reader's zone.
    ///
    /// # Errors
    /// It is no date and time, or one that the zone never had. The text is for people.
    pub fn read(&self, typed: &str) -> Result<DateTime<Utc>, &'static str> {
        let read = |format| NaiveDateTime::parse_from_str(typed.trim(), format).ok();
        let local = read("%Y-%m-%dT%H:%M:%S%.f").or_else(|| read("%Y-%m-%dT%H:%M"));
        let local = local.ok_or("Enter a date and time, such as 2026-11-22T08:30.")?;
        let at = self.zone.from_local_datetime(&local).earliest();
        Ok(at.ok_or("This time did not exist in this time zone, because clocks were put forward.")?.to_utc())
    }

    /// The same present in another zone.
    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    /// Today in the reader's zone.
    pub fn day(&self) -> NaiveDate {
        self.day_of(self.at)
    }

    /// The day of a time in the reader's zone.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// First moment of a day in the reader's zone. Where clocks skip midnight, the day begins after the gap.
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let found = |hours| self.zone.from_local_datetime(&(midnight + TimeDelta::hours(hours))).earliest();
        (0..=3).find_map(found).map_or_else(|| midnight.and_utc(), |start| start.to_utc())
    }
}

/// Parses the name of a time zone, ignoring case; spaces may stand for underscores.
pub fn zone(name: &str) -> Option<Tz> {
    let name = name.trim().replace(' ', "_");
    TZ_VARIANTS.into_iter().find(|zone| zone.name().eq_ignore_ascii_case(&name))
}

/// Names of time zones to suggest: UTC and those of places.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    const CONTINENTS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let of_place = |name: &&str| CONTINENTS.iter().any(|continent| name.starts_with(continent));
    std::iter::once("UTC").chain(TZ_VARIANTS.iter().map(|zone| zone.name()).filter(of_place))
}

/// A time, rendered for a reader.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "ui/moment.html")]
pub struct Timestamp {
    at: DateTime<Utc>,
    now: Now,
}

impl HtmlSafe for Timestamp {}

impl Timestamp {
    /// `at`, rendered for the reader of `now`.
    pub fn new(at: DateTime<Utc>, now: Now) -> Self {
        Self { at, now }
    }

    /// Whether it is within the last five minutes.
    pub fn is_online(&self) -> bool {
        let ago = self.now.at - self.at;
        ago < ONLINE && ago > -ONLINE
    }

    /// "18 min ago", "yesterday", "9 Nov", "9 Nov 2024".
    pub fn relative(&self) -> String {
        let ago = self.now.at - self.at;
        let days = (self.now.day() - self.now.day_of(self.at)).num_days();
        match () {
            () if ago < TimeDelta::zero() => self.date(),
            () if ago < TimeDelta::minutes(1) => "just now".to_owned(),
            () if ago < TimeDelta::hours(1) => format!("{} min ago", ago.num_minutes()),
            () if ago < TimeDelta::hours(24) || days < 1 => format!("{} h ago", ago.num_hours()),
            () if days == 1 => "yesterday".to_owned(),
            () if days < 30 => format!("{days} d ago"),
            () => self.date(),
        }
    }

    /// "9 Nov", with the year unless it is the present one.
    pub fn date(&self) -> String {
        let is_this_year = self.now.day_of(self.at).year() == self.now.day().year();
        self.written(if is_this_year { &FORMATS.day } else { &FORMATS.date })
    }

    /// "22 November 2026, 03:24:05 UTC".
    pub fn exact(&self) -> String {
        format!("{} {}", self.written(&FORMATS.exact), self.zone())
    }

    /// "03:24".
    pub fn hour(&self) -> String {
        self.written(&FORMATS.hour)
    }

    /// "03:24:05".
    pub fn second(&self) -> String {
        self.written(&FORMATS.second)
    }

    /// Abbreviation of the zone at that time, "UTC", "CET", "CEST", or the offset where there is none, "UTC+04:00".
    fn zone(&self) -> String {
        let offset = self.at.with_timezone(&self.now.zone).offset().to_owned();
        offset.abbreviation().map_or_else(|| format!("UTC{}", offset.fix()), str::to_owned)
    }

    fn written(&self, format: &Format) -> String {
        self.at.with_timezone(&self.now.zone).format_with_items(format.iter()).to_string()
    }

    /// RFC 3339, for machines.
    pub fn iso(&self) -> String {
        self.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(zone: Tz) -> Now {
        Now::new("2026-11-22T03:24:05Z".parse().unwrap(), zone)
    }

    #[test]
    fn words_follow_the_distance() {
        let now = now(Tz::UTC);
        let told = |ago| Timestamp::new(now.at - ago, now).relative();
        assert_eq!(told(TimeDelta::seconds(30)), "just now");
        assert_eq!(told(TimeDelta::minutes(18)), "18 min ago");
        assert_eq!(told(TimeDelta::hours(4)), "4 h ago");
        assert_eq!(told(TimeDelta::hours(26)), "yesterday");
        assert_eq!(told(TimeDelta::days(13)), "13 d ago");
        assert_eq!(told(TimeDelta::days(40)), "13 Oct");
        assert_eq!(told(TimeDelta::days(400)), "18 Oct 2025");
    }

    #[test]
    fn a_moment_is_told_in_the_zone_of_its_reader() {
        let told = |zone: Tz, at: &str| Timestamp::new(at.parse().unwrap(), now(zone));
        let at = "2026-11-22T03:24:05Z";
        assert_eq!(told(Tz::UTC, at).exact(), "22 November 2026, 03:24:05 UTC");
        assert_eq!(told(Tz::Europe__Zurich, at).exact(), "22 November 2026, 04:24:05 CET");
        assert_eq!(told(Tz::Europe__Zurich, "2026-07-01T12:00:00Z").exact(), "1 July 2026, 14:00:00 CEST");
        assert_eq!(told(Tz::America__New_York, at).exact(), "21 November 2026, 22:24:05 EST");
        assert_eq!(told(Tz::Asia__Dubai, at).exact(), "22 November 2026, 07:24:05 UTC+04:00");
        assert_eq!(
            (told(Tz::Asia__Kolkata, at).hour(), told(Tz::Asia__Kolkata, at).iso()),
            ("08:54".into(), at.into())
        );
        assert_eq!(told(Tz::Pacific__Auckland, "2025-12-31T20:00:00Z").date(), "1 Jan");
        // 26 hours before: "yesterday" only where it is still the 21st.
        assert_eq!(told(Tz::America__New_York, "2026-11-21T02:00:00Z").relative(), "yesterday");
    }

    #[test]
    fn days_begin_at_the_midnight_of_their_place() {
        let start = |zone, day: &str| now(zone).start_of(day.parse().unwrap()).to_rfc3339();
        assert_eq!(start(Tz::UTC, "2026-11-22"), "2026-11-22T00:00:00+00:00");
        assert_eq!(start(Tz::America__New_York, "2026-11-22"), "2026-11-22T05:00:00+00:00");
        // Clocks went from 24:00 to 01:00.
        assert_eq!(start(Tz::America__Sao_Paulo, "2018-11-04"), "2018-11-04T03:00:00+00:00");
        assert_eq!(now(Tz::America__New_York).day().to_string(), "2026-11-21");
    }

    #[test]
    fn zones_are_known_by_name() {
        assert_eq!(zone(" europe/zurich"), Some(Tz::Europe__Zurich));
        assert_eq!(zone("America/New York"), Some(Tz::America__New_York));
        assert_eq!((zone("Mars/Olympus"), zone("")), (None, None));
        assert!(zone_names().count() > 300 && zone_names().all(|name| zone(name).is_some()));
    }
}
