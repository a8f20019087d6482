//! A filter held against the catalogue of attributes: the conditions that its terms stand for, or why they cannot be asked.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};
use serde_json::{Number, Value, json};

use super::{
    parse::{ParsedFilter, Term},
    search::Search,
};
use crate::{
    attributes::{self, AttributeType, Definition},
    db::ids::EnvironmentId,
};

/// Longest number that is compared as one: no attribute has a longer one, and a power of ten can be too large for the database.
const LONGEST_NUMBER: usize = 40;
/// The name that asks for tags.
const TAG: &str = "tag";
/// What the list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// All of it, as typed.
    pub typed: String,
    /// Its words.
    pub search: Search,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// What must hold for a profile.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// It has one of these tags.
    Tags(Vec<String>),
    /// Its attributes contain one of these objects.
    Attributes(Vec<Value>),
}

/// Why a filter cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// There is no such attribute; this one is called nearly so.
    UnknownAttribute(String, Option<String>),
    /// Nobody said that people may look for its values.
    NotFilterable {
        /// Its name.
        name: String,
        /// As people read it.
        label: String,
    },
    /// It leaves people out, or asks for any value.
    Unsupported(String),
}

impl ParsedFilter {
    /// All of it as words: an identifier may look like a term.
    pub fn as_words(&self) -> Filter {
        Filter { typed: self.typed.clone(), search: Search::parse(&self.typed), conditions: Vec::new() }
    }

    /// The filter that it asks for, or why it cannot.
    pub fn check(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
    ) -> QueryResult<Result<Filter, FilterError>> {
        if self.terms.is_empty() {
            return Ok(Ok(self.as_words()));
        }
        let names: BTreeSet<&str> = self.terms.iter().map(|term| term.name.as_str()).collect();
        let known = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        let conditions: Result<Vec<_>, _> = self.terms.iter().map(|term| term.check(known.get(&term.name))).collect();
        match conditions {
            Ok(conditions) => {
                let search = Search::parse(&self.words);
                Ok(Ok(Filter { typed: self.typed.clone(), search, conditions }))
            }
            Err(FilterError::UnknownAttribute(name, _)) => {
                let all = attributes::all(conn, environment)?;
                let nearest = nearest(&name, &all);
                Ok(Err(FilterError::UnknownAttribute(name, nearest)))
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

impl Term {
    fn check(&self, known: Option<&Definition>) -> Result<Condition, FilterError> {
        let is_any = self.values.iter().any(|value| value == "*") && !self.is_quoted;
        if self.name.starts_with('-') && known.is_none() || is_any {
            return Err(FilterError::Unsupported(self.name.clone()));
        }
        match known {
            _ if self.name == TAG => Ok(Condition::Tags(self.values.clone())),
            None => Err(FilterError::UnknownAttribute(self.name.clone(), None)),
            // A hidden value must not be found out by asking.
            Some(known) if !known.is_filterable || known.is_sensitive => {
                Err(FilterError::NotFilterable { name: known.name.clone(), label: known.label() })
            }
            Some(known) => {
                let values = self.values.iter().flat_map(|value| self.readings(value, known.kind));
                Ok(Condition::Attributes(values.map(|value| json!({ self.name.as_str(): value })).collect()))
            }
        }
    }

    /// What a value may be stored as: the type of an attribute says what its values are like, not what every one is.
    fn readings(&self, value: &str, kind: AttributeType) -> Vec<Value> {
        let mut readings = vec![Value::from(value)];
        if !self.is_quoted {
            // The index knows whole values, so the usual ways to write a word are asked for instead of comparing without case.
            let lower = value.to_lowercase();
            let mut letters = lower.chars();
            let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            for other in [capital, value.to_uppercase(), lower].map(Value::from) {
                if !readings.contains(&other) {
                    readings.push(other);
                }
            }
        }
        let plain = value.len() <= LONGEST_NUMBER && !value.contains(['e', 'E']);
        if let Some(number) = plain.then(|| value.parse::<Number>().ok()).flatten().filter(|_| !self.is_quoted) {
            readings.push(Value::Number(number));
        }
        match value.to_lowercase().as_str() {
            "yes" | "true" if !self.is_quoted => readings.push(true.into()),
            "no" | "false" if !self.is_quoted => readings.push(false.into()),
            _ => {}
        }
        if kind == AttributeType::List {
            let entries: Vec<Value> = readings.iter().map(|entry| json!([entry])).collect();
            readings.extend(entries);
        }
        readings
    }
}

/// The attribute whose name is most like this one, if any is at all.
fn nearest(name: &str, all: &[Definition]) -> Option<String> {
    if name.chars().count() > 256 {
        return None;
    }
    let asked = name.to_lowercase();
    let far = asked.chars().count() / 3 + 1;
    let like = |known: &Definition| {
        let names = [known.name.to_lowercase(), known.display_name.to_lowercase()];
        names.iter().map(|other| distance(&asked, other)).min().unwrap_or(usize::MAX)
    };
    let found = all.iter().map(|known| (like(known), !known.is_filterable, &known.name)).min()?;
    (found.0 <= far).then(|| found.2.clone())
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut before = place;
        row[0] = place + 1;
        for (index, against) in other.iter().enumerate() {
            let changed = before + usize::from(letter != *against);
            before = row[index + 1];
            row[index + 1] = changed.min(before + 1).min(row[index] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_every_way_that_they_may_be_stored() {
        let readings = |typed: &str, kind| {
            let term = ParsedFilter::parse(typed).terms.remove(0);
            let value = term.values[0].clone();
            Value::from(term.readings(&value, kind))
        };
        assert_eq!(
            readings("a:12.5", AttributeType::Number),
            json!(["12.5", serde_json::from_str::<Value>("12.5").unwrap()])
        );
        assert_eq!(readings("a:\"12\"", AttributeType::Text), json!(["12"]));
        assert_eq!(readings("a:Yes", AttributeType::Boolean), json!(["Yes", "YES", "yes", true]));
        assert_eq!(readings("a:pro plan", AttributeType::Text), json!(["pro", "Pro", "PRO"]));
        assert_eq!(readings("a:x", AttributeType::List), json!(["x", "X", ["x"], ["X"]]));
        assert_eq!(readings("a:1e999999", AttributeType::Number), json!(["1e999999", "1E999999"]));
    }

    #[test]
    fn the_distance_of_words() {
        for (one, other, expected) in [("plan", "plan", 0), ("plann", "plan", 1), ("paln", "plan", 2), ("", "abc", 3)] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
