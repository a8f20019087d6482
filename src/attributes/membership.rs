//! Definitions of attributes that follow a segment. Table: `attribute_definitions`.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::{AttributeName, AttributeType, NewDefinition};
use crate::db::{ids::EnvironmentId, schema::attribute_definitions};

/// Defines the attribute that says whether people belong to a segment, or takes it into use again.
pub fn define_membership(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    new: &NewDefinition,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let decided = (
        attribute_definitions::display_name.eq(&new.display_name),
        attribute_definitions::description.eq(&new.description),
        attribute_definitions::type_.eq(AttributeType::Boolean.as_str()),
        attribute_definitions::is_typed.eq(true),
        attribute_definitions::origin.eq("membership"),
        attribute_definitions::retired_at.eq(None::<DateTime<Utc>>),
    );
    diesel::insert_into(attribute_definitions::table)
        .values((
            attribute_definitions::environment_id.eq(environment.0),
            attribute_definitions::name.eq(new.name.as_str()),
            attribute_definitions::created_at.eq(now),
            decided,
        ))
        .on_conflict((attribute_definitions::environment_id, attribute_definitions::name))
        .do_update()
        .set(decided)
        .execute(conn)
}

/// Retires the attribute of a segment that is shared no more: its values stay, and people may change them again.
pub fn release_membership(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &AttributeName,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(attribute_definitions::table.find((environment.0, name.as_str())))
        .set((attribute_definitions::origin.eq("said"), attribute_definitions::retired_at.eq(now)))
        .execute(conn)
}
