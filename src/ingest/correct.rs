//! Putting values right: only where they still are what somebody saw, and then whatever their time says.

use super::{Fix, State, state::Context};
use crate::{attributes::AttributeValue, json::same, ledger::Change};

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
            // A tag is on or off: one of the two it is.
            Fix::Tag(..) => true,
            Fix::Fact(correction) => correction.is_as_seen(&self.facts),
        })
    }

    /// Puts values right, after [`State::is_as_seen`].
    pub fn correct(&mut self, fixes: &[Fix], at: Context, changes: &mut Vec<Change>) {
        for fix in fixes {
            let known = match fix {
                Fix::Attribute(name, _) => self.attribute_meta.get(name.as_str()).copied(),
                Fix::Tag(tag, _) => self.tag_meta.get(tag.as_str()).copied(),
                Fix::Fact(correction) => correction.fact.known(&self.facts).1,
            };
            // Whoever corrects a value has seen it, so it is newer, even if its sender's clock was ahead.
            let mut at = at;
            at.stamp.as_of = known.map_or(at.stamp.as_of, |known| at.stamp.as_of.max(known.as_of.saturating_add(1)));
            match fix {
                Fix::Attribute(name, swap) => self.set_attribute(name, swap.becomes.as_ref(), at, changes),
                Fix::Tag(tag, true) => self.tag(std::slice::from_ref(tag), &[], at, changes),
                Fix::Tag(tag, false) => self.tag(&[], std::slice::from_ref(tag), at, changes),
                Fix::Fact(correction) => self.say(&correction.fact, at, changes),
            }
        }
    }
}
