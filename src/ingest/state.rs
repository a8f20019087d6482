//! A profile's state while a batch is folded into it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::Identify;
use crate::{
    attributes::{AttributeName, AttributeValue},
    db::ids::ProfileId,
    identities::Identifier,
    json::same,
    ledger::{Change, ChangeKind, Stamp},
    registers::{Fact, Facts, Turn},
    tags::Tag,
    text::fold,
};

type Stamps = BTreeMap<String, Stamp>;

/// What the state tables hold of one profile, and what changed.
#[derive(Clone, Default)]
pub struct State {
    pub name: String,
    pub attributes: Map<String, Value>,
    pub attribute_meta: Stamps,
    pub tags: Vec<String>,
    pub tag_meta: Stamps,
    pub search_text: String,
    pub created_at: DateTime<Utc>,
    pub merged_into: Option<ProfileId>,
    pub version: i64,
    /// The rows of its registers.
    pub facts: Facts,
    /// The row must be written.
    pub is_dirty: bool,
    /// A value that people see changed, not only a stamp.
    pub is_changed: bool,
}

/// Where a change comes from.
#[derive(Clone, Copy)]
pub struct Context {
    pub profile: ProfileId,
    pub stamp: Stamp,
}

impl State {
    /// Folds one identify statement in.
    pub fn identify(&mut self, said: &Identify, at: Context, changes: &mut Vec<Change>) {
        for (name, value) in &said.attributes {
            self.set_attribute(name, value.as_ref(), at, changes);
        }
        let weakest = Context { stamp: at.stamp.of_default(), ..at };
        for (name, value) in &said.defaults {
            self.set_attribute(name, Some(value), weakest, changes);
        }
        for (name, entry) in &said.list_entries {
            self.add_entry(name, entry, at, changes);
        }
        for fact in &said.facts {
            self.say(fact, at, changes);
        }
        if let Some(earlier) = said.created_at.filter(|earlier| *earlier < self.created_at) {
            self.created_at = earlier;
            self.touch();
        }
    }

    /// Folds one statement about an attribute in; none deletes.
    pub fn set_attribute(
        &mut self,
        name: &AttributeName,
        value: Option<&AttributeValue>,
        at: Context,
        changes: &mut Vec<Change>,
    ) {
        if replaces(&mut self.attribute_meta, name.as_str(), at.stamp) {
            self.is_dirty = true;
            self.write_attribute(name.as_str(), value.map(AttributeValue::json), at, changes);
        }
    }

    /// Sets a value whose stamp is seen to.
    pub fn write_attribute(&mut self, name: &str, value: Option<&Value>, at: Context, changes: &mut Vec<Change>) {
        let before = match value {
            Some(value) if self.attributes.get(name).is_some_and(|had| same(had, value)) => return,
            Some(value) => self.attributes.insert(name.to_owned(), value.clone()),
            None => self.attributes.remove(name),
        };
        if before.is_none() && value.is_none() {
            return;
        }
        changes.push(Change::new(at, ChangeKind::Attribute, name, before, value.cloned()));
        self.touch();
        if NAME_PARTS.contains(&name) {
            self.rename();
        }
    }

    /// Lists only grow by this, and are kept sorted, so that entries may arrive in any order.
    fn add_entry(&mut self, name: &AttributeName, entry: &Value, at: Context, changes: &mut Vec<Change>) {
        let mut entries = match self.attributes.get(name.as_str()) {
            Some(Value::Array(entries)) => entries.clone(),
            // Something newer is known: that it is no list, or that it is gone.
            _ if self.attribute_meta.get(name.as_str()).is_some_and(|old| !at.stamp.is_newer_than(old)) => return,
            _ => Vec::new(),
        };
        self.is_dirty |= replaces(&mut self.attribute_meta, name.as_str(), at.stamp);
        if entries.contains(entry) {
            return;
        }
        entries.push(entry.clone());
        entries.sort_by_cached_key(Value::to_string);
        if entries.len() > MOST_ENTRIES {
            entries.truncate(MOST_ENTRIES);
        }
        self.is_dirty = true;
        self.write_attribute(name.as_str(), Some(&Value::Array(entries)), at, changes);
    }

    /// Folds one statement about a key of a register in.
    pub fn say(&mut self, fact: &Fact, at: Context, changes: &mut Vec<Change>) {
        let (is_moved, turn) = fact.say(&mut self.facts, (at.profile, at.stamp));
        self.is_dirty |= is_moved;
        turn.into_iter().for_each(|turn| self.turn(turn, changes));
    }

    /// Notes that a value is another one now: words to search for, and the ledger.
    pub fn turn(&mut self, turn: Turn, changes: &mut Vec<Change>) {
        if let Some(old) = &turn.forgotten {
            self.forget_words(old);
        }
        if let Some(new) = &turn.found {
            self.add_words(new);
        }
        changes.push(turn.change);
        self.touch();
    }

    /// Folds tags in.
    pub fn tag(&mut self, add: &[Tag], remove: &[Tag], at: Context, changes: &mut Vec<Change>) {
        let said = add.iter().map(|tag| (tag, true)).chain(remove.iter().map(|tag| (tag, false)));
        let mut many = (add.len() + remove.len() > MANY_TAGS)
            .then(|| std::mem::take(&mut self.tags).into_iter().collect::<BTreeSet<_>>());
        for (tag, on) in said {
            if !replaces(&mut self.tag_meta, tag.as_str(), at.stamp) {
                continue;
            }
            self.is_dirty = true;
            match &mut many {
                None => self.put_tag(tag.as_str(), on, at, changes),
                Some(tags) => {
                    let is_new = if on { tags.insert(tag.as_str().to_owned()) } else { tags.remove(tag.as_str()) };
                    if is_new {
                        changes.push(Change::new(at, ChangeKind::Tag, tag.as_str(), Some(json!(!on)), Some(json!(on))));
                        self.touch();
                    }
                }
            }
        }
        if let Some(tags) = many {
            self.tags = tags.into_iter().collect();
        }
    }

