//! What people decided about attributes that changes how statements are read.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::{AttributeName, AttributeType, AttributeValue, Origin};
use crate::ingest::{Fix, Identify, Statement};

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

    /// Why nobody but kith says values of an attribute, if that is so.
    pub fn why_fixed(&self, name: &str) -> Option<&'static str> {
        if let Some(Rule::Fixed(why)) = self.0.get(name) { Some(why) } else { None }
    }

    /// What a statement says of attributes though kith alone says their values: which, what it says, and why it may not.
    pub fn fixed<'a>(
        &self,
        statement: &'a Statement,
    ) -> impl Iterator<Item = (&'a str, Option<Cow<'a, Value>>, &'static str)> {
        let said = (!self.0.is_empty()).then(|| said(statement));
        said.into_iter().flatten().filter_map(|(name, value)| Some((name, value, self.why_fixed(name)?)))
    }

    /// Whether a statement says something of such an attribute.
    pub fn forbid(&self, statement: &Statement) -> bool {
        self.fixed(statement).next().is_some()
    }

    /// The rules for a job of kith's own, which may say what nobody else may.
    pub fn of_job(&self) -> Self {
        let typed = self.0.iter().filter(|(_, rule)| matches!(rule, Rule::Typed(_)));
        Self(typed.map(|(name, rule)| (name.clone(), *rule)).collect())
    }

    /// What remains to be said: values as those of their type where they can be read so, else as they were sent, and nothing of
    /// attributes that kith alone speaks of.
    pub fn read<'a>(&self, said: &'a Identify) -> Cow<'a, Identify> {
        let is_ruled = |name: &AttributeName| self.0.contains_key(name.as_str());
        let names = said.attributes.iter().map(|(name, _)| name);
        let names = names.chain(said.defaults.iter().map(|(name, _)| name));
        if self.0.is_empty() || !names.chain(said.list_entries.iter().map(|(name, _)| name)).any(is_ruled) {
            return Cow::Borrowed(said);
        }
        let is_free = |name: &AttributeName| self.why_fixed(name.as_str()).is_none();
        let mut said = said.clone();
        said.attributes.retain(|(name, _)| is_free(name));
        said.defaults.retain(|(name, _)| is_free(name));
        said.list_entries.retain(|(name, _)| is_free(name));
        for (name, value) in &mut said.attributes {
            if let Some(value) = value {
                self.convert(name, value);
            }
        }
        for (name, value) in &mut said.defaults {
            self.convert(name, value);
        }
        Cow::Owned(said)
    }

    fn convert(&self, name: &AttributeName, value: &mut AttributeValue) {
        if let Some(Rule::Typed(kind)) = self.0.get(name.as_str())
            && AttributeType::of(value.json()) != Some(*kind)
            && let Some(read) = kind.convert(value.json()).and_then(|read| AttributeValue::new(name, read).ok())
        {
            *value = read;
        }
    }
}

/// The attributes that a statement is about, with what they become; none where they lose their value.
pub fn said(statement: &Statement) -> impl Iterator<Item = (&str, Option<Cow<'_, Value>>)> {
    let said = if let Statement::Identify(said) = statement { Some(said) } else { None };
    let fixes = if let Statement::Correct(fixes) = statement { fixes.as_slice() } else { &[] };
    let values = said.into_iter().flat_map(|said| {
        let set = said.attributes.iter();
        let set = set.map(|(name, value)| (name.as_str(), value.as_ref().map(|value| Cow::Borrowed(value.json()))));
        let defaults = said.defaults.iter().map(|(name, value)| (name.as_str(), Some(Cow::Borrowed(value.json()))));
        // What has entries is a list.
        let entries = said.list_entries.iter().map(|(name, _)| (name.as_str(), Some(Cow::Owned(Value::Array(vec![])))));
        set.chain(defaults).chain(entries)
    });
    values.chain(fixes.iter().filter_map(|fix| match fix {
        Fix::Attribute(name, swap) => {
            Some((name.as_str(), swap.becomes.as_ref().map(|value| Cow::Borrowed(value.json()))))
        }
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identify(values: &[(&str, Value)]) -> Identify {
        let one = |(name, value): &(&str, Value)| {
            let name = AttributeName::new(name).unwrap();
            let value = AttributeValue::new(&name, value.clone()).unwrap();
            (name, Some(value))
        };
        Identify { attributes: values.iter().map(one).collect(), ..Identify::default() }
    }

    #[test]
    fn values_are_read_as_their_type_or_left_as_sent() {
        let rules = Rules::new([
            ("age".to_owned(), AttributeType::Number, true, Origin::Said),
            ("plan".to_owned(), AttributeType::Number, false, Origin::Said),
            ("score".to_owned(), AttributeType::Number, true, Origin::Calculated),
        ]);
        let sent = identify(&[("age", json!("41")), ("plan", json!("7")), ("score", json!(9))]);
        let read = rules.read(&sent);
        let values: Vec<_> = read
            .attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref().unwrap().json().clone()))
            .collect();
        assert_eq!(values, [("age", json!(41)), ("plan", json!("7"))]);
        assert_eq!(rules.of_job().read(&sent).attributes.len(), 3);
        let kept = identify(&[("age", json!("about 40"))]);
        assert_eq!(rules.read(&kept).attributes, kept.attributes, "nothing is lost");
        assert!(matches!(rules.read(&identify(&[("plan", json!("x"))])), Cow::Borrowed(_)));
        let statement = Statement::Identify(sent);
        assert_eq!(rules.fixed(&statement).map(|(name, ..)| name).collect::<Vec<_>>(), ["score"]);
        assert!(!rules.of_job().forbid(&statement));
    }
}
