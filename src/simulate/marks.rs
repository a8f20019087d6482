//! Marks in a database of generated data: rows of `audit_log` which say that filling it began, and that it is complete.

use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, PgJsonbExpressionMethods, QueryResult, prelude::*};
use serde_json::Value;

use crate::{
    db::{ids::new_id, schema::audit_log},
    json::{Json, JsonRef},
};

/// Detail of the newest row of that action with a detail that contains `about`.
pub fn find(conn: &mut PgConnection, action: &str, about: &Value) -> QueryResult<Option<Value>> {
    let newest = audit_log::table
        .filter(audit_log::action.eq(action).and(audit_log::detail.contains(JsonRef(about))))
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .select(audit_log::detail)
        .first(conn)
        .optional()?;
    Ok(newest.map(|detail: Json| detail.0))
}

pub fn add(conn: &mut PgConnection, action: &str, detail: &Value, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(new_id(now)),
            audit_log::at.eq(now),
            audit_log::action.eq(action),
            audit_log::detail.eq(JsonRef(detail)),
        ))
        .execute(conn)
}
