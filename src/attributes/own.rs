//! Definitions of the attributes of one profile, or of given names, read inside another statement.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Definition,
    store::{Row, read},
};
use crate::db::Gathered;

/// Definitions of the attributes that a profile has, by name.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Row>")]
pub struct OwnDefinitions(pub BTreeMap<String, Definition>);

/// SQL for the definitions that satisfy a condition, as JSON.
macro_rules! definitions_where {
    ($condition:literal) => {
        concat!(
            "(SELECT coalesce(jsonb_agg(jsonb_build_array( \
                 jsonb_build_array(d.name, d.display_name, d.description, d.type, d.is_typed, d.origin), \
                 jsonb_build_array(d.in_table, d.is_indexed, d.is_sensitive, d.place, d.created_at, d.retired_at))), '[]') \
             FROM attribute_definitions d WHERE ",
            $condition,
            ")"
        )
    };
}

impl Gathered for OwnDefinitions {
    const SQL: &'static str = definitions_where!(
        "d.environment_id = p.environment_id AND d.name IN (SELECT jsonb_object_keys(p.attributes))"
    );
}

impl OwnDefinitions {
    /// SQL for the definitions of the names `$2` in the environment `$1`.
    pub const OF_NAMES: &'static str = definitions_where!("d.environment_id = $1 AND d.name = ANY($2)");
}

impl From<Vec<Row>> for OwnDefinitions {
    fn from(rows: Vec<Row>) -> Self {
        Self(rows.into_iter().map(read).map(|definition| (definition.name.clone(), definition)).collect())
    }
}
