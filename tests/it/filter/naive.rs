//! The meaning of filters once more, as plainly as it can be said, over people in memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kith::filter::{
    Filter,
    ast::{Choice, Compare, Condition, Events, Figure, Period, Said, Span, Status, Test},
};
use serde_json::Value;

/// Somebody.
#[derive(Clone, Debug, Default)]
pub struct Somebody {
    pub id: String,
    pub name: String,
    pub attributes: BTreeMap<String, Value>,
    pub tags: BTreeSet<String>,
    pub events: Vec<Happened>,
    pub created: DateTime<Utc>,
    pub is_disabled: bool,
    pub answers: BTreeMap<&'static str, Said>,
}

/// An event. Two of one person are never at the same time.
#[derive(Clone, Debug)]
pub struct Happened {
    pub name: &'static str,
    pub at: DateTime<Utc>,
    pub properties: BTreeMap<&'static str, Value>,
}

/// Whether a filter is true of somebody.
pub fn is_true(filter: &Filter, who: &Somebody, now: DateTime<Utc>) -> bool {
    match filter {
        Filter::All(filters) => filters.iter().all(|it| is_true(it, who, now)),
        Filter::Any(filters) => filters.iter().any(|it| is_true(it, who, now)),
        Filter::Not(inside) => !is_true(inside, who, now),
        Filter::Is(condition) => holds(condition, who, now),
    }
}

fn holds(condition: &Condition, who: &Somebody, now: DateTime<Utc>) -> bool {
    match condition {
        Condition::Words(word) => {
            format!("{}\n{}", who.name, who.id).to_lowercase().lines().any(|line| match word.chars().count() {
                1 | 2 => line.split(' ').any(|one| one.starts_with(&word.to_lowercase())),
                _ => line.contains(&word.to_lowercase()),
            })
        }
        Condition::Attribute { name, test } => {
            who.attributes.get(name).is_some_and(|value| attribute(name, value, test, now))
        }
        Condition::Tag(Choice::Present) => !who.tags.is_empty(),
        Condition::Tag(Choice::OneOf(tags)) => tags.iter().any(|tag| who.tags.contains(tag)),
        Condition::Created(period) => lies(who.created, *period, now),
        Condition::Seen(period) => {
            let last = who.events.iter().map(|event| event.at).max();
            last.is_some_and(|at| period.is_none_or(|period| lies(at, period, now)))
        }
        Condition::Status(status) => who.is_disabled == (*status == Status::Disabled),
        Condition::Answer { channel, said, .. } => {
            let channel = channel.expect("a channel").as_str();
            said.contains(who.answers.get(channel).unwrap_or(&Said::Nothing))
        }
        Condition::Did { events, compare, count } => {
            compares(*compare, &(matching(events, who, now).len() as i64), &(*count as i64))
        }
        Condition::Figure { figure, property, events, test } => {
            let values: Vec<&Value> =
                matching(events, who, now).iter().filter_map(|event| event.properties.get(property.as_str())).collect();
            of_figure(*figure, &values, test, now)
        }
        other => panic!("no random filter has {other:?}"),
    }
}

fn of_figure(figure: Figure, values: &[&Value], test: &Test, now: DateTime<Utc>) -> bool {
    let numbers: Vec<i64> = values.iter().filter_map(|value| number_of(value)).collect();
    let among = |count: i64, test: &Test| match test {
        Test::Is(Choice::OneOf(all)) => all[0].parse() == Ok(count),
        Test::Between(from, to) => {
            from.parse().is_ok_and(|from: i64| from <= count) && to.parse().is_ok_and(|to: i64| count <= to)
        }
        Test::Compare(compare, than) => compares(*compare, &count, &than.parse().expect("a number")),
        other => panic!("{other:?}"),
    };
    match figure {
        Figure::Distinct => {
            let different: BTreeSet<String> = values.iter().map(|value| plain(value)).collect();
            among(different.len() as i64, test)
        }
        Figure::First => values.first().is_some_and(|value| property(value, test, now)),
        Figure::Last => values.last().is_some_and(|value| property(value, test, now)),
        _ if numbers.is_empty() => false,
        // An average is compared by what it is multiplied with.
        Figure::Average => in_range(numbers.iter().sum(), test, numbers.len() as i64),
        Figure::Sum => in_range(numbers.iter().sum(), test, 1),
        Figure::Least => in_range(numbers.iter().min().copied().unwrap_or(0), test, 1),
        Figure::Greatest => in_range(numbers.iter().max().copied().unwrap_or(0), test, 1),
    }
}

