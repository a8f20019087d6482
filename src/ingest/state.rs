//! A profile's state while a batch is folded into it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Identify;
use crate::{
    attributes::{AttributeName, AttributeValue, Attributes},
    db::ids::ProfileId,
    identities::Identifier,
    ledger::{Change, ChangeKind, Context},
    registers::{Correction, Fact, Facts, Moment, Register, Registers, Replaced, Rows, Turn},
    subscriptions::{Begun, Confirmation, ConfirmationKey, Confirmations, Subscriptions},
    text::{fold, fold_loosely},
};

/// The stored state of one profile, and whether a batch changed it.
#[derive(Clone, Default)]
pub struct State {
    pub name: String,
    pub search_text: String,
    pub created_at: DateTime<Utc>,
    pub merged_into: Option<ProfileId>,
    pub version: i64,
    /// When somebody or another identifier was last joined to the profile; `None`: never.
    pub joined_at: Option<DateTime<Utc>>,
    /// Rows of the profile's registers.
    pub facts: Facts,
    /// Whether the row must be written.
    pub is_dirty: bool,
    /// Whether a visible value changed, not only a stamp.
    pub is_changed: bool,
}

impl State {
    /// Folds in one [`Identify`].
    pub fn identify(&mut self, said: &Identify, at: Context, changes: &mut Vec<Change>) {
        for (name, value) in &said.attributes {
            self.put::<Attributes>(name, value.clone(), at, changes);
        }
        let weakest = Context { stamp: at.stamp.of_default(), ..at };
        for (name, value) in &said.defaults {
            self.put::<Attributes>(name, Some(value.clone()), weakest, changes);
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

    /// Adds an entry to a list. Lists only grow, and are kept sorted, so that entries may arrive in any order.
    fn add_entry(&mut self, name: &AttributeName, entry: &Value, at: Context, changes: &mut Vec<Change>) {
        let rows = self.facts.of_mut::<Attributes>();
        let known = rows.get(name);
        let list = known.and_then(|(value, old)| Some((value.as_ref()?.json().as_array()?, *old)));
        let alone = || Some(AttributeValue::stored(Value::Array(vec![entry.clone()])));
        let (mut entries, newer) = match (list, known) {
            (Some((entries, old)), _) => (entries.clone(), Some(old).filter(|old| !at.stamp.is_newer_than(old))),
            // A newer statement made this something other than a list, or removed it.
            (None, Some(known)) if !Rows::<Attributes>::replaces(name, (&alone(), &at.stamp), known) => return,
            (None, _) => (Vec::new(), None),
        };
        let is_new = !entries.contains(entry);
        if is_new {
            entries.push(entry.clone());
            entries.sort_by_cached_key(Value::to_string);
            entries.truncate(MOST_ENTRIES);
        }
        let value = Some(AttributeValue::stored(Value::Array(entries)));
        let turn = rows.set(at, name, value, newer.unwrap_or(at.stamp));
        self.told(is_new || newer.is_none(), turn, changes);
    }

    /// Folds in one fact of any register. What is said of email on the whole is kept in two.
    pub fn say(&mut self, fact: &Fact, at: Context, changes: &mut Vec<Change>) {
        self.begin(begun(fact, at), at, changes);
        let (is_moved, turn) = fact.say(&mut self.facts, at);
        self.told(is_moved, turn, changes);
    }

    /// [`Self::say`] of a fact that is said of an address which the person has.
    pub fn say_of_address(&mut self, fact: &Fact, at: Context, changes: &mut Vec<Change>) {
        self.begin(begun(fact, at).map(Begun::of_address), at, changes);
        let (is_moved, turn) = fact.say(&mut self.facts, at);
        self.told(is_moved, turn, changes);
    }

    fn begin(&mut self, begun: Option<Begun>, at: Context, changes: &mut Vec<Change>) {
        if let Some(begun) = begun {
            self.put::<Confirmations>(&ConfirmationKey::Line, Confirmation::Line(begun), at, changes);
        }
    }

    /// [`Self::say`] for a register known at compile time.
    pub fn put<R: Register>(&mut self, key: &R::Key, value: R::Value, at: Context, changes: &mut Vec<Change>) {
        let (is_moved, turn) = self.facts.of_mut::<R>().say(key, value, at);
        self.told(is_moved, turn, changes);
    }

    fn told(&mut self, is_moved: bool, turn: Option<Turn>, changes: &mut Vec<Change>) {
        self.is_dirty |= is_moved;
        turn.into_iter().for_each(|turn| self.turn(turn, changes));
    }

    /// Applies a changed value to search text, name and ledger.
    pub fn turn(&mut self, turn: Turn, changes: &mut Vec<Change>) {
        if turn.change.is_refused() {
            return changes.push(turn.change);
        }
        if let Some(old) = &turn.forgotten {
            self.forget_words(old);
        }
        if let Some(new) = &turn.found {
            self.add_words(new);
        }
        if NAME_PARTS.iter().any(|part| turn.change.is_of(Attributes::KIND, part)) {
            self.rename();
        }
        changes.push(turn.change);
        self.touch();
    }

    /// Folds in corrections, for which [`Correction::is_as_seen`] holds.
    pub fn correct(&mut self, corrections: &[Correction], at: Context, changes: &mut Vec<Change>) {
        for Correction { fact, .. } in corrections {
            let (_, known) = fact.known(&self.facts);
            // The person who corrects a value has seen it: the correction is newer, even if the value's sender had a clock that was ahead.
            let mut at = at;
            at.stamp.as_of = known.map_or(at.stamp.as_of, |known| at.stamp.as_of.max(known.as_of.saturating_add(1)));
            self.say(fact, at, changes);
        }
    }

    /// Takes note that somebody was joined to the profile, or an identifier.
    pub fn joined(&mut self, moment: Moment) {
        self.joined_at = self.joined_at.max(Some(moment.time()));
    }

    /// Whether somebody or another identifier was joined to the profile after that time.
    pub fn is_joined_after(&self, time: DateTime<Utc>) -> bool {
        self.joined_at.is_some_and(|joined_at| joined_at > time)
    }

    /// Takes on the facts and the age of another state. Returns the keys, as texts, whose rows must be deleted.
    pub fn become_as(
        &mut self,
        other: &Self,
        registers: Registers,
        at: Context,
        changes: &mut Vec<Change>,
    ) -> BTreeMap<ChangeKind, Vec<String>> {
        let mut all_gone = BTreeMap::new();
        for register in registers.iter() {
            let Replaced { is_moved, turns, gone } = register.replace(&mut self.facts, &other.facts, at);
            self.is_dirty |= is_moved;
            turns.into_iter().for_each(|turn| self.turn(turn, changes));
            if !gone.is_empty() {
                all_gone.insert(register.kind(), gone);
            }
        }
        if self.created_at != other.created_at {
            self.created_at = other.created_at;
            self.touch();
        }
        all_gone
    }

    /// Adds a new identifier to search text and ledger.
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

    /// Removes a lost identifier from search text and ledger.
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

    /// Marks a visible change.
    pub fn touch(&mut self) {
        self.is_dirty = true;
        self.is_changed = true;
    }

    /// The value of an attribute; `None` if it has none.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.facts.get::<Attributes>(&AttributeName::stored(name.to_owned()))?.as_ref().map(AttributeValue::json)
    }

    /// Makes the display name anew from its attributes.
    fn rename(&mut self) {
        let name =
            display_name(NAME_PARTS.map(|part| self.attribute(part).and_then(Value::as_str).unwrap_or_default()));
        let old = std::mem::replace(&mut self.name, name);
        self.forget_words(&old);
        let new = self.name.clone();
        self.add_words(&new);
    }

    /// Adds a line of search text. There is one line for the name and for each identifier and address, equal ones too: an email that is
    /// also an id still finds the profile when the email changes.
    pub fn add_words(&mut self, words: &str) {
        let line = fold(words);
        if !line.is_empty() {
            if !self.search_text.is_empty() {
                self.search_text.push('\n');
            }
            self.search_text.push_str(&line);
        }
    }

    /// Takes off a line of search text. After an upgrade it may still be folded by an older rule.
    pub fn forget_words(&mut self, words: &str) {
        let (line, loose) = (fold(words), fold_loosely(words));
        let mut lines: Vec<&str> = self.search_text.lines().collect();
        let place = lines.iter().position(|had| *had == line);
        if let Some(place) = place.or_else(|| lines.iter().position(|had| fold_loosely(had) == loose)) {
            lines.remove(place);
            self.search_text = lines.join("\n");
        }
    }

    /// Lines of search text by which a survivor of this profile is found, too: its identifiers and addresses, but not the name.
    pub fn words_for_others(&self) -> Vec<String> {
        let mut others = Self { search_text: self.search_text.clone(), ..Self::default() };
        others.forget_words(&self.name);
        others.search_text.lines().map(str::to_owned).collect()
    }

    /// Takes lines off the search text and adds others.
    pub fn replace_words(&mut self, gone: &[String], new: &[String]) {
        gone.iter().for_each(|line| self.forget_words(line));
        new.iter().for_each(|line| self.add_words(line));
        self.is_dirty = true;
    }
}

/// What a fact adds to what was ever said of email.
fn begun(fact: &Fact, at: Context) -> Option<Begun> {
    let (line, said) = fact.of::<Subscriptions>()?;
    Begun::of(line, *said, at)
}

/// Most entries of a list: adding looks each one up among all, and every change stores all of them. Those that sort first stay, so the
/// order of arrival does not matter.
const MOST_ENTRIES: usize = 200;

/// Attributes that make the display name.
pub const NAME_PARTS: [&str; 3] = ["name", "first_name", "last_name"];

/// `name` if it is set, else first and last name in the order of their script: family name first if both are in Chinese, Japanese or Korean
/// characters. At most 200 characters.
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
