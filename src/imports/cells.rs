//! Cells as spreadsheets and other products leave them: marks are undone, words for "nothing" are blanks, times are read in every writing that
//! says one time only.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{ingest, ledger::Invalid, tags::Tag, words::words};

words! {
    /// Which part of a date such as 03/04/2026 is the day.
    pub enum DateOrder {
        DayFirst = "dmy", "day first";
        MonthFirst = "mdy", "month first";
    }
}

/// Words that spreadsheets and databases leave in cells without a value. A name such as Null is none of them.
const NOTHING: [&str; 13] = [
    "NULL",
    "null",
    "N/A",
    "n/a",
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "-",
    "(No value)",
];

/// Characters that are not seen, at the beginning or end of a cell or in a name.
pub fn is_unseen(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Zone of times that do not say theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Offset(FixedOffset),
    Named(Tz),
}

impl Zone {
    /// Without a zone, times are UTC.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// A time on the clocks of the zone. Of an hour that comes twice it is the first one; one that never comes is an hour later.
    fn at(self, local: NaiveDateTime) -> DateTime<Utc> {
        let on = |local: NaiveDateTime| match self {
            Self::Offset(offset) => offset.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
        };
        on(local).or_else(|| on(local + TimeDelta::hours(1))).unwrap_or_else(|| local.and_utc())
    }
}

/// The text of a cell; `None`: it is blank.
pub fn text(cell: &str) -> Option<Cow<'_, str>> {
    let plain = unmarked(cell.trim_matches(is_unseen));
    (!plain.is_empty() && !NOTHING.contains(&plain.as_ref())).then_some(plain)
}

/// Without what makes a spreadsheet take a cell for text: `'+49…` or `="007"`. The apostrophe of a name such as 't Hooft is none.
fn unmarked(cell: &str) -> Cow<'_, str> {
    if let Some(inner) = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return Cow::Owned(inner.replace("\"\"", "\""));
    }
    let is_marked = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '=' | '+' | '-' | '@'));
    Cow::Borrowed(cell.strip_prefix('\'').filter(is_marked).unwrap_or(cell))
}

/// Whether a spreadsheet shortened a long number, which loses its digits.
pub fn is_shortened(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    is_number(number.trim_start_matches(['+', '-']))
        && number.contains(['.', ','])
        && exponent.starts_with(['+', '-'])
        && exponent[1..].chars().all(|c| c.is_ascii_digit())
}

/// The texts of a cell with several, as address books write them.
pub fn several(text: &str) -> impl Iterator<Item = &str> {
    text.split(":::").map(|part| part.trim_matches(is_unseen)).filter(|part| !part.is_empty())
}

/// A time, of which every reading is the same, or the one that was chosen is taken. Without a zone it is one of `clocks`.
///
/// # Errors
/// It is none, or it could be two and nobody chose.
pub fn time(field: &str, text: &str, order: Option<DateOrder>, clocks: Zone) -> Result<DateTime<Utc>, Invalid> {
    let in_reach = |at: &DateTime<Utc>| (1900..2200).contains(&at.year());
    if text.chars().all(|c| c.is_ascii_digit() || c == '.') && text.matches('.').count() < 2 {
        return number(text).filter(in_reach).map_or_else(|| Err(no_time(field, text)), Ok);
    }
    let (plain, zone) = zoned(text);
    let at = |at: NaiveDateTime| match zone {
        Some(zone) => (at - TimeDelta::seconds(zone.into())).and_utc(),
        None => clocks.at(at),
    };
    let found = readings(plain);
    let chosen = match (found.as_slice(), order) {
        ([one], _) => Some(*one),
        ([first, _], Some(DateOrder::DayFirst)) => Some(*first),
        ([_, second], Some(DateOrder::MonthFirst)) => Some(*second),
        ([_, _], None) => return Err(Invalid::new(field, TWO_DATES, text)),
        _ => None,
    };
    // What senders write, files may hold too.
    let found = chosen.map(at).map_or_else(|| ingest::time(field, text), Ok)?;
    if in_reach(&found) { Ok(found) } else { Err(no_time(field, text)) }
}

/// The rule that a date breaks which can be read in two ways.
pub const TWO_DATES: &str = "can be two dates: choose for the whole file whether the day or the month comes first";

fn no_time(field: &str, text: &str) -> Invalid {
    Invalid::new(field, "must be a time between 1900 and 2200, such as 2026-11-22 08:30 or 22.11.2026", text)
}

