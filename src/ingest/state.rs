//! A profile's state while a batch is folded into it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    Identify,
    newest::{Newest, Told},
};
use crate::{
    attributes::{AttributeName, AttributeValue, same},
    db::ids::ProfileId,
    identities::{Address, Channel, Device, Identifier, Token},
    ledger::{Change, ChangeKind, Stamp},
    subscriptions::{Consent, Line, Purpose, Subscription},
    tags::Tag,
    text::fold,
};

type Stamps = BTreeMap<String, Stamp>;

/// A device of somebody's: none when it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    pub device: Option<Device>,
    pub first_seen_at: DateTime<Utc>,
}

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
    /// None: removed.
    pub addresses: Newest<Channel, Option<Address>>,
    pub devices: Newest<Token, Owned>,
    pub subscriptions: Newest<Line, Subscription>,
    pub consents: Newest<Purpose, Consent>,
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
        for (channel, address) in &said.addresses {
            self.set_address(*channel, address.as_ref(), at, changes);
        }
        for (token, device) in &said.devices {
            self.set_device(token, device.as_ref(), at, changes);
        }
        for (purpose, consent) in &said.consents {
            self.consent(purpose, consent, at, changes);
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

    /// Folds one statement about an address in; none deletes.
    pub fn set_address(&mut self, channel: Channel, address: Option<&Address>, at: Context, changes: &mut Vec<Change>) {
        let told = self.addresses.say(&channel, address.cloned(), at.stamp);
        // A stamp that moves counts too: it moves the version, by which a batch that read the old one notices.
        self.is_dirty |= told != Told::Older;
        if let Told::Changed(before) = told {
            self.readdressed(channel, before.flatten(), address, at, changes);
        }
    }

    /// Notes that an address is another one now: words to search for, and the ledger.
    pub fn readdressed(
        &mut self,
        channel: Channel,
        before: Option<Address>,
        after: Option<&Address>,
        at: Context,
        changes: &mut Vec<Change>,
    ) {
        if before.is_none() && after.is_none() {
            return;
        }
        if let Some(old) = &before {
            self.forget_words(&old.shown);
        }
        if let Some(new) = after {
            self.add_words(&new.shown);
        }
        let shown = |address: Address| Value::from(address.shown);
        changes.push(Change::new(
            at,
            ChangeKind::Address,
            channel.as_str(),
            before.map(shown),
            after.cloned().map(shown),
        ));
        self.touch();
    }

    /// Folds one statement about a device in; none removes.
    pub fn set_device(&mut self, token: &Token, device: Option<&Device>, at: Context, changes: &mut Vec<Change>) {
        let (time, before) = (at.stamp.time(), self.devices.get(token).cloned());
        let first_seen_at = before.as_ref().map_or(time, |(had, _)| had.first_seen_at.min(time));
        match self.devices.say(token, Owned { device: device.cloned(), first_seen_at }, at.stamp) {
            Told::Older => {
                // It was there before what is known says, and that is all an old statement can add.
                if let Some((had, stamp)) = before.filter(|(had, _)| first_seen_at < had.first_seen_at) {
                    self.devices.put(token, Owned { first_seen_at, ..had }, stamp);
                    self.is_dirty = true;
                }
                return;
            }
            Told::Same | Told::Changed(_) => self.is_dirty = true,
        }
        let before = before.and_then(|(had, _)| had.device);
        if before.as_ref() != device {
            let shown = |device: &Device| json!(device);
            let (before, after) = (before.as_ref().map(shown), device.map(shown));
            changes.push(Change::new(at, ChangeKind::Device, token.as_str(), before, after));
            self.touch();
        }
    }

    /// Folds one statement about a subscription in.
    pub fn subscribe(&mut self, line: &Line, said: Subscription, at: Context, changes: &mut Vec<Change>) {
        let told = self.subscriptions.say(line, said, at.stamp);
        self.is_dirty |= told != Told::Older;
        if let Told::Changed(before) = told {
            let before = before.map(|before| before.to_json());
            changes.push(Change::new(at, ChangeKind::Subscription, &line.to_string(), before, Some(said.to_json())));
            self.touch();
        }
    }

    /// Folds one statement about a consent in.
    pub fn consent(&mut self, purpose: &Purpose, said: &Consent, at: Context, changes: &mut Vec<Change>) {
        let as_of = said.as_of.map_or(at.stamp.as_of, |time| time.timestamp_micros());
        let at = Context { stamp: Stamp { as_of, ..at.stamp }, ..at };
        let told = self.consents.say(purpose, Consent { as_of: None, ..said.clone() }, at.stamp);
        self.is_dirty |= told != Told::Older;
        if let Told::Changed(before) = told {
            let before = before.map(|before| json!(before));
            changes.push(Change::new(at, ChangeKind::Consent, purpose.as_str(), before, Some(json!(said))));
            self.touch();
        }
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
        let shown: Vec<String> =
            self.addresses.rows().filter_map(|(_, address, _)| address.as_ref().map(|it| it.shown.clone())).collect();
        for address in shown {
            self.add_words(&address);
        }
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
        let mut others = other.clone();
        others.forget_words(&other.name);
        let mut addresses = Vec::new();
        for (_, address, _) in other.addresses.rows() {
            let shown = address.as_ref().map(|address| fold(&address.shown)).unwrap_or_default();
            others.forget_words(&shown);
            addresses.push(shown);
        }
        for line in others.search_text.lines() {
            self.add_words(line);
        }
        for line in addresses {
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
