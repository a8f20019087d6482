//! Rows of rejections. Table: `rejections`.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, dsl::count_star, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::Rejection;
use crate::{
    db::{
        ids::{EnvironmentId, KeyId, new_id},
        keyset::{Cursor, Page, Seek, beyond, seek},
        schema::rejections,
    },
    json::Json,
};

/// Rejections stored of an environment; some more until they are swept.
const KEPT: i64 = 10_000;
/// Days that a rejection is stored at most.
const KEPT_DAYS: i64 = 30;
pub const PAGE: usize = 50;

/// Stores the rejections of one call.
pub fn insert(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    key: KeyId,
    received_at: DateTime<Utc>,
    rows: &[(Value, Rejection)],
) -> QueryResult<usize> {
    let row = |(item, rejection): &(Value, Rejection)| {
        (
            rejections::environment_id.eq(environment.0),
            rejections::received_at.eq(received_at),
            rejections::id.eq(new_id(received_at)),
            rejections::key_id.eq(key.0),
            rejections::format.eq(rejection.format.as_str()),
            rejections::kind.eq(rejection.kind),
            rejections::code.eq(rejection.refused.code.as_str()),
            rejections::field.eq(rejection.refused.field.replace('\0', "")),
            rejections::message.eq(rejection.refused.message.replace('\0', "")),
            rejections::item.eq(Json(item.clone())),
            rejections::index.eq(i32::try_from(rejection.index).unwrap_or(i32::MAX)),
            rejections::rest_kept.eq(rejection.is_rest_kept),
        )
    };
    diesel::insert_into(rejections::table).values(rows.iter().map(row).collect::<Vec<_>>()).execute(conn)
}

/// Removes rejections older than 30 days: their items may name people who have been erased since.
pub fn sweep_old(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(rejections::table.filter(rejections::received_at.lt(now - TimeDelta::days(KEPT_DAYS)))).execute(conn)
}

/// Removes all but the newest 10,000 of an environment.
pub fn sweep(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<usize> {
    let oldest: Option<(DateTime<Utc>, Uuid)> = rejections::table
        .filter(rejections::environment_id.eq(environment.0))
        .order((rejections::received_at.desc(), rejections::id.desc()))
        .select((rejections::received_at, rejections::id))
        .offset(KEPT - 1)
        .limit(1)
        .first(conn)
        .optional()?;
    let Some(oldest) = oldest else { return Ok(0) };
    let older = beyond!(oldest, lt le, (rejections::received_at, rejections::id));
    diesel::delete(rejections::table.filter(rejections::environment_id.eq(environment.0)).filter(older)).execute(conn)
}

/// Rejections by key and code.
pub fn counts(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(KeyId, String, i64)>> {
    rejections::table
        .filter(rejections::environment_id.eq(environment.0))
        .group_by((rejections::key_id, rejections::code))
        .select((rejections::key_id, rejections::code, count_star()))
        .order(count_star().desc())
        .limit(1000)
        .load(conn)
}

/// What is kept of a key's rejections, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfKey {
    /// Items, and parts of items, that are not stored.
    pub rejected: i64,
    /// Items of which an answer stays stricter than they say.
    pub kept_stricter: i64,
}

/// Number of rejections by key.
pub fn count_by_key(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<HashMap<KeyId, OfKey>> {
    let mut by_key: HashMap<KeyId, OfKey> = HashMap::new();
    for (key, code, count) in counts(conn, environment)? {
        let of_key = by_key.entry(key).or_default();
        let is_kept = code == super::codes::KEPT_STRICTER.as_str();
        *(if is_kept { &mut of_key.kept_stricter } else { &mut of_key.rejected }) += count;
    }
    Ok(by_key)
}

/// A rejection for its page.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub received_at: DateTime<Utc>,
    pub id: Uuid,
    pub key: KeyId,
    pub format: String,
    pub kind: String,
    pub code: String,
    pub field: String,
    pub message: String,
    #[diesel(deserialize_as = Json)]
    pub item: Value,
    pub index: i32,
    pub rest_kept: bool,
}

/// A page of at most `size` rejections, newest first.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    key: Option<KeyId>,
    code: Option<&str>,
    way: Seek<Cursor>,
    size: usize,
) -> QueryResult<Page<Row>> {
    let mut query = rejections::table
        .filter(rejections::environment_id.eq(environment.0))
        .select((
            rejections::received_at,
            rejections::id,
            rejections::key_id,
            rejections::format,
            rejections::kind,
            rejections::code,
            rejections::field,
            rejections::message,
            rejections::item,
            rejections::index,
            rejections::rest_kept,
        ))
        .limit(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(key) = key {
        query = query.filter(rejections::key_id.eq(key));
    }
    if let Some(code) = code {
        query = query.filter(rejections::code.eq(code));
    }
    query = seek!(query, way.columns(), true, (rejections::received_at, rejections::id));
    Ok(Page::from_read(query.load(conn)?, size, &way))
}
