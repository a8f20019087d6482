//! Putting values right: only where they still are what somebody saw, and then whatever their time says.

use super::{Fix, State, state::Context};
use crate::{
    attributes::{AttributeValue, same},
    identities::{Address, Channel},
    ledger::Change,
};

impl State {
    /// Whether all of these values are what somebody saw, or have become what they want already.
    pub fn is_as_seen(&self, fixes: &[Fix]) -> bool {
        fixes.iter().all(|fix| match fix {
            Fix::Attribute(name, swap) => {
                let is = self.attributes.get(name.as_str());
                let equals = |other: &Option<_>| match (is, other.as_ref()) {
                    (Some(is), Some(other)) => same(is, AttributeValue::json(other)),
                    (is, other) => is.is_none() && other.is_none(),
                };
                equals(&swap.was) || equals(&swap.becomes)
            }
            Fix::Address(channel, swap) => {
                let is = self.addresses.get(channel).and_then(|(address, _)| address.as_ref());
                is == swap.was.as_ref() || is == swap.becomes.as_ref()
            }
            // A tag is on or off: one of the two it is.
            Fix::Tag(..) => true,
            Fix::Device(token, swap) => {
                let is = self.devices.get(token).and_then(|(owned, _)| owned.device.as_ref());
                is == swap.was.as_ref() || is == swap.becomes.as_ref()
            }
            Fix::Subscription(line, was, becomes) => {
                let is = self.subscriptions.get(line).map(|(said, _)| said);
                is == was.as_ref() || is == Some(becomes)
            }
            Fix::Consent(purpose, was, becomes) => {
                let is = self.consents.get(purpose).map(|(said, _)| said);
                is == was.as_ref() || is == Some(becomes)
            }
        })
    }

    /// Puts values right, after [`State::is_as_seen`].
    pub fn correct(&mut self, fixes: &[Fix], at: Context, changes: &mut Vec<Change>) {
        for fix in fixes {
            let known = match fix {
                Fix::Attribute(name, _) => self.attribute_meta.get(name.as_str()).copied(),
                Fix::Address(channel, _) => self.addresses.get(channel).map(|(_, stamp)| *stamp),
                Fix::Tag(tag, _) => self.tag_meta.get(tag.as_str()).copied(),
                Fix::Device(token, _) => self.devices.get(token).map(|(_, stamp)| *stamp),
                Fix::Subscription(line, ..) => self.subscriptions.get(line).map(|(_, stamp)| *stamp),
                Fix::Consent(purpose, ..) => self.consents.get(purpose).map(|(_, stamp)| *stamp),
            };
            // Whoever corrects a value has seen it, so it is newer, even if its sender's clock was ahead.
            let mut at = at;
            at.stamp.as_of = known.map_or(at.stamp.as_of, |known| at.stamp.as_of.max(known.as_of.saturating_add(1)));
            match fix {
                Fix::Attribute(name, swap) => self.set_attribute(name, swap.becomes.as_ref(), at, changes),
                Fix::Address(channel, swap) => self.set_address(*channel, swap.becomes.as_ref(), at, changes),
                Fix::Tag(tag, true) => self.tag(std::slice::from_ref(tag), &[], at, changes),
                Fix::Tag(tag, false) => self.tag(&[], std::slice::from_ref(tag), at, changes),
                Fix::Device(token, swap) => self.set_device(token, swap.becomes.as_ref(), at, changes),
                Fix::Subscription(line, _, becomes) => self.subscribe(line, *becomes, at, changes),
                Fix::Consent(purpose, _, becomes) => self.consent(purpose, becomes, at, changes),
            }
        }
    }
}

impl Fix {
    /// The address that it gives somebody.
    pub fn new_address(&self) -> Option<(Channel, &Address)> {
        if let Self::Address(channel, swap) = self { Some((*channel, swap.becomes.as_ref()?)) } else { None }
    }
}
