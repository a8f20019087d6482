//! Look-up keys: properties of events, such as an order number, by which the search box finds whose an event was. Table: `event_keys`, with
//! one row for each marked property of an event; it moves and goes with the event.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::db::{
    ids::{DefinitionId, EnvironmentId, ProfileId},
    schema::event_keys,
    sql_query,
};

/// Longest value that is a key, in characters.
const LONGEST: usize = 200;
/// Most properties of an event that can be marked.
pub const MOST_MARKED: usize = 5;

/// A key of an event.
#[derive(Clone, Debug)]
pub struct EventKey {
    pub profile: ProfileId,
    pub occurred_at: DateTime<Utc>,
    pub event: Uuid,
    pub definition: DefinitionId,
    pub property: String,
    /// As [`lookup_key`] has it.
    pub value: String,
}

/// A text as a key: in lower case, without the number sign that people write before a number. `None`: it is empty or has more than 200
/// characters.
pub fn lookup_key(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('#');
    let is_one = !text.is_empty() && text.chars().nth(LONGEST).is_none() && !text.contains(char::is_control);
    is_one.then(|| text.to_lowercase())
}

/// The keys among properties, where these are `marked`: texts and numbers.
pub fn keys_of(properties: &Map<String, Value>, marked: &[String]) -> Vec<(String, String)> {
    let key = |name: &String| {
        let value = match properties.get(name)? {
            Value::String(text) => lookup_key(text),
            Value::Number(number) => lookup_key(&number.to_string()),
            _ => None,
        };
        Some((name.clone(), value?))
    };
    marked.iter().filter_map(key).collect()
}

/// Writes keys in one SQL statement, or none if there are none. Those that are there stay.
pub fn write_keys(conn: &mut PgConnection, environment: EnvironmentId, keys: &[EventKey]) -> QueryResult<usize> {
    if keys.is_empty() {
        return Ok(0);
    }
    sql_query(
        "INSERT INTO event_keys (environment_id, profile_id, occurred_at, event_id, definition_id, property, value) \
         SELECT $1, u.* FROM unnest($2, $3, $4, $5, $6, $7) AS u ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.profile.0).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(keys.iter().map(|key| key.occurred_at).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.event).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.definition.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.property.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.value.as_str()).collect::<Vec<_>>())
    .execute(conn)
}

/// [`write_keys`] through `COPY`; none of them may be there.
pub fn copy_keys(conn: &mut PgConnection, environment: EnvironmentId, keys: Vec<EventKey>) -> QueryResult<usize> {
    if keys.is_empty() {
        return Ok(0);
    }
    let row = |key: EventKey| {
        (
            event_keys::environment_id.eq(environment),
            event_keys::profile_id.eq(key.profile),
            event_keys::occurred_at.eq(key.occurred_at),
            event_keys::event_id.eq(key.event),
            event_keys::definition_id.eq(key.definition),
            event_keys::property.eq(key.property),
            event_keys::value.eq(key.value),
        )
    };
    diesel::copy_from(event_keys::table).from_insertable(keys.into_iter().map(row).collect::<Vec<_>>()).execute(conn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_numbers_are_keys_in_any_writing() {
        let properties =
            json!({"order_id": " #A-1001 ", "n": 1001, "list": ["A-1"], "long": "x".repeat(201), "empty": " #"});
        let Value::Object(properties) = properties else { unreachable!() };
        let marked: Vec<String> = ["order_id", "n", "list", "long", "empty", "none"].map(str::to_owned).into();
        let keys: Vec<String> =
            keys_of(&properties, &marked).into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        assert_eq!(keys, ["order_id a-1001", "n 1001"]);
        assert_eq!(lookup_key("a-1001"), lookup_key("#A-1001"));
    }
}
