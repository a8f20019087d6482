//! Limits that one key cannot use against the others: how much of a kind a person may have, and how many names a key may add to the
//! catalogues. Whoever is above a limit keeps what they have. Operators, imports and jobs are not limited.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{
    State, Statement,
    apply::Catalogues,
    resolve::Target,
    rules,
    trust::{Allowed, Part, Protected, Why, says_something},
};
use crate::{
    attributes::{self, AttributeName, Attributes},
    db::{
        Db,
        ids::{EnvironmentId, ProfileId, SourceId},
    },
    error::AppError,
    events::{self, EventKind, EventName},
    identities::{Devices, Owned},
    ledger::Batch,
    registers::{Fact, Facts, Register},
    tags::{self, Tag, Tags},
};

/// Tags of a person, and tags that one call may put on.
pub const MOST_TAGS: usize = 1_000;
/// Attributes of a person.
pub const MOST_ATTRIBUTES: usize = 2_000;
/// Devices of a person.
pub const MOST_DEVICES: usize = 500;
/// New names that one key may add to the catalogues of attributes, tags and events a day.
pub const MOST_NEW_NAMES: usize = 10_000;
/// Removed ones are kept, too, so that an older statement does not bring them back: so many times as many as there may be.
const WITH_REMOVED: usize = 10;

/// Days for which new names are remembered, longer than a call may be repeated.
const COUNTED: Days = Days::new(3);

const TAGS_OF_PERSON: &str = "would be more than 1,000 tags of one person, which is the limit";
const TAGS_OF_CALL: &str = "would be more than 1,000 tags in one call, which is the limit";
const ATTRIBUTES_OF_PERSON: &str = "would be more than 2,000 attributes of one person, which is the limit";
const DEVICES_OF_PERSON: &str = "would be more than 500 devices of one person, which is the limit";
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
    pub(super) fn find<'a>(
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
}

/// How many values of a register a person has, and with the removed ones.
#[derive(Clone, Copy)]
struct Count {
    live: usize,
    kept: usize,
}

/// What a person has of one register, stored and added by the batch.
struct Holding {
    count: Count,
    added: BTreeSet<String>,
}

impl Holding {
    fn new<R: Register>(facts: Option<&Facts>, is_live: impl Fn(&R::Value) -> bool) -> Self {
        let mut count = Count { live: 0, kept: 0 };
        for (_, value, _) in facts.into_iter().flat_map(Facts::rows::<R>) {
            count.kept += 1;
            count.live += usize::from(is_live(value));
        }
        Self { count, added: BTreeSet::new() }
    }

    /// Whether there is room for a key: it is there already, or below the limit. `had` says whether it has a row, and a live one.
    fn takes(&mut self, key: &str, had: Option<bool>, is_live: bool, most: usize) -> bool {
        if had == Some(true) || had.is_some() && !is_live || self.added.contains(key) {
            return true;
        }
        let (live, kept) = (usize::from(is_live), usize::from(had.is_none()));
        if is_live && self.count.live >= most || kept == 1 && self.count.kept >= WITH_REMOVED * most {
            return false;
        }
        self.count.live += live;
        self.count.kept += kept;
        if is_live {
            self.added.insert(key.to_owned());
        }
        true
    }
}

/// Leaves out of a batch what goes beyond the limits of people and keys.
pub(super) struct Limits<'a> {
    states: &'a HashMap<ProfileId, State>,
    known: &'a Catalogues,
    holdings: HashMap<(ProfileId, &'static str), Holding>,
}

impl<'a> Limits<'a> {
    pub fn new(states: &'a HashMap<ProfileId, State>, known: &'a Catalogues) -> Self {
        Self { states, known, holdings: HashMap::new() }
    }

    /// Leaves out of the allowed items what goes beyond, and refuses those of which nothing is left.
    pub fn apply(mut self, allowed: &mut Allowed<'_>, targets: &[Target]) {
        for (place, target) in targets.iter().enumerate() {
            if allowed.refused.contains(&place) || !is_limited(&allowed.items[place].statement) {
                continue;
            }
            let mut statement = Cow::Borrowed(&allowed.items[place].statement);
            let left_out = self.leave_out(&mut statement, target.profile());
            if left_out.is_empty() {
                continue;
            }
            if !says_something(&statement) {
                allowed.refused.insert(place);
            }
            let statement = statement.into_owned();
            allowed.items.to_mut()[place].statement = statement;
            allowed.left_out.extend(left_out.into_iter().map(|why| (place, why)));
        }
    }

