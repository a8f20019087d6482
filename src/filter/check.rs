//! Checks a filter against the catalogue of attributes: the conditions of its terms, or why they cannot be applied.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{PgConnection, QueryResult};
use serde_json::{Number, Value, json};

use super::{
    parse::{ParsedFilter, Term},
    search::Search,
};
use crate::{
    attributes::{self, AttributeType, Definition},
    db::ids::EnvironmentId,
    tags,
    text::fold,
};

/// Longest text, in bytes, compared as a number: attributes have no longer ones, and a power of ten can be too large for Postgres.
const LONGEST_NUMBER: usize = 40;
/// Name of the term for tags.
const TAG: &str = "tag";
/// A checked filter of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The whole text, as typed.
    pub typed: String,
    /// Words to search for.
    pub search: Search,
    /// Conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// A condition for profiles.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The profile has one of these tags.
    Tags(Vec<String>),
    /// The profile's attributes contain one of these objects.
    Attributes(Vec<Value>),
}

/// Why a filter cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// There is no attribute of the first name; the second is the name most like it.
    UnknownAttribute(String, Option<String>),
    /// The attribute is not filterable, or it is sensitive.
    NotFilterable {
        /// Name of the attribute.
        name: String,
        /// Label of the attribute for people.
        label: String,
    },
    /// A term excludes profiles (`-name:`) or asks for any value (`*`); holds its name.
    Unsupported(String),
}

impl ParsedFilter {
    /// The whole text as words: an identifier may look like a term.
    pub fn as_words(&self) -> Filter {
        Filter { typed: self.typed.clone(), search: Search::parse(&self.typed), conditions: Vec::new() }
    }

    /// Checks the filter against the catalogue.
    pub fn check(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
    ) -> QueryResult<Result<Filter, FilterError>> {
        if self.terms.is_empty() {
            return Ok(Ok(self.as_words()));
        }
        let names: BTreeSet<&str> = self.attributes().map(|term| term.name.as_str()).collect();
        let mut known = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        let mut all = Vec::new();
        // The catalogue is read for a name that is not exactly one of a sender's: it may be a heading of the list, or a mistake.
        if self.attributes().any(|term| !known.contains_key(&term.name)) {
            all = attributes::all(conn, environment)?;
            for term in self.attributes().filter(|term| !term.excludes()) {
                if let Some(meant) = meant(&term.name, &all).filter(|_| !known.contains_key(&term.name)) {
                    known.insert(term.name.clone(), meant.clone());
                }
            }
        }
        let tags: Vec<&str> = self.terms.iter().filter(|term| term.is_tag()).flat_map(Term::values).collect();
        let spelled = if tags.is_empty() { BTreeMap::new() } else { tags::spellings(conn, environment, &tags)? };
        let checked = |term: &Term| term.check(known.get(&term.name), &spelled);
        match self.terms.iter().map(checked).collect::<Result<Vec<_>, _>>() {
            Ok(conditions) => {
                let search = Search::parse(&self.words);
                Ok(Ok(Filter { typed: self.typed.clone(), search, conditions }))
            }
            Err(FilterError::UnknownAttribute(name, _)) => {
                let nearest = nearest(&name, &all);
                Ok(Err(FilterError::UnknownAttribute(name, nearest)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn attributes(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !term.is_tag())
    }
}

/// The attribute that is called so, by its name or its heading, in any case; one of a list's columns first, then one that is filterable.
fn meant<'a>(name: &str, all: &'a [Definition]) -> Option<&'a Definition> {
    let asked = fold(name);
    let is_it = |known: &&Definition| fold(&known.name) == asked || fold(&known.label()) == asked;
    all.iter().filter(is_it).min_by_key(|known| (!known.in_table, !known.is_filterable))
}

impl Term {
    fn is_tag(&self) -> bool {
        self.name.to_lowercase() == TAG
    }

    fn excludes(&self) -> bool {
        self.name.starts_with('-')
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    fn check(
        &self,
        known: Option<&Definition>,
        spelled: &BTreeMap<String, Vec<String>>,
    ) -> Result<Condition, FilterError> {
        let is_any = self.values().any(|value| value == "*") && !self.is_quoted;
        if self.excludes() && known.is_none() || is_any {
            return Err(FilterError::Unsupported(self.name.clone()));
        }
        match known {
            _ if self.is_tag() => {
                let tags = |value: &String| spelled.get(value).cloned().unwrap_or_else(|| vec![value.clone()]);
                Ok(Condition::Tags(self.values.iter().flat_map(tags).collect()))
            }
            None => Err(FilterError::UnknownAttribute(self.name.clone(), None)),
            // Filtering by a sensitive attribute would let people find out its values.
            Some(known) if !known.is_filterable || known.is_sensitive => {
                Err(FilterError::NotFilterable { name: known.name.clone(), label: known.label() })
            }
            Some(known) => {
                let values = self.values.iter().flat_map(|value| self.readings(value, known.kind));
                Ok(Condition::Attributes(values.map(|value| json!({ known.name.as_str(): value })).collect()))
            }
        }
    }

    /// Values as which a text may be stored: an attribute's type says what most of its values are like, not each one.
    fn readings(&self, value: &str, kind: AttributeType) -> Vec<Value> {
        let mut readings = vec![Value::from(value)];
        if !self.is_quoted {
            // The index holds whole values, so the usual spellings of a word are asked for; there is no comparison without case.
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

/// The attribute whose name is most like this one; `None` if no name is close.
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

/// Number of letters to insert, delete or replace to make one word of the other.
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
