//! What people decided about attributes that changes how statements are read.

use std::collections::BTreeMap;

use super::{AttributeName, AttributeType, AttributeValue, Origin};

/// What holds for one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Values are of this type, because somebody said so.
    Typed(AttributeType),
    /// kith alone says its values.
    Fixed(&'static str),
}

/// The attributes of an environment whose values are not simply kept as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<String, Rule>);

impl Rules {
    /// Out of names, types, whether they were chosen, and origins.
    pub fn new(rows: impl IntoIterator<Item = (String, AttributeType, bool, Origin)>) -> Self {
        let rule = |(name, kind, is_typed, origin): (String, AttributeType, bool, Origin)| {
            let fixed = origin.why_fixed().map(Rule::Fixed);
            Some((name, fixed.or_else(|| is_typed.then_some(Rule::Typed(kind)))?))
        };
        Self(rows.into_iter().filter_map(rule).collect())
    }

    /// Whether there is a rule for an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether there is none for any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why nobody but kith says values of an attribute, if that is so.
    pub fn why_fixed(&self, name: &str) -> Option<&'static str> {
        if let Some(Rule::Fixed(why)) = self.0.get(name) { Some(why) } else { None }
    }

    /// The rules for a job of kith's own, which may say what nobody else may.
    pub fn of_job(&self) -> Self {
        let typed = self.0.iter().filter(|(_, rule)| matches!(rule, Rule::Typed(_)));
        Self(typed.map(|(name, rule)| (name.clone(), *rule)).collect())
    }

    /// Makes a value one of the type that somebody chose, where it can be read so.
    pub fn convert(&self, name: &AttributeName, value: &mut AttributeValue) {
        if let Some(Rule::Typed(kind)) = self.0.get(name.as_str())
            && AttributeType::of(value.json()) != Some(*kind)
            && let Some(read) = kind.convert(value.json()).and_then(|read| AttributeValue::new(name, read).ok())
        {
            *value = read;
        }
    }
}
