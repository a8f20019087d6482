//! The register of tags: each is on or off.

use serde_json::Value as Json;

use super::Tag;
use crate::{
    ledger::ChangeKind,
    registers::{Correction, Facts, Guard, Kept, Register, Table},
};

/// Register of tags: each is on or off, and off without a statement.
pub struct Tags;

impl Tags {
    /// A correction that adds or removes a tag, whatever its present state.
    pub fn put(tag: Tag, is_on: bool) -> Correction {
        Correction::new::<Self>(tag, Some(&!is_on), is_on)
    }

    /// Tags that are on.
    pub fn on(facts: &Facts) -> impl Iterator<Item = &str> {
        facts.rows::<Self>().filter(|(_, is_on, _)| **is_on).map(|(tag, ..)| tag.as_str())
    }
}

impl Register for Tags {
    type Key = Tag;
    type Value = bool;

    const KIND: ChangeKind = ChangeKind::Tag;
    const SECTION: &'static str = "Tags";
    const TABLE: Option<Table<Self>> = None;

    fn key(subject: &str) -> Option<Tag> {
        Some(Tag::stored(subject.to_owned()))
    }

    fn read(tag: &Tag, shown: &Json) -> Option<bool> {
        Tag::new(tag.as_str()).ok().and(shown.as_bool())
    }

    fn removed() -> Option<bool> {
        Some(false)
    }

    /// Of a tag added and removed at one time, the removal wins.
    fn outranks(_: &Tag, said: &bool, had: &bool) -> bool {
        !said && *had
    }

    fn keeps(_: &Tag, own: &bool, theirs: &bool) -> Kept<bool> {
        Kept::Both(*own || *theirs)
    }

    /// Adding a tag overwrites nothing.
    fn guard(_: &Tag, had: &bool, said: &bool) -> Guard {
        if *had && !said { Guard::Overwrites } else { Guard::Free }
    }
}
