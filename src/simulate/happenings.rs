//! Happenings in the life of a customer, in a form that is cheap to store and to sort, and the statements that senders make of them.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    people::{Customer, KnownBy},
    shop::{DRINKS, price},
};
use crate::{
    attributes::{AttributeName, AttributeValue},
    events::{Event, EventName, MessageId},
    identities::{Addresses, Channel, Identifier},
    ingest::{Identify, Statement},
    ledger::Invalid,
    notes::NoteChange,
    registers::Fact,
    tags::Tag,
};

/// Source of a happening, in the order in which the statements of one slice of time arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// An operator, by their place in [`crate::demo::ACCOUNTS`].
    Operator(usize),
    /// The import of a file.
    Import(&'static str),
    /// The shop's web site. Before the app, because visits that lead to an account are stated here.
    Web,
    Ios,
    /// The shop's back office, which also sends its messages.
    Crm,
}

/// Identifiers with which a statement names the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The best one that the customer has.
    Key,
    /// The browser: there was no account yet, or no sign-in.
    Browser,
    /// Both, so that the browser is joined to the account.
    Both,
}

/// Names with values: properties of an event, or attributes.
pub type Values = Vec<(&'static str, Value)>;

/// Kind of happening.
#[derive(Clone, Debug)]
pub enum HappeningKind {
    /// The first statement: everything that is known about the customer.
    Arrived,
    /// An event by the customer, or one about them.
    Event(&'static str, Values),
    /// A change of attributes.
    Changed(Values),
    /// A new email address: the second one of the customer.
    NewEmail,
    /// A tag was added or removed.
    Tag(&'static str, bool),
    /// A note was written, edited or pinned.
    Note(NoteChange),
}

/// A happening in the life of a customer.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Time of the happening.
    pub at: DateTime<Utc>,
    pub speaker: Speaker,
    /// Identifiers in the statement.
    pub named: Named,
    pub what: HappeningKind,
}

impl Happening {
    /// Identifiers in the sender's statement.
    pub fn identifiers(&self, customer: &Customer) -> Vec<Identifier> {
        let mut identifiers = match self.named {
            Named::Browser => Vec::new(),
            Named::Key | Named::Both => customer.identifiers.clone(),
        };
        if self.named != Named::Key && !identifiers.contains(&customer.browser) {
            identifiers.push(customer.browser.clone());
        }
        identifiers
    }

    /// The sender's statement, with `message` as the message id of an event. A refusal would be a mistake in the tables of this folder.
    pub fn statement(self, customer: &Customer, message: impl Display) -> Result<Statement, Invalid> {
        Ok(match self.what {
            HappeningKind::Arrived => Statement::Identify(introduction(customer)?),
            HappeningKind::Event(name, values) => {
                let properties: Map<_, _> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let message = MessageId(message.to_string());
                Statement::Event(Event::new(EventName::new(name)?, self.at, Some(message), properties)?)
            }
            HappeningKind::Changed(changed) => Statement::Identify(values(changed)?),
            HappeningKind::NewEmail => {
                let facts = vec![Fact::new::<Addresses>(Channel::Email, customer.emails.last().cloned())];
                Statement::Identify(Identify { facts, ..Identify::default() })
            }
            HappeningKind::Tag(tag, true) => Statement::Tags { add: vec![Tag::new(tag)?], remove: Vec::new() },
            HappeningKind::Tag(tag, false) => Statement::Tags { add: Vec::new(), remove: vec![Tag::new(tag)?] },
            HappeningKind::Note(change) => Statement::Note(change),
        })
    }
}

/// A statement with these attributes.
pub fn values<Name: AsRef<str>>(values: impl IntoIterator<Item = (Name, Value)>) -> Result<Identify, Invalid> {
    let checked = values.into_iter().map(|(name, value)| {
        let name = AttributeName::new(name.as_ref())?;
        let value = AttributeValue::new(&name, value)?;
        Ok((name, Some(value)))
    });
    Ok(Identify { attributes: checked.collect::<Result<_, Invalid>>()?, ..Identify::default() })
}

/// The first statement about a customer.
fn introduction(customer: &Customer) -> Result<Identify, Invalid> {
    let (city, zone) = customer.home();
    let mut known: Values =
        vec![("language", json!(customer.locale.language)), ("country", json!(customer.locale.country()))];
    if customer.known_by != KnownBy::Email {
        known.push(("timezone", json!(zone)));
    }
    if customer.known_by == KnownBy::Account {
        let [first, last] = customer.name.each_ref().map(|name| name.shown.as_str());
        known.extend([("first_name", json!(first)), ("last_name", json!(last)), ("city", json!(city))]);
        if customer.locale.language == "vi-VN" {
            known.push(("name", json!(format!("{last} {first}"))));
        }
        known.extend([("plan", json!(customer.plan.name())), ("lifetime_value", price(customer.spent, 1.0))]);
        known.extend(customer.company.as_ref().map(|company| ("company", json!(company))));
        known.extend(customer.birthday.map(|day| ("birthday", json!(day.to_string()))));
        known.extend(customer.drink.map(|drink| ("favourite_drink", json!(DRINKS[drink]))));
        if !customer.interests.is_empty() {
            known.push(("interests", json!(customer.interests)));
        }
    }
    let mut identify = values(known)?;
    let email = customer.emails.first().map(|email| (Channel::Email, email));
    let phone = customer.phone.as_ref().map(|phone| (Channel::Sms, phone));
    let addresses = email.into_iter().chain(phone);
    identify.facts.extend(addresses.map(|(channel, address)| Fact::new::<Addresses>(channel, Some(address.clone()))));
    identify.created_at = Some(customer.joined);
    Ok(identify)
}
