//! Names of which nothing is known: they are empty at any depth, and noted. The library takes them for errors.

use std::collections::BTreeSet;

use liquid_core::{
    ObjectView, Result, Runtime, Value, ValueCow, ValueView,
    model::{DisplayCow, KString, KStringCow, KStringRef, ScalarCow, State as Asked},
    runtime::{PartialStore, Registers},
};

use super::engine::State;

/// What a tag sees of the values. Around each tag of its own, since loops lay values of theirs over those below.
pub struct Lenient<'a>(pub &'a dyn Runtime);

impl Runtime for Lenient<'_> {
    fn partials(&self) -> &dyn PartialStore {
        self.0.partials()
    }

    fn name(&self) -> Option<KStringRef<'_>> {
        self.0.name()
    }

    fn roots(&self) -> BTreeSet<KStringCow<'_>> {
        self.0.roots()
    }

    fn try_get(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let found = self.0.try_get(path);
        // Each loop asks whether it stands in one.
        if found.is_none() && path.first().is_some_and(|root| root.to_kstr() != "forloop") {
            let name = path.iter().map(|step| step.to_kstr().into_owned()).collect::<Vec<_>>().join(".");
            self.registers().get_mut::<State>().unknown.insert(name);
        }
        found
    }

    fn get(&self, path: &[ScalarCow<'_>]) -> Result<ValueCow<'_>> {
        Ok(self.try_get(path).filter(|found| !found.is_nil()).unwrap_or(ValueCow::Borrowed(&Nothing)))
    }

    fn set_global(&self, name: KString, value: Value) -> Option<Value> {
        self.0.set_global(name, value)
    }

    fn set_index(&self, name: KString, value: Value) -> Option<Value> {
        self.0.set_index(name, value)
    }

    fn get_index<'a>(&'a self, name: &str) -> Option<ValueCow<'a>> {
        self.0.get_index(name)
    }

    fn registers(&self) -> &Registers {
        self.0.registers()
    }
}

/// What is not there. It is nil, and an object without fields as well: for `contains`, nil alone is an error.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl ValueView for Nothing {
    fn as_debug(&self) -> &dyn std::fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        Value::Nil.render()
    }

    fn source(&self) -> DisplayCow<'_> {
        Value::Nil.source()
    }

    fn type_name(&self) -> &'static str {
        "nil"
    }

    fn query_state(&self, asked: Asked) -> bool {
        Value::Nil.query_state(asked)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        KStringCow::from_static("")
    }

    fn to_value(&self) -> Value {
        Value::Nil
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        Some(self)
    }

    fn is_nil(&self) -> bool {
        true
    }
}

impl ObjectView for Nothing {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        0
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        Box::new(std::iter::empty())
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        Box::new(std::iter::empty())
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        Box::new(std::iter::empty())
    }

    fn contains_key(&self, _: &str) -> bool {
        false
    }

    fn get<'s>(&'s self, _: &str) -> Option<&'s dyn ValueView> {
        None
    }
}
