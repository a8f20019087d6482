//! Definitions of attributes: the catalogue's rows.

use chrono::{DateTime, Utc};
use diesel::AsChangeset;

use super::{AttributeName, AttributeType};
use crate::db::schema::attribute_definitions;

/// Source of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Statements of senders, imports and operators.
    Said,
    /// Calculated by kith from events (M8.6).
    Calculated,
    /// Kept by kith in step with a segment (S6.5).
    Membership,
}

impl Origin {
    /// Why operators cannot change such a value; `None` if they can.
    pub fn why_fixed(self) -> Option<&'static str> {
        match self {
            Self::Said => None,
            Self::Calculated => Some("is calculated from events, so it cannot be changed by hand"),
            Self::Membership => Some("follows a segment, so it changes only when people enter or leave the segment"),
        }
    }

    /// Label of the mark beside a name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Calculated => "calculated",
            Self::Membership => "membership",
        }
    }

    /// Who states the values, for people.
    pub fn said_by(self) -> &'static str {
        match self {
            Self::Said => "Systems, imports and operators",
            Self::Calculated => "kith, which calculates them from events",
            Self::Membership => "kith, which updates them from a segment",
        }
    }

    /// Parses a stored origin.
    pub fn from_stored(name: &str) -> Self {
        match name {
            "calculated" => Self::Calculated,
            "membership" => Self::Membership,
            _ => Self::Said,
        }
    }
}

/// Longest label in a message, in characters.
const LONGEST_LABEL: usize = 60;

/// Definition of an attribute (S3.5).
#[derive(Clone, Debug)]
pub struct Definition {
    /// Source name, as senders send it.
    pub name: String,
    /// Display name; empty if none was given.
    pub display_name: String,
    /// Description; may be empty.
    pub description: String,
    /// Type of the values.
    pub kind: AttributeType,
    /// Whether an operator chose the type; else it was guessed from the first value.
    pub is_typed: bool,
    pub origin: Origin,
    /// Whether it is a column of the list of profiles (F4.2).
    pub in_table: bool,
    /// Whether an index finds ranges of its values.
    pub is_indexed: bool,
    /// Whether its values are masked until an operator reveals them.
    pub is_sensitive: bool,
    /// Position on profiles; without one it follows those that have one, by name.
    pub place: Option<i32>,
    /// Time of the first value or of the definition.
    pub created_at: DateTime<Utc>,
    /// Time of retirement; a retired attribute is no longer offered.
    pub retired_at: Option<DateTime<Utc>>,
}

impl Definition {
    /// Label for people: the display name, else the source name made readable.
    pub fn label(&self) -> String {
        if self.display_name.is_empty() { AttributeName::humanise(&self.name) } else { self.display_name.clone() }
    }

    /// [`Definition::label`], shortened for messages.
    pub fn short_label(&self) -> String {
        let label = self.label();
        match label.char_indices().nth(LONGEST_LABEL) {
            Some((end, _)) => format!("{}…", &label[..end]),
            None => label,
        }
    }
}

/// An attribute to create.
#[derive(Clone, Debug)]
pub struct NewDefinition {
    pub name: AttributeName,
    pub display_name: String,
    pub description: String,
    pub kind: AttributeType,
}

/// New settings of an attribute.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = attribute_definitions, treat_none_as_null = true)]
pub struct Changes {
    pub display_name: String,
    pub description: String,
    pub place: Option<i32>,
    pub in_table: bool,
    pub is_indexed: bool,
    pub is_sensitive: bool,
}
