//! What people decided about attributes: the catalogue's rows.

use chrono::{DateTime, Utc};
use diesel::AsChangeset;

use super::{AttributeName, AttributeType};
use crate::db::schema::attribute_definitions;

/// Where an attribute's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Senders, imports and operators say them.
    Said,
    /// kith works them out of events (M8.6).
    Calculated,
    /// kith keeps them in step with a segment (S6.5).
    Membership,
}

impl Origin {
    /// Why people cannot change such a value, if they cannot.
    pub fn why_fixed(self) -> Option<&'static str> {
        match self {
            Self::Said => None,
            Self::Calculated => Some("is worked out from events by kith, so it cannot be changed by hand"),
            Self::Membership => Some("follows a segment, so it changes only when people enter or leave that"),
        }
    }

    /// As a mark beside a name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Calculated => "calculated",
            Self::Membership => "membership",
        }
    }

    /// Who says the values.
    pub fn said_by(self) -> &'static str {
        match self {
            Self::Said => "programs, imports and people",
            Self::Calculated => "kith, which works them out from events",
            Self::Membership => "kith, which keeps them in step with a segment",
        }
    }

    /// The origin as stored.
    pub fn from_stored(name: &str) -> Self {
        match name {
            "calculated" => Self::Calculated,
            "membership" => Self::Membership,
            _ => Self::Said,
        }
    }
}

/// Longest name in a message, in characters.
const LONGEST_LABEL: usize = 60;

/// An attribute as the catalogue has it (S3.5).
#[derive(Clone, Debug)]
pub struct Definition {
    /// As senders say it.
    pub name: String,
    /// As somebody called it; empty: nobody did.
    pub display_name: String,
    /// What it is about.
    pub description: String,
    /// Of what type its values are.
    pub kind: AttributeType,
    /// Somebody chose that type; else it is a guess.
    pub is_typed: bool,
    /// Where its values come from.
    pub origin: Origin,
    /// It is a column of the list of profiles (F4.2).
    pub in_table: bool,
    /// People may look for its values.
    pub is_filterable: bool,
    /// Its values are hidden until somebody asks for them.
    pub is_sensitive: bool,
    /// Its place on profiles; none: after those that have one, by name.
    pub place: Option<i32>,
    /// When it was first heard of.
    pub created_at: DateTime<Utc>,
    /// Since when it is no longer offered.
    pub retired_at: Option<DateTime<Utc>>,
}

impl Definition {
    /// As people read it.
    pub fn label(&self) -> String {
        if self.display_name.is_empty() { AttributeName::humanise(&self.name) } else { self.display_name.clone() }
    }

    /// [`Definition::label`] for messages, which have little room.
    pub fn short_label(&self) -> String {
        let label = self.label();
        match label.char_indices().nth(LONGEST_LABEL) {
            Some((end, _)) => format!("{}…", &label[..end]),
            None => label,
        }
    }
}

/// An attribute to be made.
#[derive(Clone, Debug)]
pub struct NewDefinition {
    pub name: AttributeName,
    pub display_name: String,
    pub description: String,
    pub kind: AttributeType,
}

/// What is to be known of an attribute from now on.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = attribute_definitions, treat_none_as_null = true)]
pub struct Changes {
    pub display_name: String,
    pub description: String,
    pub place: Option<i32>,
    pub in_table: bool,
    pub is_filterable: bool,
    pub is_sensitive: bool,
}
