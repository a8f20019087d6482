use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_query,
    sql_types::{Array, Bool, Integer, SmallInt, Text, Timestamptz},
};

use super::EventName;
use crate::db::{
    ids::{DefinitionId, EnvironmentId},
    schema::event_definitions,
};

/// The definitions of these names, made for those never seen before. Not part of the transaction that writes events: a
/// definition is shared by everybody, and would be a place to wait for each other.
pub fn ensure(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    names: &BTreeSet<&EventName>,
    now: DateTime<Utc>,
) -> QueryResult<HashMap<String, (DefinitionId, bool)>> {
    loop {
        let known = find(conn, environment, names)?;
        let missing: Vec<&str> =
            names.iter().map(|name| name.as_str()).filter(|name| !known.contains_key(*name)).collect();
        if missing.is_empty() {
            return Ok(known);
        }
        // Two processes may choose the same number: one of them then finds nothing inserted and looks again.
        sql_query(
            "INSERT INTO event_definitions (id, environment_id, name, is_activity, created_at) \
             SELECT (SELECT coalesce(max(id), 0) FROM event_definitions) + row_number() OVER (), $1, u.name, u.active, $4 \
             FROM unnest($2, $3) AS u (name, active) ON CONFLICT DO NOTHING",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<Array<Text>, _>(&missing)
        .bind::<Array<Bool>, _>(missing.iter().map(|name| is_activity(name)).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now)
        .execute(conn)?;
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Integer)]
    id: DefinitionId,
    #[diesel(sql_type = Bool)]
    is_activity: bool,
}

fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    names: &BTreeSet<&EventName>,
) -> QueryResult<HashMap<String, (DefinitionId, bool)>> {
    let found: Vec<Found> =
        sql_query("SELECT name, id, is_activity FROM event_definitions WHERE environment_id = $1 AND name = ANY($2)")
            .bind::<SmallInt, _>(environment)
            .bind::<Array<Text>, _>(names.iter().map(|name| name.as_str()).collect::<Vec<_>>())
            .load(conn)?;
    Ok(found.into_iter().map(|row| (row.name, (row.id, row.is_activity))).collect())
}

/// Names of the environment's events in alphabetical order, at most 500, for choosing one.
pub fn names(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<String>> {
    event_definitions::table
        .filter(event_definitions::environment_id.eq(environment.0))
        .order(event_definitions::name)
        .select(event_definitions::name)
        .limit(500)
        .load(conn)
}

/// Last words of what is done *for* somebody: it does not show that they are there (S7.3, S7.4).
const DONE_FOR: [&str; 8] =
    ["sent", "delivered", "bounced", "dropped", "failed", "undelivered", "suppressed", "queued"];

/// Whether an event of this name is a sign of life, before anybody says otherwise.
pub fn is_activity(name: &str) -> bool {
    let last = name.rsplit([' ', '_', '-', '.']).next().unwrap_or_default().to_lowercase();
    !DONE_FOR.contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_activity;

    #[test]
    fn what_is_done_for_somebody_is_no_sign_of_life() {
        assert!(is_activity("Order Completed") && is_activity("page.visit"));
        assert!(!is_activity("Email Delivered") && !is_activity("message_sent"));
    }
}
