//! Values on the Info tab, each with its source.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    derived::{Derived, derived},
    languages,
};
use crate::{
    db::{Gathered, ids::SourceId},
    identities::{AddressRow, Channel},
    ledger::{ChangeKind, Shown, Stamp, Teller},
    subscriptions::{Consent, Line, Purpose, Subscription},
    verdict,
    web::{Now, Timestamp, pairs::Pairs},
};

/// Attributes under "Personal data", in this order (Y2.2, M2.7).
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

/// The attributes of a profile with their stamps.
#[derive(Default, Deserialize)]
pub struct Values {
    /// Values by name.
    pub attributes: Map<String, Value>,
    /// Stamps by name.
    pub meta: BTreeMap<String, Stamp>,
}

impl Gathered for Values {
    const SQL: &'static str = "jsonb_build_object('attributes', p.attributes, 'meta', p.attribute_meta)";
}

/// The sources of these stamps.
pub fn sources_of<'a>(stamps: impl Iterator<Item = &'a Stamp>) -> BTreeSet<SourceId> {
    stamps.map(|stamp| stamp.source).collect()
}

/// A value with its source.
pub struct Fact {
    /// Label for people.
    pub label: String,
    /// Name that senders use for an attribute; `None` for other facts.
    pub name: Option<String>,
    /// The value, for people.
    pub value: Shown,
    /// The code in place of which `value` has a name.
    pub stored: Option<String>,
    /// The value before the last change, for people; `None` if there is none, or it is hidden.
    pub was: Option<String>,
    /// Why nobody can change the value by hand; `None` if people can.
    pub why_fixed: Option<&'static str>,
    /// Name of the source; empty if it is unknown.
    pub source: String,
    /// Time since when the value is true.
    pub at: Timestamp,
    /// Query that finds the value's changes on the History tab.
    history: Pairs,
    /// Whether the value has a form of its own.
    pub is_editable: bool,
}

impl Fact {
    /// Address of the value's history; `tab` is that of the History tab.
    pub fn history(&self, tab: &str) -> String {
        self.history.address(tab)
    }

    /// Query that names the value in an address.
    pub fn query(&self) -> String {
        Pairs::default().with("name", self.name.as_deref().unwrap_or(&self.label)).address("")
    }
}

/// Everything that the facts of a profile are made of.
pub struct Facts {
    pub values: Values,
    /// The teller that puts facts into words, with the definitions of these attributes.
    pub teller: Teller,
    pub addresses: Vec<AddressRow>,
    /// Values before the last change, by kind and subject.
    pub previous: HashMap<(ChangeKind, String), Value>,
    pub sources: HashMap<SourceId, String>,
    /// Time at which the page is made.
    pub now: Now,
}

impl Facts {
    /// A fact that nobody changes by hand.
    fn fact(&self, kind: ChangeKind, subject: &str, value: &Value, stamp: Option<&Stamp>) -> Fact {
        let was = self.previous.get(&(kind, subject.to_owned())).filter(|_| !self.teller.is_hidden(kind, subject));
        Fact {
            label: self.teller.name(kind, subject),
            name: None,
            value: self.teller.fact(kind, subject, value).unwrap_or_else(|| Shown::open("")),
            stored: None,
            was: was.and_then(|was| self.teller.fact(kind, subject, was)).map(Shown::into_short),
            why_fixed: None,
            source: stamp.map(|stamp| self.source(stamp)).unwrap_or_default(),
            at: Timestamp::new(stamp.map_or(DateTime::UNIX_EPOCH, Stamp::time), self.now),
            history: Pairs::default().with("kind", kind.as_str()).with("subject", subject),
            is_editable: false,
        }
    }

    fn attribute(&self, name: &str, value: &Value) -> Fact {
        let definition = self.teller.definition(name);
        let why_fixed = definition.and_then(|it| it.origin.why_fixed());
        let fact = self.fact(ChangeKind::Attribute, name, value, self.values.meta.get(name));
        let more = if definition.is_some_and(|it| it.retired_at.is_some()) { "retired" } else { "" };
        Fact {
            name: Some(name.to_owned()),
            value: fact.value.and(more),
            why_fixed,
            is_editable: why_fixed.is_none(),
            ..fact
        }
    }

    fn source(&self, stamp: &Stamp) -> String {
        self.sources.get(&stamp.source).cloned().unwrap_or_default()
    }

    /// The attributes in [`PERSONAL`], in that order.
    pub fn personal(&self) -> Vec<Fact> {
        let fact = |name: &&str| Some(self.by_name(self.attribute(name, self.values.attributes.get(*name)?)));
        PERSONAL.iter().filter_map(fact).collect()
    }

    /// The fact with the name of a country or language in place of its code, which stays to be seen.
    fn by_name(&self, fact: Fact) -> Fact {
        let name = match fact.name.as_deref() {
            _ if fact.value.is_hidden() => None,
            Some("country") => languages::country(fact.value.text()).map(str::to_owned),
            Some("language") => languages::language(fact.value.text()),
            _ => None,
        };
        match name {
            Some(name) => Fact {
                stored: Some(fact.value.text().to_owned()),
                value: Shown::open(name).and(&fact.value.more),
                ..fact
            },
            None => fact,
        }
    }

    /// All other attributes, in the catalogue's order.
    pub fn others(&self) -> Vec<Fact> {
        let mut others: Vec<_> =
            self.values.attributes.iter().filter(|(name, _)| !PERSONAL.contains(&name.as_str())).collect();
        let place = |name: &str| self.teller.definition(name).and_then(|it| it.place).unwrap_or(i32::MAX);
        others.sort_by_cached_key(|(name, _)| (place(name), (*name).clone()));
        others.into_iter().map(|(name, value)| self.attribute(name, value)).collect()
    }

    /// The addresses, each with why it takes no messages.
    pub fn contact(&self, known: &verdict::Facts) -> Vec<Fact> {
        let fact = |row: &AddressRow| {
            let (channel, address) = (row.channel.as_str(), json!(row.address));
            let fact = self.fact(ChangeKind::Address, channel, &address, Some(&row.stamp));
            let more = known.block_of(row.channel).map(|block| {
                let words = block.words.as_ref().map_or_else(String::new, |words| format!(" ({words})"));
                format!("blocked: {}{words}", block.cause.label())
            });
            Fact { value: fact.value.and(&more.unwrap_or_default()), is_editable: true, ..fact }
        };
        self.addresses.iter().map(fact).collect()
    }

    /// Values derived from the attributes and the phone number.
    pub fn derived(&self) -> Vec<Derived> {
        let phone = self.addresses.iter().find(|row| row.channel == Channel::Sms).map(|row| row.address.as_str());
        let is_hidden = |name: &str| self.teller.is_hidden(ChangeKind::Attribute, name);
        derived(&self.values.attributes, is_hidden, phone, self.now)
    }

    /// The subscriptions and consents.
    pub fn answers(
        &self,
        subscriptions: &[(Line, Subscription, Stamp)],
        consents: &[(Purpose, Consent, Stamp)],
    ) -> Vec<Fact> {
        let lines = subscriptions.iter().map(|(line, said, stamp)| {
            self.fact(ChangeKind::Subscription, &line.to_string(), &said.to_json(), Some(stamp))
        });
        let consents = consents
            .iter()
            .map(|(purpose, said, stamp)| self.fact(ChangeKind::Consent, purpose.as_str(), &json!(said), Some(stamp)));
        lines.chain(consents).collect()
    }
}
