//! What happens to somebody, in a form that is cheap to keep and to sort, and what a sender would say of it.

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

/// Who tells us of a happening, in the order in which the statements of one slice of time arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// An operator, by their place in [`crate::demo::ACCOUNTS`].
    Operator(usize),
    /// A file.
    Import(&'static str),
    /// The shop's web site. Before the app, because visits that lead to an account are told here.
    Web,
    /// The app.
    Ios,
    /// The shop's back office, which also sends its mail.
    Crm,
}

/// By which of somebody's identifiers they are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The best one that there is.
    Key,
    /// Their browser: they had no account yet, or did not say.
    Browser,
    /// Both, so that we learn whose browser it is.
    Both,
}

/// Names with values: particulars of an event, or attributes.
pub type Values = Vec<(&'static str, Value)>;

/// What happened.
#[derive(Clone, Debug)]
pub enum HappeningKind {
    /// They were there for the first time: everything that is known of them.
    Arrived,
    /// They did something, or something was done for them.
    Event(&'static str, Values),
    /// Something became different about them.
    Changed(Values),
    /// They have another email address now: the second one of theirs.
    NewEmail,
    /// A tag was put on or taken off.
    Tag(&'static str, bool),
    /// A note was written, changed or pinned.
    Note(NoteChange),
}

/// Something that happened to somebody.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: DateTime<Utc>,
    /// Who tells us.
    pub speaker: Speaker,
    /// How they are named.
    pub named: Named,
    /// What.
    pub what: HappeningKind,
}

impl Happening {
    /// What the sender calls the one to whom it happened.
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

    /// What the sender says, with `message` for the id of an event. A refusal would be a mistake in the tables of this folder.
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

/// Attributes with these values.
pub fn values<Name: AsRef<str>>(values: impl IntoIterator<Item = (Name, Value)>) -> Result<Identify, Invalid> {
    let checked = values.into_iter().map(|(name, value)| {
        let name = AttributeName::new(name.as_ref())?;
        let value = AttributeValue::new(&name, value)?;
        Ok((name, Some(value)))
    });
    Ok(Identify { attributes: checked.collect::<Result<_, Invalid>>()?, ..Identify::default() })
}

/// Everything that is known of somebody when they come.
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
