//! How many names a key may add to the catalogues. It is known before anybody is found: of whom nothing is stored, nobody is made.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{MOST_TAGS, beyond, remove, tell};
use crate::{
    attributes::{self, AttributeName},
    db::{
        Db,
        ids::{EnvironmentId, SourceId},
    },
    error::AppError,
    events::{self, EventKind, EventName},
    ingest::{
        Statement, rules,
        trust::{Part, Protected},
    },
    ledger::Batch,
    tags::{self, Tag},
};

/// New names that one key may add to the catalogues of attributes, tags and events a day.
pub const MOST_NEW_NAMES: usize = 10_000;

/// Days for which new names are remembered, longer than a call may be repeated.
const COUNTED: Days = Days::new(3);

const TAGS_OF_CALL: &str =
    "would be more than 1,000 tags in one call, which is the limit; a long call counts in parts of 2,000 items or 2 MB";
const NAMES_OF_KEY: &str =
    "would be more than 10,000 new names of attributes, tags and events from one key in a day, which is the limit";

/// Names of a batch that its key may not add to the catalogues.
#[derive(Debug, Default)]
pub struct Beyond {
    attributes: BTreeSet<String>,
    tags: BTreeMap<Tag, &'static str>,
    events: BTreeSet<(EventKind, EventName)>,
}

/// New names of each source on its latest day: a repeat is of the day on which its call came first. Counted by this process alone: the
/// limit bounds a flood, it is no bill.
#[derive(Default)]
struct NewNames(Mutex<HashMap<(EnvironmentId, SourceId), (NaiveDate, usize)>>);

impl NewNames {
    /// Takes up to `wanted` of what is left of the day; returns how many were left.
    fn take(&self, source: (EnvironmentId, SourceId), now: DateTime<Utc>, wanted: usize) -> usize {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let today = now.date_naive();
        used.retain(|_, (day, _)| *day + COUNTED >= today);
        let (day, used) = used.entry(source).or_insert((today, 0));
        if *day < today {
            (*day, *used) = (today, 0);
        }
        let granted = wanted.min(MOST_NEW_NAMES.saturating_sub(*used));
        *used += granted;
        granted
    }
}

impl Beyond {
    /// Finds the names that go beyond what a key may add. Asks the database only for names that were not seen a moment ago.
    pub fn find<'a>(
        db: &Db,
        batch: &Batch,
        statements: impl Iterator<Item = &'a Statement> + Clone,
    ) -> Result<Self, AppError> {
        let (environment, now) = (batch.environment, batch.received_at);
        let mut beyond = Self::default();
        let worn: BTreeSet<&Tag> = statements.clone().flat_map(Statement::new_tags).collect();
        let over = worn.iter().skip(MOST_TAGS).map(|tag| ((*tag).clone(), TAGS_OF_CALL));
        beyond.tags.extend(over);
        let said: BTreeSet<&str> = statements
            .clone()
            .flat_map(rules::said)
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| name)
            .collect();
        let happened: BTreeSet<(EventKind, &EventName)> =
            statements.filter_map(Statement::event).map(|event| (event.kind, &event.name)).collect();
        let said = attributes::unknown(db, environment, &said)?;
        let worn = tags::unknown(db, environment, worn.into_iter().take(MOST_TAGS), now)?;
        let happened = events::unknown(db, environment, &happened, now)?;
        let wanted = said.len() + worn.len() + happened.len();
        if wanted == 0 {
            return Ok(beyond);
        }
        let mut left = db.memory::<NewNames>().take((environment, batch.source), now, wanted);
        let mut is_beyond = || {
            let is_beyond = left == 0;
            left = left.saturating_sub(1);
            is_beyond
        };
        beyond.attributes.extend(said.into_iter().filter(|_| is_beyond()));
        beyond.tags.extend(worn.into_iter().filter(|_| is_beyond()).map(|tag| (tag, NAMES_OF_KEY)));
        beyond.events.extend(happened.into_iter().filter(|_| is_beyond()));
        Ok(beyond)
    }

    pub fn has_attribute(&self, name: &str) -> bool {
        self.attributes.contains(name)
    }

    pub fn has_tag(&self, tag: &Tag) -> bool {
        self.tags.contains_key(tag)
    }

    pub fn has_event(&self, kind: EventKind, name: &EventName) -> bool {
        !self.events.is_empty() && self.events.contains(&(kind, name.clone()))
    }

    /// Leaves such names out of a statement, which is copied only if it has one.
    pub fn leave_out(&self, statement: &mut Cow<'_, Statement>) -> Vec<Protected> {
        let mut told = Vec::new();
        match statement.as_ref() {
            Statement::Identify(said) if !self.attributes.is_empty() => {
                let mut attribute = |name: &AttributeName| {
                    let broken = self.has_attribute(name.as_str()).then_some(NAMES_OF_KEY);
                    tell(&mut told, name.as_str(), Part::Attribute, broken)
                };
                let attributes = beyond(&said.attributes, |(name, _)| attribute(name));
                let defaults = beyond(&said.defaults, |(name, _)| attribute(name));
                let entries = beyond(&said.list_entries, |(name, _)| attribute(name));
                if !told.is_empty()
                    && let Statement::Identify(said) = statement.to_mut()
                {
                    remove(&mut said.attributes, &attributes);
                    remove(&mut said.defaults, &defaults);
                    remove(&mut said.list_entries, &entries);
                }
            }
            Statement::Tags { add, .. } if !self.tags.is_empty() => {
                let on = beyond(add, |tag| tell(&mut told, "tags", Part::Other, self.tags.get(tag).copied()));
                if !told.is_empty()
                    && let Statement::Tags { add, .. } = statement.to_mut()
                {
                    remove(add, &on);
                }
            }
            Statement::Event(event) if self.has_event(event.kind, &event.name) => {
                tell(&mut told, "name", Part::Other, Some(NAMES_OF_KEY));
            }
            _ => {}
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_of_yesterdays_call_leaves_the_counts_of_today() {
        let (names, now) = (NewNames::default(), DateTime::UNIX_EPOCH);
        let [one, other] = [1, 2].map(|source| (EnvironmentId(1), SourceId(source)));
        let yesterday = now - Days::new(1);
        assert_eq!(names.take(one, yesterday, MOST_NEW_NAMES), MOST_NEW_NAMES);
        assert_eq!(names.take(one, now, MOST_NEW_NAMES - 1), MOST_NEW_NAMES - 1, "a new day");
        assert_eq!(names.take(other, yesterday, 5), 5);
        assert_eq!(names.take(one, now, 5), 1);
        assert_eq!(names.take(one, yesterday, 5), 0, "it is all of one day");
        names.take(other, now + Days::new(4), 1);
        assert_eq!(names.0.lock().unwrap().len(), 1, "counts of long ago are dropped");
    }
}
