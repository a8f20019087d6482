//! What people decided about attributes: the catalogue's rows. Table: `attribute_definitions`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::{AttributeName, AttributeType};
use crate::db::{ids::EnvironmentId, schema::attribute_definitions};

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

    fn from_stored(name: &str) -> Self {
        match name {
            "calculated" => Self::Calculated,
            "membership" => Self::Membership,
            _ => Self::Said,
        }
    }
}

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
}

/// A row as stored, in the order of the table's columns but for the environment.
type Row = (
    (String, String, String, String, bool, String),
    (bool, bool, bool, Option<i32>, DateTime<Utc>, Option<DateTime<Utc>>),
);

fn read(((name, display_name, description, kind, is_typed, origin), flags): Row) -> Definition {
    let (in_table, is_filterable, is_sensitive, place, created_at, retired_at) = flags;
    Definition {
        name,
        display_name,
        description,
        kind: AttributeType::from_name(&kind).unwrap_or_default(),
        is_typed,
        origin: Origin::from_stored(&origin),
        in_table,
        is_filterable,
        is_sensitive,
        place,
        created_at,
        retired_at,
    }
}

/// What [`read`] reads.
macro_rules! columns {
    () => {{
        use attribute_definitions as d;
        (
            (d::name, d::display_name, d::description, d::type_, d::is_typed, d::origin),
            (d::in_table, d::is_filterable, d::is_sensitive, d::place, d::created_at, d::retired_at),
        )
    }};
}

/// The definitions of these attributes by name, one statement for all.
pub fn definitions(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    names: &[&str],
) -> QueryResult<BTreeMap<String, Definition>> {
    let rows: Vec<Row> = attribute_definitions::table
        .filter(attribute_definitions::environment_id.eq(environment.0))
        .filter(attribute_definitions::name.eq_any(names))
        .select(columns!())
        .load(conn)?;
    Ok(rows.into_iter().map(read).map(|definition| (definition.name.clone(), definition)).collect())
}