/// Distinct values are those that JSON tells apart; `50` and `50.0` are one number.
fn plain(value: &Value) -> String {
    match value {
        Value::Number(_) => format!("number {:?}", number_of(value)),
        other => other.to_string(),
    }
}

/// Events in the order of their times.
fn matching<'a>(events: &Events, who: &'a Somebody, now: DateTime<Utc>) -> Vec<&'a Happened> {
    let is_so = |event: &&Happened| {
        let with = events
            .with
            .iter()
            .all(|it| event.properties.get(it.property.as_str()).is_some_and(|value| property(value, &it.test, now)));
        event.name == events.name && with && events.within.is_none_or(|period| lies(event.at, period, now))
    };
    let mut found: Vec<&Happened> = who.events.iter().filter(is_so).collect();
    found.sort_by_key(|event| event.at);
    found
}

fn lies(at: DateTime<Utc>, period: Period, now: DateTime<Utc>) -> bool {
    let ago = |span| match span {
        Span::Hours(hours) => now - TimeDelta::hours(hours.into()),
        Span::Days(days) => now - TimeDelta::days(days.into()),
    };
    match period {
        Period::Within(span) => at >= ago(span),
        Period::Before(span) => at < ago(span),
        Period::Days(from, to) => {
            from.is_none_or(|from| at.date_naive() >= from) && to.is_none_or(|to| at.date_naive() <= to)
        }
    }
}

fn compares<T: PartialOrd>(compare: Compare, one: &T, other: &T) -> bool {
    match compare {
        Compare::AtLeast => one >= other,
        Compare::AtMost => one <= other,
        Compare::More => one > other,
        Compare::Less => one < other,
        Compare::Equal => one == other,
    }
}

fn entries(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |entries| entries.iter().collect())
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        // The number 50.0 is printed as it was sent.
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// Thousandths, so that numbers are compared exactly.
fn thousandths(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let worth = whole.parse::<i64>().ok()? * 1000 + format!("{fraction:0<3}").parse::<i64>().ok()?;
    Some(if text.starts_with('-') { -worth } else { worth })
}

fn number_of(value: &Value) -> Option<i64> {
    matches!(value, Value::Number(_) | Value::String(_))
        .then(|| text_of(value))
        .flatten()
        .and_then(|text| thousandths(&text))
}

fn day_of(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.get(..10)?.parse().ok()
}

/// A test of an attribute, by the type that the catalogue says.
fn attribute(name: &str, value: &Value, test: &Test, now: DateTime<Utc>) -> bool {
    if let Test::Is(Choice::OneOf(all)) = test {
        let same = |given: &String| entries(value).into_iter().any(|entry| is_value(name, entry, given));
        return all.iter().any(same);
    }
    if matches!(test, Test::Is(Choice::Present)) {
        return true;
    }
    if matches!(test, Test::Compare(..) | Test::Between(..)) && name != "scores" && value.is_array() {
        return false;
    }
    entries(value).into_iter().any(|entry| scalar(entry, test, now))
}

