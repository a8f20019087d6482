//! Writes a filter as text, in one way only: what it parses to is the same filter again.

use std::fmt::{Display, Formatter, Result, Write};

use super::{
    ast::{AddressTest, Choice, Compare, Condition, Events, Filter, Period, PropertyTest, Said, Span, Test},
    fields::is_field,
};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(filters) if filters.is_empty() => Ok(()),
            Self::All(filters) => joined(f, filters, " ", |filter| matches!(filter, Self::Any(_))),
            Self::Any(filters) => joined(f, filters, " OR ", |_| false),
            Self::Not(inside) => match inside.as_ref() {
                Self::Is(condition) => write!(f, "-{condition}"),
                group => write!(f, "NOT ({group})"),
            },
            Self::Is(condition) => condition.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, filters: &[Filter], between: &str, is_grouped: fn(&Filter) -> bool) -> Result {
    for (place, filter) in filters.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        if is_grouped(filter) || filter.is_everybody() {
            write!(f, "({filter})")?;
        } else {
            filter.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Words(text) => f.write_str(&word(text)),
            Self::Attribute { name, test } => {
                f.write_str(&key(name))?;
                test.fmt(f)
            }
            Self::Tag(choice) => write!(f, "tag:{choice}"),
            Self::Segment(names) => write!(f, "segment:{}", Choice::OneOf(names.clone())),
            Self::Created(period) => write!(f, "created{}", Asked(*period)),
            Self::Seen(None) => f.write_str("seen:*"),
            Self::Seen(Some(period)) => write!(f, "seen{}", Asked(*period)),
            Self::Status(status) => write!(f, "status:{}", status.as_str()),
            Self::Is(known) => write!(f, "is:{}", known.as_str()),
            Self::Answer { channel, topic, said } => {
                match (topic, channel) {
                    (Some(topic), Some(channel)) => write!(f, "topic:{}.{}", quoted(topic), channel.as_str())?,
                    (Some(topic), None) => write!(f, "topic:{}", quoted(topic))?,
                    (None, Some(channel)) => f.write_str(channel.as_str())?,
                    (None, None) => f.write_str("all")?,
                }
                let said: Vec<&str> = said.iter().copied().map(Said::as_str).collect();
                write!(f, ":{}", said.join(","))
            }
            Self::Address { channel, test } => {
                write!(f, "{}.address", channel.as_str())?;
                match test {
                    AddressTest::Blocked => f.write_str(":blocked"),
                    AddressTest::Is(Choice::OneOf(all)) if all.iter().any(|one| one == "blocked") => {
                        let all: Vec<String> = all.iter().map(|one| quoted(one)).collect();
                        write!(f, ":{}", all.join(","))
                    }
                    AddressTest::Is(choice) => write!(f, ":{choice}"),
                    AddressTest::Contains(text) => write!(f, "~{}", value(text)),
                }
            }
            Self::Can(channel) => write!(f, "can:{}", channel.as_str()),
            Self::Did { events, compare, count } => {
                write!(f, "did:{}", quoted(&events.name))?;
                f.write_str(&with(&events.with))?;
                if (*compare, *count) != (Compare::AtLeast, 1) {
                    write!(f, "{}{count}", compare.as_str())?;
                }
                within(f, events)
            }
            Self::Figure { figure, property, events, test } => {
                write!(f, "{}:{}.{}", figure.as_str(), quoted(&events.name), key(property))?;
                f.write_str(&with(&events.with))?;
                test.fmt(f)?;
                within(f, events)
            }
            Self::Was { statuses, with: tests, within } => {
                write!(f, "was:{}{}", Choice::OneOf(statuses.clone()), with(tests))?;
                within.map_or(Ok(()), |period| write!(f, " in:{}", Days(period)))
            }
            Self::Source(sources) => write!(f, "source:{}", Choice::OneOf(sources.clone())),
            Self::Note(None) => f.write_str("note:*"),
            Self::Note(Some(text)) => write!(f, "note~{}", value(text)),
            Self::Device(choice) => write!(f, "device:{choice}"),
            Self::Identifier { kind: None, value } => write!(f, "identifier:{value}"),
            Self::Identifier { kind: Some(kind), value } => write!(f, "identifier.{kind}:{value}"),
        }
    }
}

fn within(f: &mut Formatter<'_>, events: &Events) -> Result {
    events.within.map_or(Ok(()), |period| write!(f, " in:{}", Days(period)))
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Is(choice) => write!(f, ":{choice}"),
            Self::Contains(text) => write!(f, "~{}", value(text)),
            Self::Begins(text) => write!(f, "^{}", value(text)),
            Self::Compare(compare, than) => write!(f, "{}{}", compare.as_str(), value(than)),
            Self::Between(from, to) => write!(f, ":{}..{}", value(from), value(to)),
        }
    }
}

impl Display for Choice {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Present => f.write_char('*'),
            Self::OneOf(all) => {
                let all: Vec<String> = all.iter().map(|one| value(one)).collect();
                f.write_str(&all.join(","))
            }
        }
    }
}

fn with(tests: &[PropertyTest]) -> String {
    if tests.is_empty() {
        return String::new();
    }
    let tests: Vec<String> = tests.iter().map(|it| format!("{}{}", key(&it.property), it.test)).collect();
    format!("{{{}}}", tests.join(" "))
}

/// A period after the name of a field.
struct Asked(Period);

impl Display for Asked {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Period::Within(span) => write!(f, "<{span}"),
            Period::Before(span) => write!(f, ">{span}"),
            Period::Days(Some(from), None) => write!(f, ">={from}"),
            Period::Days(None, Some(to)) => write!(f, "<={to}"),
            days @ Period::Days(..) => write!(f, ":{}", Days(days)),
        }
    }
}

/// A period after `in:`.
struct Days(Period);

impl Display for Days {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        match self.0 {
            Period::Within(span) | Period::Before(span) => span.fmt(f),
            Period::Days(from, to) if from == to => f.write_str(&day(from)),
            Period::Days(from, to) => write!(f, "{}..{}", day(from), day(to)),
        }
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// A value: in quotation marks where it would be read as something else.
pub fn value(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text != "*"
        && !text.starts_with(['=', '.'])
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\,(){}".contains(c));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// The name of an attribute or property: in quotation marks where it is the name of a field, or would be read as something else.
pub fn key(name: &str) -> String {
    let is_plain = !name.is_empty()
        && !is_field(name)
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_alphanumeric() || "_-$/@+&".contains(c));
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// A word to search for.
fn word(text: &str) -> String {
    let is_operator = ["OR", "AND", "NOT"].contains(&text);
    let is_plain = !text.is_empty()
        && !is_operator
        && !text.starts_with('-')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\(){}:~^<>".contains(c));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// A text in quotation marks.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
