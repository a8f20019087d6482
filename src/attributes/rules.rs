//! Rules of attributes that change how statements are read: chosen types and fixed origins.

use std::collections::BTreeMap;

use super::{AttributeName, AttributeType, AttributeValue, Origin};

/// Rule of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Values are converted to this type, which an operator chose.
    Typed(AttributeType),
    /// Only kith sets the values; the text says why.
    Fixed(&'static str),
}

/// The attributes of an environment that have a rule; values of all others are stored as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<String, Rule>);

impl Rules {
    /// Made from rows of name, type, whether it was chosen, and origin.
    pub fn new(rows: impl IntoIterator<Item = (String, AttributeType, bool, Origin)>) -> Self {
        let rule = |(name, kind, is_typed, origin): (String, AttributeType, bool, Origin)| {
            let fixed = origin.why_fixed().map(Rule::Fixed);
            Some((name, fixed.or_else(|| is_typed.then_some(Rule::Typed(kind)))?))
        };
        Self(rows.into_iter().filter_map(rule).collect())
    }

    /// Whether an attribute has a rule.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why only kith sets the values of an attribute; `None` if others may.
    pub fn why_fixed(&self, name: &str) -> Option<&'static str> {
        if let Some(Rule::Fixed(why)) = self.0.get(name) { Some(why) } else { None }
    }

    /// The rules for a job of kith itself, which may set fixed attributes.
    pub fn of_job(&self) -> Self {
        let typed = self.0.iter().filter(|(_, rule)| matches!(rule, Rule::Typed(_)));
        Self(typed.map(|(name, rule)| (name.clone(), *rule)).collect())
    }

    /// Converts a value to the chosen type, where possible.
    pub fn convert(&self, name: &AttributeName, value: &mut AttributeValue) {
        if let Some(Rule::Typed(kind)) = self.0.get(name.as_str())
            && AttributeType::of(value.json()) != Some(*kind)
            && let Some(read) = kind.convert(value.json()).and_then(|read| AttributeValue::new(name, read).ok())
        {
            *value = read;
        }
    }
}
