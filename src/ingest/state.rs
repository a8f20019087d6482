//! A profile's state while a batch is folded into it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Identify, Stamp};
use crate::{
    attributes::AttributeName,
    db::ids::ProfileId,
    history::{Change, Kind},
    identities::{Address, Channel, Identifier, fold},
    tags::Tag,
};

type Stamps = BTreeMap<String, Stamp>;

/// What the state tables hold of one profile, and what changed.
#[derive(Default)]
pub struct State {
    pub name: String,
    pub attributes: Map<String, Value>,
    pub attribute_meta: Stamps,
    pub tags: Vec<String>,
    pub tag_meta: Stamps,
    pub search_text: String,
    pub created_at: DateTime<Utc>,
    pub version: i64,
    /// Address and stamp of each channel that was ever named.
    pub addresses: BTreeMap<Channel, (Option<String>, Stamp)>,
    /// Addresses to write.
    pub new_addresses: BTreeMap<Channel, (Option<Address>, Stamp)>,
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
            self.set_attribute(name, value.as_ref().map(|value| value.json()), at, changes);
        }
        for (channel, address) in &said.addresses {
            self.set_address(*channel, address.as_ref(), at, changes);
        }
        if let Some(earlier) = said.created_at.filter(|earlier| *earlier < self.created_at) {
            self.created_at = earlier;
            self.touch();
        }
    }

    fn set_attribute(&mut self, name: &AttributeName, value: Option<&Value>, at: Context, changes: &mut Vec<Change>) {
        if !replaces(&mut self.attribute_meta, name.as_str(), at.stamp) {
            return;
        }
        self.is_dirty = true;
        let before = match value {
            Some(value) if self.attributes.get(name.as_str()) == Some(value) => return,
            Some(value) => self.attributes.insert(name.as_str().to_owned(), value.clone()),
            None => self.attributes.remove(name.as_str()),
        };
        if before.is_none() && value.is_none() {
            return;
        }
        changes.push(Change::new(at, Kind::Attribute, name.as_str(), before, value.cloned()));
        self.touch();
        if NAME_PARTS.contains(&name.as_str()) {
            self.rename();
        }
    }

    fn set_address(&mut self, channel: Channel, address: Option<&Address>, at: Context, changes: &mut Vec<Change>) {
        let before = self.addresses.get(&channel);
        if before.is_some_and(|(_, old)| !at.stamp.is_newer_than(old)) {
            return;
        }
        let before = before.and_then(|(shown, _)| shown.clone());
        let after = address.map(|address| address.shown.clone());
        // A stamp that moves counts too: it moves the version, by which a batch that read the old one notices.
        self.is_dirty = true;
        self.addresses.insert(channel, (after.clone(), at.stamp));
        self.new_addresses.insert(channel, (address.cloned(), at.stamp));
        if before == after {
            return;
        }
        if let Some(old) = &before {
            self.forget_words(old);
        }
        if let Some(new) = &after {
            self.add_words(new);
        }
        changes.push(Change::new(at, Kind::Address, channel.as_str(), before.map(Value::from), after.map(Value::from)));
        self.touch();
    }

    /// Folds tags in.
    pub fn tag(&mut self, add: &[Tag], remove: &[Tag], at: Context, changes: &mut Vec<Change>) {
        let said = add.iter().map(|tag| (tag, true)).chain(remove.iter().map(|tag| (tag, false)));
        for (tag, on) in said {
            if !replaces(&mut self.tag_meta, tag.as_str(), at.stamp) {
                continue;
            }
            self.is_dirty = true;
            let place = self.tags.binary_search_by(|had| had.as_str().cmp(tag.as_str()));
            match (place, on) {
                (Err(place), true) => self.tags.insert(place, tag.as_str().to_owned()),
                (Ok(place), false) => drop(self.tags.remove(place)),
                (Ok(_), true) | (Err(_), false) => continue,
            }
            changes.push(Change::new(at, Kind::Tag, tag.as_str(), Some(json!(!on)), Some(json!(on))));
            self.touch();
        }
    }

    /// Notes a new identifier: it can be searched for.
    pub fn identified(&mut self, identifier: &Identifier, at: Context, changes: &mut Vec<Change>) {
        if identifier.kind.is_searchable() {
            self.add_words(&identifier.value);
        }
        changes.push(Change::new(at, Kind::Identifier, identifier.kind.as_str(), None, Some(json!(identifier.value))));
        self.touch();
    }

    fn touch(&mut self) {
        self.is_dirty = true;
        self.is_changed = true;
    }

    fn rename(&mut self) {
        let old = std::mem::replace(&mut self.name, display_name(&self.attributes));
        self.forget_words(&old);
        let new = self.name.clone();
        self.add_words(&new);
    }

    /// The search text has one line for the name and each identifier and address.
    fn add_words(&mut self, words: &str) {
        let line = fold(words);
        if !line.is_empty() && !self.search_text.lines().any(|had| had == line) {
            if !self.search_text.is_empty() {
                self.search_text.push('\n');
            }
            self.search_text.push_str(&line);
        }
    }

    fn forget_words(&mut self, words: &str) {
        let line = fold(words);
        self.search_text = self.search_text.lines().filter(|had| *had != line).collect::<Vec<_>>().join("\n");
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

/// The attributes that a name is made of.
const NAME_PARTS: [&str; 3] = ["name", "first_name", "last_name"];

/// `name` if there is one, else first and last name in the order of their script: family name first where all of it is
/// written in Chinese, Japanese or Korean characters.
fn display_name(attributes: &Map<String, Value>) -> String {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let [whole, first, last] = NAME_PARTS.map(text);
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
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_script() {
        let name = |first: &str, last: &str| {
            let attributes = json!({"first_name": first, "last_name": last});
            display_name(attributes.as_object().unwrap())
        };
        assert_eq!(name("Priya", "Nair"), "Priya Nair");
        assert_eq!(name("直樹", "林"), "林 直樹");
        assert_eq!(name("", "Nair"), "Nair");
    }

    #[test]
    fn an_address_said_again_moves_the_version() {
        let address = Address::new(Channel::Email, "ann@example.com").unwrap();
        let said = Identify { addresses: vec![(Channel::Email, Some(address))], ..Identify::default() };
        let at = |as_of| Context {
            profile: ProfileId(uuid::Uuid::nil()),
            stamp: Stamp { as_of, received_at: 0, index: 0, source: crate::db::ids::SourceId(1) },
        };
        let (mut state, mut changes) = (State::default(), Vec::new());
        state.identify(&said, at(1), &mut changes);
        (state.is_dirty, state.is_changed) = (false, false);
        state.identify(&said, at(2), &mut changes);
        assert!(state.is_dirty && !state.is_changed && changes.len() == 1);
        state.is_dirty = false;
        state.identify(&said, at(1), &mut changes);
        assert!(!state.is_dirty, "what is older changes nothing");
    }
}
