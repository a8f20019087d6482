//! The search box as a question: words, and conditions such as `plan:pro`, of which all must hold.
//!
//! Conditions are a part of the filter language that is to come: exact values, several of which stand for any of them.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};
use serde_json::{Number, Value, json};

use super::search::Search;
use crate::{
    attributes::{self, AttributeType, Definition},
    db::ids::EnvironmentId,
};

/// Most conditions that are looked at, and values of each.
const MOST: usize = 8;
/// Longest number that is compared as one: no attribute has a longer one, and a power of ten can be too large for the database.
const LONGEST_NUMBER: usize = 40;
/// The name that asks for tags.
const TAG: &str = "tag";
/// Characters that are read; what looks like a condition and is none may be looked through again at each of its words.
const LONGEST: usize = 1_000;

/// What is typed into the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    typed: String,
    words: String,
    asked: Vec<Asked>,
}

/// A condition as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    name: String,
    /// Any of these; those in quotation marks are texts whatever they say.
    values: Vec<String>,
    is_quoted: bool,
}

/// What the list is asked.
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

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// There is no such attribute; this one is called nearly so.
    Unknown(String, Option<String>),
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

impl Question {
    /// Reads the box. What is no condition stays in the words.
    pub fn parse(typed: &str) -> Self {
        let end = typed.char_indices().nth(LONGEST).map_or(typed.len(), |(end, _)| end);
        let typed = &typed[..end];
        let (mut words, mut asked, mut rest) = (String::new(), Vec::new(), typed.trim());
        while let Some(first) = rest.chars().next() {
            if first.is_whitespace() {
                words.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let is_full = asked.len() == MOST;
            let (taken, after) = match condition(rest).filter(|_| !is_full) {
                Some((condition, after)) => {
                    asked.push(condition);
                    ("", after)
                }
                None => word(rest),
            };
            words.push_str(taken);
            rest = after;
        }
        Self { typed: typed.trim().to_owned(), words: words.trim().to_owned(), asked }
    }

    /// All of it as words: an identifier may look like a condition.
    pub fn as_words(&self) -> Filter {
        Filter { typed: self.typed.clone(), search: Search::parse(&self.typed), conditions: Vec::new() }
    }

    /// The filter that it asks for, or why it cannot.
    pub fn check(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Result<Filter, Complaint>> {
        if self.asked.is_empty() {
            return Ok(Ok(self.as_words()));
        }
        let names: BTreeSet<&str> = self.asked.iter().map(|asked| asked.name.as_str()).collect();
        let known = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        let conditions: Result<Vec<_>, _> =
            self.asked.iter().map(|asked| asked.check(known.get(&asked.name))).collect();
        match conditions {
            Ok(conditions) => {
                let search = Search::parse(&self.words);
                Ok(Ok(Filter { typed: self.typed.clone(), search, conditions }))
            }
            Err(Complaint::Unknown(name, _)) => {
                let all = attributes::all(conn, environment)?;
                let nearest = nearest(&name, &all);
                Ok(Err(Complaint::Unknown(name, nearest)))
            }
            Err(complaint) => Ok(Err(complaint)),
        }
    }
}

impl Asked {
    fn check(&self, known: Option<&Definition>) -> Result<Condition, Complaint> {
        let is_any = self.values.iter().any(|value| value == "*") && !self.is_quoted;
        if self.name.starts_with('-') && known.is_none() || is_any {
            return Err(Complaint::Unsupported(self.name.clone()));
        }
        match known {
            _ if self.name == TAG => Ok(Condition::Tags(self.values.clone())),
            None => Err(Complaint::Unknown(self.name.clone(), None)),
            // A hidden value must not be found out by asking.
            Some(known) if !known.is_filterable || known.is_sensitive => {
                Err(Complaint::NotFilterable { name: known.name.clone(), label: known.label() })
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

/// `name:value`, `"a name":"a value"`, `name:one,other`, and what follows.
fn condition(text: &str) -> Option<(Asked, &str)> {
    let (name, rest) = part(text, &[':'])?;
    let mut rest = rest.strip_prefix(':')?;
    // An address is no condition.
    if rest.starts_with("//") {
        return None;
    }
    let (mut values, mut is_quoted) = (Vec::new(), true);
    loop {
        is_quoted &= rest.starts_with('"');
        let (value, after) = part(rest, &[','])?;
        if values.len() < MOST {
            values.push(value.to_owned());
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => {
                let ends = after.chars().next().is_none_or(char::is_whitespace);
                return ends.then(|| (Asked { name: name.to_owned(), values, is_quoted }, after));
            }
        }
    }
}

/// What stands in quotation marks, else what comes before a space or one of these signs; none where that is nothing.
fn part<'a>(text: &'a str, ends: &[char]) -> Option<(&'a str, &'a str)> {
    let (part, rest) = match text.strip_prefix('"') {
        Some(inside) => inside.split_once('"')?,
        None => {
            let end = text.find(|c: char| c.is_whitespace() || c == '"' || ends.contains(&c)).unwrap_or(text.len());
            text.split_at(end)
        }
    };
    (!part.trim().is_empty()).then(|| (part.trim(), rest))
}

/// A word or a phrase as it was typed, and what follows.
fn word(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('"') {
        Some(inside) => inside.find('"').map_or(text.len(), |end| end + 2),
        None => text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len()),
    };
    text.split_at(end)
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

    fn asked(typed: &str) -> (Vec<(String, Vec<String>)>, String) {
        let question = Question::parse(typed);
        (question.asked.into_iter().map(|asked| (asked.name, asked.values)).collect(), question.words)
    }

    #[test]
    fn conditions_and_words_are_told_apart() {
        let one = |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(asked("plan:pro"), (vec![one("plan", &["pro"])], String::new()));
        assert_eq!(
            asked("grace  tag:vip \"favourite drink\":\"green tea\" kim"),
            (vec![one("tag", &["vip"]), one("favourite drink", &["green tea"])], "grace   kim".replace("   ", "    "))
        );
        assert_eq!(asked("plan:pro,\"team b\""), (vec![one("plan", &["pro", "team b"])], String::new()));
        for words in
            ["grace kim", "\"plan:pro\"", "https://example.com", "plan:", ":pro", "a:\"b", "\"a b", "plan:pro,"]
        {
            assert_eq!(asked(words), (Vec::new(), words.to_owned()), "{words}");
        }
        assert_eq!(asked("-plan:pro").0[0].0, "-plan");
    }

    #[test]
    fn values_are_read_in_every_way_that_they_may_be_stored() {
        let readings = |typed: &str, kind| {
            let asked = Question::parse(typed).asked.remove(0);
            let value = asked.values[0].clone();
            Value::from(asked.readings(&value, kind))
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