fn is_value(name: &str, entry: &Value, given: &str) -> bool {
    let text = text_of(entry).map(|text| text.to_lowercase());
    let same_text = || match entry {
        Value::Number(_) => thousandths(given).is_some() && given == trimmed(entry),
        _ => text == Some(given.to_lowercase()),
    };
    let same_number = || thousandths(given).is_some() && number_of(entry) == thousandths(given);
    match name {
        "active" => {
            let yes = ["yes", "true", "1"].map(str::to_owned);
            let no = ["no", "false", "0"].map(str::to_owned);
            let asked = if yes.contains(&given.to_lowercase()) { yes } else { no };
            text.is_some_and(|text| asked.contains(&text))
        }
        "age" if thousandths(given).is_some() => same_number(),
        "birthday" if given.parse::<NaiveDate>().is_ok() => day_of(entry) == given.parse().ok(),
        "scores" => same_text() || same_number(),
        _ => same_text(),
    }
}

/// A number without zeros that say nothing.
fn trimmed(value: &Value) -> String {
    let text = value.to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A test of a property, whose type nobody says.
fn property(value: &Value, test: &Test, now: DateTime<Utc>) -> bool {
    if matches!(test, Test::Is(Choice::Present)) {
        return true;
    }
    entries(value).into_iter().any(|entry| scalar(entry, test, now))
}

fn scalar(entry: &Value, test: &Test, now: DateTime<Utc>) -> bool {
    let text = text_of(entry).map(|text| text.to_lowercase());
    match test {
        Test::Is(Choice::Present) => true,
        Test::Is(Choice::OneOf(all)) => all.iter().any(|given| {
            let yes_or_no = [["yes", "true"], ["no", "false"]];
            let word = given.to_lowercase();
            let alike = yes_or_no.iter().find(|words| words.contains(&word.as_str()));
            text.as_ref().is_some_and(|text| *text == word || alike.is_some_and(|words| words.contains(&text.as_str())))
                || thousandths(given).is_some() && number_of(entry) == thousandths(given)
                || given.parse::<NaiveDate>().is_ok_and(|day| day_of(entry) == Some(day))
        }),
        Test::Contains(part) => text.is_some_and(|text| text.contains(&part.to_lowercase())),
        Test::Begins(part) => text.is_some_and(|text| text.starts_with(&part.to_lowercase())),
        Test::Compare(compare, than) if than.ends_with(['d', 'h']) => {
            let (number, unit) = than.split_at(than.len() - 1);
            let span = TimeDelta::hours(number.parse::<i64>().expect("a number") * if unit == "d" { 24 } else { 1 });
            let (ago, today) = ((now - span).date_naive(), now.date_naive());
            day_of(entry).is_some_and(|day| match compare {
                Compare::Less | Compare::AtMost => day > ago && day <= today,
                _ => day < ago,
            })
        }
        Test::Compare(..) | Test::Between(..) if is_day(test) => {
            let in_days = |day: NaiveDate| match test {
                Test::Compare(compare, than) => compares(*compare, &day, &than.parse().expect("a day")),
                Test::Between(from, to) => {
                    from.parse().is_ok_and(|from: NaiveDate| from <= day)
                        && to.parse().is_ok_and(|to: NaiveDate| day <= to)
                }
                _ => false,
            };
            day_of(entry).is_some_and(in_days)
        }
        test => number_of(entry).is_some_and(|number| in_range(number, test, 1)),
    }
}

fn is_day(test: &Test) -> bool {
    let end = match test {
        Test::Compare(_, end) | Test::Between(end, _) => end,
        _ => return false,
    };
    end.parse::<NaiveDate>().is_ok()
}

/// Whether thousandths are in a range, whose ends are multiplied.
fn in_range(number: i64, test: &Test, times: i64) -> bool {
    let end = |text: &String| thousandths(text).expect("a number") * times;
    match test {
        Test::Compare(compare, than) => compares(*compare, &number, &end(than)),
        Test::Between(from, to) => end(from) <= number && number <= end(to),
        other => panic!("{other:?}"),
    }
}
