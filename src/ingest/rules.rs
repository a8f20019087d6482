//! Applies the catalogue's rules for attributes to statements.

use std::borrow::Cow;

use serde_json::Value;

use super::{Identify, Statement};
use crate::{
    attributes::{AttributeName, Attributes, Rules},
    registers::Fact,
};

impl Rules {
    /// What a statement says of attributes whose values only kith sets: name, value, and why it may not be set.
    pub fn fixed<'a>(
        &self,
        statement: &'a Statement,
    ) -> impl Iterator<Item = (&'a str, Option<Cow<'a, Value>>, &'static str)> {
        let said = (!self.is_empty()).then(|| said(statement));
        said.into_iter().flatten().filter_map(|(name, value)| Some((name, value, self.why_fixed(name)?)))
    }

    /// Whether a statement sets an attribute whose values only kith sets.
    pub fn forbid(&self, statement: &Statement) -> bool {
        self.fixed(statement).next().is_some()
    }

    /// The statement with values converted to the attribute's type where they can be (else kept as sent), and without attributes whose
    /// values only kith sets.
    pub fn read<'a>(&self, said: &'a Identify) -> Cow<'a, Identify> {
        let is_ruled = |name: &AttributeName| self.has(name.as_str());
        let names = said.attributes.iter().map(|(name, _)| name);
        let names = names.chain(said.defaults.iter().map(|(name, _)| name));
        if self.is_empty() || !names.chain(said.list_entries.iter().map(|(name, _)| name)).any(is_ruled) {
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
}

/// Attributes that a statement sets, with their values; `None` where the value is removed.
pub fn said(statement: &Statement) -> impl Iterator<Item = (&str, Option<Cow<'_, Value>>)> {
    let said = if let Statement::Identify(said) = statement { Some(said) } else { None };
    let values = said.into_iter().flat_map(|said| {
        let set = said.attributes.iter();
        let set = set.map(|(name, value)| (name.as_str(), value.as_ref().map(|value| Cow::Borrowed(value.json()))));
        let defaults = said.defaults.iter().map(|(name, value)| (name.as_str(), Some(Cow::Borrowed(value.json()))));
        // An attribute that gets entries is a list.
        let entries = said.list_entries.iter().map(|(name, _)| (name.as_str(), Some(Cow::Owned(Value::Array(vec![])))));
        set.chain(defaults).chain(entries)
    });
    let corrected = statement.facts().filter_map(Fact::of::<Attributes>);
    values.chain(corrected.map(|(name, value)| (name.as_str(), value.as_ref().map(|it| Cow::Borrowed(it.json())))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::{AttributeType, AttributeValue, Origin};
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