    /// Puts a tag on or takes it off; its stamp is seen to.
    pub fn put_tag(&mut self, tag: &str, on: bool, at: Context, changes: &mut Vec<Change>) {
        match (self.tags.binary_search_by(|had| had.as_str().cmp(tag)), on) {
            (Err(place), true) => self.tags.insert(place, tag.to_owned()),
            (Ok(place), false) => drop(self.tags.remove(place)),
            (Ok(_), true) | (Err(_), false) => return,
        }
        changes.push(Change::new(at, ChangeKind::Tag, tag, Some(json!(!on)), Some(json!(on))));
        self.touch();
    }

    /// Notes a new identifier: it can be searched for.
    pub fn identified(&mut self, identifier: &Identifier, at: Context, changes: &mut Vec<Change>) {
        if identifier.kind.is_searchable() {
            self.add_words(&identifier.value);
        }
        changes.push(Change::new(
            at,
            ChangeKind::Identifier,
            identifier.kind.as_str(),
            None,
            Some(json!(identifier.value)),
        ));
        self.touch();
    }

    /// Notes that an identifier is somebody else's now.
    pub fn lost(&mut self, identifier: &Identifier, at: Context, changes: &mut Vec<Change>) {
        if identifier.kind.is_searchable() {
            self.forget_words(&identifier.value);
        }
        changes.push(Change::new(
            at,
            ChangeKind::Identifier,
            identifier.kind.as_str(),
            Some(json!(identifier.value)),
            None,
        ));
        self.touch();
    }

    /// Works out anew what can be searched for.
    pub fn reword<'a>(&mut self, identifiers: impl Iterator<Item = &'a Identifier>) {
        self.search_text.clear();
        let name = self.name.clone();
        self.add_words(&name);
        for identifier in identifiers.filter(|identifier| identifier.kind.is_searchable()) {
            self.add_words(&identifier.value);
        }
        let searched: Vec<String> = self.facts.searched().map(str::to_owned).collect();
        searched.iter().for_each(|words| self.add_words(words));
    }

    /// Notes a change that people see.
    pub fn touch(&mut self) {
        self.is_dirty = true;
        self.is_changed = true;
    }

    fn display_name(&self) -> String {
        display_name(NAME_PARTS.map(|part| self.attributes.get(part).and_then(Value::as_str).unwrap_or_default()))
    }

    /// Works the name out again.
    pub fn rename(&mut self) {
        let name = self.display_name();
        let old = std::mem::replace(&mut self.name, name);
        self.forget_words(&old);
        let new = self.name.clone();
        self.add_words(&new);
    }

    /// The search text has one line for the name and each identifier and address, equal ones too: where an email is an id as well, it
    /// is still found by that when the email changes.
    pub fn add_words(&mut self, words: &str) {
        let line = fold(words);
        if !line.is_empty() {
            if !self.search_text.is_empty() {
                self.search_text.push('\n');
            }
            self.search_text.push_str(&line);
        }
    }

    pub fn forget_words(&mut self, words: &str) {
        let line = fold(words);
        let mut lines: Vec<&str> = self.search_text.lines().collect();
        if let Some(place) = lines.iter().position(|had| *had == line) {
            lines.remove(place);
            self.search_text = lines.join("\n");
        }
    }

    /// Adds what somebody is found by who becomes part of this one: identifiers and addresses, but not the name.
    pub fn add_words_of(&mut self, other: &Self) {
        let mut others = Self { search_text: other.search_text.clone(), ..Self::default() };
        others.forget_words(&other.name);
        let of_facts: Vec<String> = other.facts.searched().map(fold).collect();
        of_facts.iter().for_each(|line| others.forget_words(line));
        for line in others.search_text.lines() {
            self.add_words(line);
        }
        for line in of_facts {
            if !self.search_text.lines().any(|had| had == line) {
                self.add_words(&line);
            }
        }
    }
}

/// Whether a statement about `name` wins; if so its stamp is noted. An equal value said again later only moves the stamp,
/// so that what arrives late is still ordered rightly.
fn replaces(stamps: &mut Stamps, name: &str, stamp: Stamp) -> bool {
    if stamps.get(name).is_some_and(|old| !stamp.is_newer_than(old)) {
        return false;
    }
    stamps.insert(name.to_owned(), stamp);
    true
}

/// Entries that a list of somebody's may have by being added to: each one is looked for among all, and all of them are kept with every change.
/// Those that sort first stay, so that it does not matter in which order they arrive.
const MOST_ENTRIES: usize = 200;
/// Tags of one statement from which on all tags are looked through once, instead of moving them for each.
const MANY_TAGS: usize = 32;

/// The attributes that a name is made of.
const NAME_PARTS: [&str; 3] = ["name", "first_name", "last_name"];

/// `name` if there is one, else first and last name in the order of their script: family name first where all of it is
/// written in Chinese, Japanese or Korean characters.
pub fn display_name(parts: [&str; 3]) -> String {
    let [whole, first, last] = parts.map(str::trim);
    let is_east_asian = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'))
    };
    let name = match () {
        () if !whole.is_empty() => whole.to_owned(),
        () if is_east_asian(first) && is_east_asian(last) => format!("{last} {first}"),
        () => format!("{first} {last}"),
    };
    name.trim().chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
