//! What is asked of the suppression list: the filters of its page.

use crate::{
    db::ids::SourceId,
    identities::{Address, Channel, Reading},
    restrictions::{Cause, Contact},
    web::{form::Problems, pairs::Pairs},
    words::words,
};

words! {
    /// Whether entries end by themselves.
    pub enum Ends {
        Never = "never", "Until it is removed";
        Some = "some", "Until a day";
    }
}

/// Entries that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of this address, or of whoever has it.
    pub contact: Option<Contact>,
    pub cause: Option<Cause>,
    pub source: Option<SourceId>,
    pub ends: Option<Ends>,
}

/// Names of the filters in addresses and forms.
pub const NAMES: [&str; 4] = ["q", "cause", "by", "ends"];

impl Asked {
    /// Reads the filters.
    ///
    /// # Errors
    /// What is searched for is neither an email nor a phone number.
    pub fn parse(query: &Pairs, reading: Reading) -> Result<Self, Problems> {
        let typed = query.get("q").trim();
        let contact = contact(typed, reading);
        if contact.is_none() && !typed.is_empty() {
            let mut problems = Problems::default();
            problems.add("q", "Enter a whole email or phone number, such as ann@example.com or +14155550123.");
            return Err(problems);
        }
        Ok(Self {
            contact: contact.map(|(channel, address)| Contact::new(channel, &address)),
            cause: query.parsed("cause"),
            source: query.parsed("by").map(SourceId),
            ends: query.parsed("ends"),
        })
    }

    /// Whether it is less than everything.
    pub fn is_narrow(&self) -> bool {
        *self != Self::default()
    }
}

/// An email or phone number as somebody writes it; `None`: it is neither.
pub fn contact(typed: &str, reading: Reading) -> Option<(Channel, Address)> {
    let channel = if typed.contains('@') { Channel::Email } else { Channel::Sms };
    Some((channel, Address::read(channel, typed, reading).ok()?))
}
