//! Values as they are typed into the fields of a row.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::{
    ast::{Choice, Compare, Period, Span, Test},
    print::quoted,
};
use crate::words::words;

words! {
    /// What is asked of a value.
    #[derive(Default)]
    pub enum Op {
        #[default]
        Is = "is", "is any of";
        Any = "any", "has any value";
        Contains = "contains";
        Begins = "begins", "begins with";
        AtLeast = "at-least", "is at least";
        AtMost = "at-most", "is at most";
        More = "more", "is more than";
        Less = "less", "is less than";
        Between = "between", "is from … to …";
        Blocked = "blocked", "is blocked";
    }
}

words! {
    /// Forms in which a time is given.
    #[derive(Default)]
    pub enum When {
        /// No matter when; the default of a row without one.
        #[default]
        Any = "any", "at any time";
        LastDays = "last-days", "in the last days";
        LastHours = "last-hours", "in the last hours";
        BeforeDays = "before-days", "more than so many days ago";
        BeforeHours = "before-hours", "more than so many hours ago";
        Days = "days", "on the days from … to …";
    }
}

/// Names of fields, without the row they are of.
pub const FIELDS: [&str; 15] = [
    "name", "op", "value", "to", "channel", "topic", "said", "compare", "count", "figure", "property", "when", "span",
    "from", "until",
];

/// What stands in the fields of a row, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// Text of a field; empty if nothing was typed.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// The same with a text in a field.
    pub fn with(mut self, field: &'static str, text: impl Into<String>) -> Self {
        self.0.insert(field, text.into());
        self
    }

    /// Whether nothing was typed, whatever is chosen.
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|(field, text)| ["op", "when"].contains(field) || text.trim().is_empty())
    }

    /// The same with a test.
    pub fn with_test(self, test: &Test) -> Self {
        let (op, value, to) = match test {
            Test::Is(Choice::Present) => (Op::Any, String::new(), None),
            Test::Is(Choice::OneOf(values)) => (Op::Is, write_list(values), None),
            Test::Contains(text) => (Op::Contains, write_one(text), None),
            Test::Begins(text) => (Op::Begins, write_one(text), None),
            Test::Compare(compare, than) => {
                let op = match compare {
                    Compare::AtLeast => Op::AtLeast,
                    Compare::AtMost => Op::AtMost,
                    Compare::More => Op::More,
                    Compare::Less => Op::Less,
                    Compare::Equal => Op::Is,
                };
                (op, write_one(than), None)
            }
            Test::Between(from, to) => (Op::Between, write_one(from), Some(write_one(to))),
        };
        let asked = self.with("op", op.as_str()).with("value", value);
        match to {
            Some(to) => asked.with("to", to),
            None => asked,
        }
    }

    /// The same with some of a vocabulary of values, or any.
    pub fn with_choice(self, choice: &Choice) -> Self {
        self.with_test(&Test::Is(choice.clone()))
    }

    /// The same with a period.
    pub fn with_period(self, period: Option<Period>) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let (when, span) = match period {
            None => return self.with("when", When::Any.as_str()),
            Some(Period::Within(Span::Days(days))) => (When::LastDays, days),
            Some(Period::Within(Span::Hours(hours))) => (When::LastHours, hours),
            Some(Period::Before(Span::Days(days))) => (When::BeforeDays, days),
            Some(Period::Before(Span::Hours(hours))) => (When::BeforeHours, hours),
            Some(Period::Days(from, until)) => {
                return self.with("when", When::Days.as_str()).with("from", day(from)).with("until", day(until));
            }
        };
        self.with("when", when.as_str()).with("span", span.to_string())
    }
}

/// Values with commas between them; in quotation marks what would not be read as it is.
pub fn write_list(values: &[String]) -> String {
    let written = values.iter().map(|value| {
        let is_plain = !value.is_empty() && value.trim() == value && !value.contains([',', '"']);
        if is_plain { value.clone() } else { quoted(value) }
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Reads values with commas between them.
pub fn read_list(typed: &str) -> Vec<String> {
    let (mut values, mut rest) = (Vec::new(), typed.trim());
    while !rest.is_empty() {
        let (value, after) = match unquoted(rest) {
            Some((value, after)) if after.trim_start().is_empty() || after.trim_start().starts_with(',') => {
                (value, after.trim_start().trim_start_matches(','))
            }
            _ => {
                let (value, after) = rest.split_once(',').unwrap_or((rest, ""));
                (value.trim().to_owned(), after)
            }
        };
        let was_quoted = rest.starts_with('"');
        if !value.is_empty() || was_quoted {
            values.push(value);
        }
        rest = after.trim_start();
    }
    values
}

/// One value, in quotation marks where it would not be read as it is.
pub fn write_one(value: &str) -> String {
    let is_plain = !value.is_empty() && value.trim() == value && !value.starts_with('"');
    if is_plain { value.to_owned() } else { quoted(value) }
}

/// Reads one value; `None`: nothing was typed.
pub fn read_one(typed: &str) -> Option<String> {
    let typed = typed.trim();
    match unquoted(typed) {
        Some((value, "")) => Some(value),
        _ => Some(typed).filter(|typed| !typed.is_empty()).map(str::to_owned),
    }
}

/// Reads a text in quotation marks and what follows it.
fn unquoted(typed: &str) -> Option<(String, &str)> {
    let inside = typed.strip_prefix('"')?;
    let (mut value, mut signs) = (String::new(), inside.char_indices());
    while let Some((place, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &inside[place + 1..])),
            '\\' if signs.as_str().starts_with(['"', '\\']) => value.extend(signs.next().map(|(_, sign)| sign)),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        for values in [vec!["a"], vec!["a b", "c"], vec!["a,b", ""], vec![" x", "5\" nail", "\\", "\"q\""]] {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(read_list(&write_list(&values)), values);
            for value in values {
                assert_eq!(read_one(&write_one(&value)), Some(value));
            }
        }
        assert_eq!(read_list(" green tea ,, \"a, b\" , 5\" nail"), ["green tea", "a, b", "5\" nail"]);
        assert_eq!(read_list("\"open, b"), ["\"open", "b"]);
        assert_eq!(read_one("  "), None);
    }
}
