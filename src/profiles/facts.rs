//! Values as the Info tab shows them, each with where it comes from.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::derived::{Derived, derived};
use crate::{
    attributes::{self, AttributeName, Definition},
    db::ids::SourceId,
    identities::{AddressRow, Channel},
    ledger::{ChangeKind, Stamp},
    subscriptions::{Consent, Line, Purpose, Subscription},
    web::{Moment, Now, pairs::Pairs},
};

use chrono::DateTime;

/// Attributes that stand under "Personal data", in this order (Y2.2, M2.7).
pub const PERSONAL: [&str; 14] = [
    "name",
    "first_name",
    "last_name",
    "birthday",
    "age",
    "gender",
    "mobile",
    "address",
    "city",
    "state",
    "zip",
    "country",
    "language",
    "timezone",
];

/// A value with where it comes from.
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its name among senders, where that says more than the label.
    pub name: Option<String>,
    /// As people read it.
    pub value: String,
    /// It is hidden until somebody asks for it.
    pub is_hidden: bool,
    /// More about it.
    pub note: String,
    /// What it was before.
    pub was: Option<String>,
    /// Why nobody can change it by hand, if so.
    pub why_fixed: Option<&'static str>,
    /// Who said it.
    pub source: String,
    /// When that was true.
    pub at: Moment,
    /// The query of its history.
    history: Option<Pairs>,
    /// Whether it has a form of its own.
    pub is_editable: bool,
}

impl Fact {
    /// Where its history is, from the address of the history tab.
    pub fn history(&self, tab: &str) -> Option<String> {
        self.history.as_ref().map(|query| query.address(tab))
    }

    /// The query that names it in an address.
    pub fn query(&self) -> String {
        Pairs::default().with("name", self.name.as_deref().unwrap_or(&self.label)).address("")
    }
}

fn history(kind: ChangeKind, subject: &str) -> Option<Pairs> {
    Some(Pairs::default().with("kind", kind.as_str()).with("subject", subject))
}

/// Everything that facts are made of.
pub struct Known {
    /// Values by name.
    pub values: Map<String, Value>,
    /// When and by whom each was said.
    pub meta: BTreeMap<String, Stamp>,
    /// What people decided about these attributes.
    pub definitions: BTreeMap<String, Definition>,
    /// Where the person is reached.
    pub addresses: Vec<AddressRow>,
    /// What values were before.
    pub previous: HashMap<(ChangeKind, String), Value>,
    /// Names of sources.
    pub sources: HashMap<SourceId, String>,
    /// When the page is made.
    pub now: Now,
}

impl Known {
    fn attribute(&self, name: &str, value: &Value) -> Fact {
        let (stamp, definition) = (self.meta.get(name), self.definitions.get(name));
        let is_hidden = attributes::is_hidden(definition);
        let retired = definition.is_some_and(|it| it.retired_at.is_some());
        let was = self.previous.get(&(ChangeKind::Attribute, name.to_owned())).filter(|_| !is_hidden);
        let why_fixed = definition.and_then(|it| it.origin.why_fixed());
        Fact {
            label: definition.map_or_else(|| AttributeName::humanise(name), Definition::label),
            name: Some(name.to_owned()),
            value: attributes::shown(definition, value).into_text(),
            is_hidden,
            note: if retired { "retired".to_owned() } else { String::new() },
            was: was.map(attributes::show),
            why_fixed,
            source: stamp.map(|stamp| self.source(stamp)).unwrap_or_default(),
            at: Moment::new(stamp.map_or(DateTime::UNIX_EPOCH, Stamp::time), self.now),
            history: history(ChangeKind::Attribute, name),
            is_editable: why_fixed.is_none(),
        }
    }

    fn source(&self, stamp: &Stamp) -> String {
        self.sources.get(&stamp.source).cloned().unwrap_or_default()
    }

    /// Reserved attributes, in their own order.
    pub fn personal(&self) -> Vec<Fact> {
        // They are edited together.
        let fact = |name: &&str| Some(Fact { is_editable: false, ..self.attribute(name, self.values.get(*name)?) });
        PERSONAL.iter().filter_map(fact).collect()
    }

    /// All other attributes, in the catalogue's order.
    pub fn others(&self) -> Vec<Fact> {
        let mut others: Vec<_> = self.values.iter().filter(|(name, _)| !PERSONAL.contains(&name.as_str())).collect();
        let place = |name: &str| self.definitions.get(name).and_then(|it| it.place).unwrap_or(i32::MAX);
        others.sort_by_cached_key(|(name, _)| (place(name), (*name).clone()));
        others.into_iter().map(|(name, value)| self.attribute(name, value)).collect()
    }

    /// Where the person is reached.
    pub fn contact(&self) -> Vec<Fact> {
        let fact = |row: &AddressRow| Fact {
            label: row.channel.label().to_owned(),
            name: None,
            value: row.address.clone(),
            is_hidden: false,
            note: row.blocked.as_ref().map(|why| format!("blocked: {why}")).unwrap_or_default(),
            was: self.previous.get(&(ChangeKind::Address, row.channel.as_str().to_owned())).map(attributes::show),
            why_fixed: None,
            source: self.source(&row.stamp),
            at: Moment::new(row.stamp.time(), self.now),
            history: history(ChangeKind::Address, row.channel.as_str()),
            is_editable: true,
        };
        self.addresses.iter().map(fact).collect()
    }

    /// What can be worked out.
    pub fn derived(&self) -> Vec<Derived> {
        let phone = self.addresses.iter().find(|row| row.channel == Channel::Sms).map(|row| row.address.as_str());
        let is_hidden = |name: &str| attributes::is_hidden(self.definitions.get(name));
        derived(&self.values, is_hidden, phone, self.now)
    }

    /// What the person wants and agreed to.
    pub fn answers(
        &self,
        subscriptions: &[(Line, Subscription, Stamp)],
        consents: &[(Purpose, Consent, Stamp)],
    ) -> Vec<Fact> {
        let fact = |label: String, value: &str, note: &str, stamp: &Stamp, kind, subject: &str| Fact {
            label,
            name: None,
            value: value.to_owned(),
            is_hidden: false,
            note: note.to_owned(),
            was: None,
            why_fixed: None,
            source: self.source(stamp),
            at: Moment::new(stamp.time(), self.now),
            history: history(kind, subject),
            is_editable: false,
        };
        let lines = subscriptions.iter().map(|(line, it, stamp)| {
            fact(line.label(), it.state.label(), it.reason.label(), stamp, ChangeKind::Subscription, &line.to_string())
        });
        let consents = consents.iter().map(|(purpose, it, stamp)| {
            let note = it.location.as_deref().or(it.document.as_deref()).unwrap_or_default();
            fact(purpose.as_str().to_owned(), it.label(purpose), note, stamp, ChangeKind::Consent, purpose.as_str())
        });
        lines.chain(consents).collect()
    }
}
