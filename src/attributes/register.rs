//! The register of attributes: one value for each name.

use serde_json::Value as Json;

use super::{AttributeName, AttributeValue, show};
use crate::{
    ledger::ChangeKind,
    registers::{Kept, Register, Table},
};

/// Register of attributes: one value for each name.
pub struct Attributes;

impl Register for Attributes {
    type Key = AttributeName;
    type Value = Option<AttributeValue>;

    const KIND: ChangeKind = ChangeKind::Attribute;
    const SECTION: &'static str = "Attributes";
    const TABLE: Option<Table<Self>> = None;

    fn key(subject: &str) -> Option<AttributeName> {
        Some(AttributeName::stored(subject.to_owned()))
    }

    fn shown(value: &Option<AttributeValue>) -> Option<Json> {
        value.as_ref().map(|value| value.json().clone())
    }

    fn read(name: &AttributeName, shown: &Json) -> Option<Option<AttributeValue>> {
        let name = AttributeName::new(name.as_str()).ok()?;
        AttributeValue::new(&name, shown.clone()).ok().map(Some)
    }

    fn removed() -> Option<Option<AttributeValue>> {
        Some(None)
    }

    /// The survivor's value wins, even a deletion; the list `groups` keeps the entries of both profiles.
    fn keeps(
        name: &AttributeName,
        own: &Option<AttributeValue>,
        theirs: &Option<AttributeValue>,
    ) -> Kept<Option<AttributeValue>> {
        let [own, theirs] = [own, theirs].map(|value| value.as_ref().and_then(|value| value.json().as_array()));
        match own.zip(theirs).filter(|_| name.as_str() == "groups") {
            Some((own, theirs)) => Kept::Both(Some(AttributeValue::stored(both(own, theirs)))),
            None => Kept::Own,
        }
    }

    fn field(name: &AttributeName) -> String {
        name.to_string()
    }
}

fn both(own: &[Json], theirs: &[Json]) -> Json {
    let mut all: Vec<Json> = own.iter().chain(theirs).cloned().collect();
    all.sort_by_cached_key(show);
    all.dedup();
    Json::Array(all)
}