    /// Copies the statement only if something is left out of it.
    fn leave_out(&mut self, statement: &mut Cow<'_, Statement>, profile: Option<ProfileId>) -> Vec<Protected> {
        let mut told = Vec::new();
        match statement.as_ref() {
            Statement::Identify(said) => {
                let attributes = beyond(&said.attributes, |(name, value)| {
                    tell(&mut told, name.as_str(), Part::Attribute, self.attribute(profile, name, value.is_some()))
                });
                let defaults = beyond(&said.defaults, |(name, _)| {
                    tell(&mut told, name.as_str(), Part::Attribute, self.attribute(profile, name, true))
                });
                let entries = beyond(&said.list_entries, |(name, _)| {
                    tell(&mut told, name.as_str(), Part::Attribute, self.attribute(profile, name, true))
                });
                let facts =
                    beyond(&said.facts, |fact| tell(&mut told, "devices", Part::Other, self.device(profile, fact)));
                if !told.is_empty()
                    && let Statement::Identify(said) = statement.to_mut()
                {
                    remove(&mut said.attributes, &attributes);
                    remove(&mut said.defaults, &defaults);
                    remove(&mut said.list_entries, &entries);
                    remove(&mut said.facts, &facts);
                }
            }
            Statement::Tags { add, remove: off } => {
                let on = beyond(add, |tag| tell(&mut told, "tags", Part::Other, self.tag(profile, tag, true)));
                let off = beyond(off, |tag| tell(&mut told, "tags", Part::Other, self.tag(profile, tag, false)));
                if !told.is_empty()
                    && let Statement::Tags { add, remove: taken } = statement.to_mut()
                {
                    remove(add, &on);
                    remove(taken, &off);
                }
            }
            Statement::Event(event) if self.known.beyond.has_event(event.kind, &event.name) => {
                tell(&mut told, "name", Part::Other, Some(NAMES_OF_KEY));
            }
            _ => {}
        }
        told
    }

    fn device(&mut self, profile: Option<ProfileId>, fact: &Fact) -> Option<&'static str> {
        let (token, owned) = fact.of::<Devices>()?;
        let limit: (usize, fn(&Owned) -> bool) = (MOST_DEVICES, |it| it.device.is_some());
        let room = self.room::<Devices>(profile, (token.as_str(), token), owned.device.is_some(), limit);
        (!room).then_some(DEVICES_OF_PERSON)
    }

    fn attribute(&mut self, profile: Option<ProfileId>, name: &AttributeName, is_live: bool) -> Option<&'static str> {
        if self.known.beyond.has_attribute(name.as_str()) {
            return Some(NAMES_OF_KEY);
        }
        let room = self.room::<Attributes>(profile, (name.as_str(), name), is_live, (MOST_ATTRIBUTES, Option::is_some));
        (!room).then_some(ATTRIBUTES_OF_PERSON)
    }

    fn tag(&mut self, profile: Option<ProfileId>, tag: &Tag, is_on: bool) -> Option<&'static str> {
        if let Some(rule) = self.known.beyond.tags.get(tag).filter(|_| is_on) {
            return Some(rule);
        }
        let room = self.room::<Tags>(profile, (tag.as_str(), tag), is_on, (MOST_TAGS, |is_on| *is_on));
        (!room).then_some(TAGS_OF_PERSON)
    }

    /// Whether a person has room for a key of a register.
    fn room<R: Register>(
        &mut self,
        profile: Option<ProfileId>,
        (text, key): (&str, &R::Key),
        says_live: bool,
        (most, is_live): (usize, fn(&R::Value) -> bool),
    ) -> bool {
        let Some(profile) = profile else { return true };
        let facts = self.states.get(&profile).map(|state| &state.facts);
        let had = facts.and_then(|facts| facts.get::<R>(key)).map(is_live);
        let holding = self.holdings.entry((profile, R::SECTION)).or_insert_with(|| Holding::new::<R>(facts, is_live));
        holding.takes(text, had, says_live, most)
    }
}

/// Whether a statement can add to what is limited.
fn is_limited(statement: &Statement) -> bool {
    matches!(statement, Statement::Identify(_) | Statement::Tags { .. } | Statement::Event(_))
}

/// Places of the values that go beyond a limit.
fn beyond<T>(values: &[T], mut is_beyond: impl FnMut(&T) -> bool) -> BTreeSet<usize> {
    values.iter().enumerate().filter(|(_, value)| is_beyond(value)).map(|(place, _)| place).collect()
}

fn remove<T>(values: &mut Vec<T>, gone: &BTreeSet<usize>) {
    let mut place = 0;
    values.retain(|_| {
        place += 1;
        !gone.contains(&(place - 1))
    });
}

/// Tells of a broken limit, once for all values of a statement that break it. Returns whether there is one.
fn tell(told: &mut Vec<Protected>, field: &str, part: Part, broken: Option<&'static str>) -> bool {
    let Some(rule) = broken else { return false };
    if !told.iter().any(|it| it.rule == rule) {
        told.push(Protected { field: field.to_owned(), rule, part, why: Why::Limit });
    }
    true
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
