//! What a predicate reads of a profile: when such a thing is said of somebody, it may have become true or false of them.

use std::{
    collections::BTreeSet,
    fmt::{Display, Formatter, Result},
};

use uuid::Uuid;

use super::predicate::{AddressRows, Leaf, Node, Predicate};

/// An aspect of a profile. Its text is the key under which segments are found that read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Whether there is such a profile at all, and everything of it.
    Profile,
    /// Names, identifiers and addresses, as the search box finds them.
    Search,
    Attribute(String),
    AnyTag,
    Tag(String),
    Identifiers,
    Addresses,
    Devices,
    Subscriptions,
    Consents,
    Restrictions,
    Notes,
    /// When they were last seen.
    Seen,
    /// Events of a definition.
    Events(i32),
    /// Membership of another segment.
    Segment(Uuid),
    /// Whether they were chosen for a segment.
    Chosen(Uuid),
}

impl Display for Aspect {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Profile => f.write_str("profile"),
            Self::Search => f.write_str("search"),
            Self::Attribute(name) => write!(f, "attribute:{name}"),
            Self::AnyTag => f.write_str("tag"),
            Self::Tag(tag) => write!(f, "tag:{tag}"),
            Self::Identifiers => f.write_str("identifier"),
            Self::Addresses => f.write_str("address"),
            Self::Devices => f.write_str("device"),
            Self::Subscriptions => f.write_str("subscription"),
            Self::Consents => f.write_str("consent"),
            Self::Restrictions => f.write_str("restriction"),
            Self::Notes => f.write_str("note"),
            Self::Seen => f.write_str("seen"),
            Self::Events(definition) => write!(f, "event:{definition}"),
            Self::Segment(segment) => write!(f, "segment:{segment}"),
            Self::Chosen(segment) => write!(f, "chosen:{segment}"),
        }
    }
}

impl Predicate {
    /// All that it reads. A profile that is new, merged or restored concerns every predicate.
    pub fn reads(&self) -> BTreeSet<Aspect> {
        let mut aspects = BTreeSet::from([Aspect::Profile]);
        self.root.add_reads(&mut aspects);
        aspects
    }
}

impl Node {
    fn add_reads(&self, aspects: &mut BTreeSet<Aspect>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.add_reads(aspects)),
            Self::Not(inside) => inside.add_reads(aspects),
            Self::Leaf(leaf) => aspects.extend(leaf.reads()),
        }
    }
}

impl Leaf {
    fn reads(&self) -> Vec<Aspect> {
        match self {
            Self::Search(_) => vec![Aspect::Search],
            Self::HasAttribute(name) | Self::Terms(name, _) | Self::Entry(name, _) | Self::Single(name, _) => {
                vec![Aspect::Attribute(name.clone())]
            }
            Self::Tags(None) => vec![Aspect::AnyTag],
            Self::Tags(Some(tags)) => tags.iter().cloned().map(Aspect::Tag).collect(),
            Self::Segments(segments) => segments.iter().copied().map(Aspect::Segment).collect(),
            Self::Chosen(segment) => vec![Aspect::Chosen(*segment)],
            Self::Seen(_) => vec![Aspect::Seen],
            Self::Disabled => vec![Aspect::Restrictions],
            Self::Recognised => vec![Aspect::Identifiers, Aspect::Addresses],
            Self::Answer { .. } => vec![Aspect::Subscriptions],
            Self::Address { test: AddressRows::Blocked, .. } => vec![Aspect::Addresses, Aspect::Restrictions],
            Self::Address { .. } => vec![Aspect::Addresses],
            Self::Can(_) => {
                vec![Aspect::Addresses, Aspect::Devices, Aspect::Restrictions, Aspect::Subscriptions, Aspect::Consents]
            }
            Self::Events(events) => events.definitions.iter().copied().map(Aspect::Events).collect(),
            Self::Note(_) => vec![Aspect::Notes],
            Self::Device(_) => vec![Aspect::Devices],
            Self::Identifier { .. } => vec![Aspect::Identifiers],
            // Neither ever changes but with the profile as a whole.
            Self::Created(_) | Self::Source(_) => Vec::new(),
        }
    }
}