/// A number that says a time: a day such as 20230730, a day of a spreadsheet, seconds or milliseconds since 1970. Small numbers are no
/// seconds: nobody means a day in 1970.
fn number(text: &str) -> Option<DateTime<Utc>> {
    const LAST_SPREADSHEET_DAY: f64 = 110_000.0;
    const FIRST_SECOND: f64 = 100_000_000.0;
    let number: f64 = text.parse().ok()?;
    if text.len() == 8
        && let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d")
    {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    if number < LAST_SPREADSHEET_DAY {
        // Spreadsheets believe that 1900 had a 29 February, so their days begin two before 1 January of it.
        let start = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN).and_utc();
        // A number of seconds within 300 years.
        #[expect(clippy::cast_possible_truncation)]
        return (number >= 61.0).then(|| start + TimeDelta::seconds((number * 86_400.0).round() as i64));
    }
    if number < FIRST_SECOND { None } else { ingest::time("", text).ok() }
}

/// A text without its zone, and the zone in seconds east.
fn zoned(text: &str) -> (&str, Option<i32>) {
    for name in ["UTC", "GMT", "Z"] {
        if let Some(rest) = text.strip_suffix(name) {
            return (rest.trim_end(), Some(0));
        }
    }
    let Some(at) = text.rfind(['+', '-']).filter(|at| text[..*at].contains(':')) else { return (text, None) };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let (Some(hours), Some(minutes)) = (digits.get(..2), digits.get(2..4)) else { return (text, None) };
    let (Ok(hours), Ok(minutes)) = (hours.parse::<i32>(), minutes.parse::<i32>()) else { return (text, None) };
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    (text[..at].trim_end(), Some(sign * (hours * 3600 + minutes * 60)))
}

/// Days, with the day first; in the same place in [`MONTH_FIRST`] with the month first.
const DAY_FIRST: [&str; 2] = ["%d/%m/%Y", "%d-%m-%Y"];
const MONTH_FIRST: [&str; 2] = ["%m/%d/%Y", "%m-%d-%Y"];
/// Days that can be read in one way.
const CLEAR: [&str; 9] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%b %d %Y"];
const TIMES: [&str; 7] = ["", " %H:%M", " %H:%M:%S%.f", "T%H:%M:%S%.f", "T%H:%M", " %I:%M %p", " %I:%M:%S %p"];

/// What a text can mean: one time, or two with the day first and the month first.
fn readings(text: &str) -> Vec<NaiveDateTime> {
    let as_one = |day: &str| {
        let read = |time: &str| match time {
            "" => NaiveDate::parse_from_str(text, day).ok().map(|day| day.and_time(NaiveTime::MIN)),
            time => NaiveDateTime::parse_from_str(text, &format!("{day}{time}")).ok(),
        };
        TIMES.iter().find_map(|time| read(time))
    };
    if let Some(at) = CLEAR.iter().find_map(|day| as_one(day)) {
        return vec![at];
    }
    let mut found: Vec<NaiveDateTime> =
        [DAY_FIRST, MONTH_FIRST].iter().filter_map(|days| days.iter().find_map(|day| as_one(day))).collect();
    found.dedup();
    found
}

/// Tags of a cell, in the spelling that tags have; with those that had another one, and those that cannot be spelled so.
pub fn tags(text: &str) -> (Vec<Tag>, Vec<(String, String)>, Vec<Invalid>) {
    let (mut tags, mut respelled, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for word in tag_words(text) {
        let spelled = spelling(&word);
        match Tag::new(&spelled) {
            Ok(tag) => {
                if spelled != word {
                    respelled.push((word, spelled));
                }
                if !tags.iter().any(|known: &Tag| known.as_str().eq_ignore_ascii_case(tag.as_str())) {
                    tags.push(tag);
                }
            }
            Err(_) => wrong.push(Tag::new(&word).err().unwrap_or_else(|| Invalid::new("tags", "must be a tag", &word))),
        }
    }
    (tags, respelled, wrong)
}

fn tag_words(text: &str) -> Vec<String> {
    if let Ok(words) = serde_json::from_str::<Vec<String>>(text) {
        return words;
    }
    let separator = [":::", ";", "|", ","].into_iter().find(|it| text.contains(it)).unwrap_or(";");
    // A group that an address book makes by itself, such as "* myContacts", says nothing.
    let words = text.split(separator).map(|word| word.trim_matches(is_unseen));
    words.filter(|word| !word.is_empty() && !word.starts_with("* ")).map(str::to_owned).collect()
}

/// A word as a tag: without accents, other characters as hyphens, cut where tags end.
fn spelling(word: &str) -> String {
    let plain: String = word.replace('ß', "ss").nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let hyphened: String = plain.chars().map(|c| if is_tag(c) { c } else { '-' }).collect();
    let parts: Vec<&str> = hyphened.split('-').filter(|part| !part.is_empty()).collect();
    let joined = if hyphened == plain { plain } else { parts.join("-") };
    joined.chars().take(Tag::LONGEST).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        time("t", text, None, Zone::UTC)
            .map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string())
            .map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn blanks_and_marks_of_spreadsheets_are_undone() {
        for blank in ["", "  ", "NULL", "null", "N/A", "#N/A", "#REF!", "-", "\u{a0}", "(No value)"] {
            assert_eq!(text(blank), None, "{blank:?}");
        }
        for (cell, plain) in [
            ("'+4915112340001", "+4915112340001"),
            ("'6012345670000", "6012345670000"),
            ("=\"007\"", "007"),
            ("'t Hooft", "'t Hooft"),
            ("Null", "Null"),
            ("\u{200b}a\u{a0}", "a"),
        ] {
            assert_eq!(text(cell).as_deref(), Some(plain));
        }
        assert!(
            is_shortened("4.47912E+11") && is_shortened("+4,47912e+11") && !is_shortened("E12") && !is_shortened("4E5")
        );
    }

    #[test]
    fn times_are_read_where_they_say_one_time() {
        for (written, at) in [
            ("07/30/2023", "2023-07-30 00:00:00"),
            ("15/05/1985", "1985-05-15 00:00:00"),
            ("2023-07-30", "2023-07-30 00:00:00"),
            ("31182", "1985-05-15 00:00:00"),
            ("20230730", "2023-07-30 00:00:00"),
            ("2023-07-30 14:05", "2023-07-30 14:05:00"),
            ("2023-07-30 14:05:33 +0000", "2023-07-30 14:05:33"),
            ("2023-07-30 14:05:33 UTC", "2023-07-30 14:05:33"),
            ("2023-07-30 14:05:33-0500", "2023-07-30 19:05:33"),
            ("Jul 30, 2023 2:05 pm", "2023-07-30 14:05:00"),
            ("30.07.2023", "2023-07-30 00:00:00"),
            ("2023-07-30T14:05:33.123Z", "2023-07-30 14:05:33"),
            ("2023-07-30T14:05Z", "2023-07-30 14:05:00"),
            ("1690725933", "2023-07-30 14:05:33"),
            ("1690725933000", "2023-07-30 14:05:33"),
            ("05/05/2023", "2023-05-05 00:00:00"),
        ] {
            assert_eq!(read(written).as_deref(), Ok(at), "{written}");
        }
        for none in ["7", "soon", "31/31/2023", "1500000", "--05-15", "1.2.3"] {
            assert!(read(none).is_err(), "{none}");
        }
        assert!(read("03/04/2026").unwrap_err().contains("can be two dates"));
        let chosen = |order| time("t", "03/04/2026", Some(order), Zone::UTC).unwrap().to_rfc3339();
        assert_eq!(chosen(DateOrder::DayFirst), "2026-04-03T00:00:00+00:00");
        assert_eq!(chosen(DateOrder::MonthFirst), "2026-03-04T00:00:00+00:00");
        let there = |text: &str, zone| time("t", text, None, zone).unwrap().to_rfc3339();
        let east = Zone::Offset(FixedOffset::east_opt(3600).unwrap());
        assert_eq!(there("2023-01-10 10:20", east), "2023-01-10T09:20:00+00:00");
        for (text, at) in [
            ("2023-07-10 10:20", "2023-07-10T08:20:00+00:00"),
            ("2023-03-26 02:30", "2023-03-26T01:30:00+00:00"),
            ("2023-10-29 02:30", "2023-10-29T00:30:00+00:00"),
            ("2023-07-10T10:20:00Z", "2023-07-10T10:20:00+00:00"),
        ] {
            assert_eq!(there(text, Zone::Named(Tz::Europe__Berlin)), at, "{text}");
        }
    }

    #[test]
    fn tags_get_the_spelling_of_tags() {
        let spelled = |text: &str| tags(text).0.iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(spelled("vip, beta"), ["vip", "beta"]);
        assert_eq!(spelled("wholesale customer"), ["wholesale-customer"]);
        assert_eq!(spelled("größe;新客户"), ["grosse"]);
        assert_eq!(spelled("[\"vip\",\"beta\"]"), ["vip", "beta"]);
        assert_eq!(spelled("new/returning"), ["new-returning"]);
        assert_eq!(spelled("a-very-long-tag-name-here"), ["a-very-long-tag-name"]);
        assert_eq!(spelled("Work ::: * myContacts"), ["Work"]);
        assert_eq!(tags("50%+").1, [("50%+".to_owned(), "50".to_owned())]);
        assert_eq!(tags("新客户").2.len(), 1);
    }
}
