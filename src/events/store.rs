//! Reads and writes definitions of events, and counts their events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz},
};
use serde_json::Value;

use super::{sign, volume::Days};
use crate::{
    db::{
        ids::{DefinitionId, EnvironmentId},
        keyset::{Page, Seek},
        schema::event_definitions,
        sql_query,
    },
    json::Json,
    web::Icon,
};

/// A definition of an event.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = event_definitions)]
pub struct EventDefinition {
    pub id: DefinitionId,
    /// `event`, `page` or `screen`.
    pub kind: String,
    /// Name of the event, as senders say it.
    pub name: String,
    /// Name for people; empty if there is none.
    pub display_name: String,
    /// Description for people; empty if there is none.
    pub description: String,
    /// Sign, as [`sign`] reads it.
    icon: String,
    /// Properties shown in an open entry; empty: all.
    pub shown: Vec<String>,
    /// Properties in the one-line summary; empty: the most telling one.
    pub summary: Vec<String>,
    /// Whether the event shows that the person is there.
    pub is_activity: bool,
    /// Whether the event is about a message.
    pub is_message: bool,
    /// Property with the revenue of an order; `None`: the event is no order.
    pub revenue: Option<String>,
    /// Properties by which the search box finds whose the event was.
    pub lookup_keys: Vec<String>,
    /// Days for which events are kept; `None`: for good.
    pub keep_days: Option<i32>,
    /// Time at which the definition was made.
    pub created_at: DateTime<Utc>,
}

impl EventDefinition {
    /// Label for people.
    pub fn label(&self) -> &str {
        if self.display_name.is_empty() { &self.name } else { &self.display_name }
    }

    /// Sign of the event; `None`: the usual one.
    pub fn icon(&self) -> Option<Icon> {
        sign(&self.icon)
    }

    /// Retention in words.
    pub fn kept(&self) -> String {
        match self.keep_days {
            None => "forever".to_owned(),
            Some(1) => "1 day".to_owned(),
            Some(days) => format!("{days} days"),
        }
    }
}

/// Definitions on one page.
pub const PAGE: usize = 50;

/// One page of the definitions with `typed` in name or display name, in alphabetical order.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    way: &Seek<DefinitionId>,
) -> QueryResult<Page<EventDefinition>> {
    let place = way.place().map(|id| id.0);
    let forwards = "SELECT d.* FROM event_definitions d WHERE d.environment_id = $1 \
           AND (strpos(lower(d.name), lower($2)) > 0 OR strpos(lower(d.display_name), lower($2)) > 0) \
           AND ($3 IS NULL OR (lower(d.name), d.id) > (SELECT lower(p.name), p.id FROM event_definitions p \
               WHERE p.environment_id = $1 AND p.id = $3)) \
         ORDER BY lower(d.name), d.id LIMIT $4";
    let backwards = "SELECT d.* FROM event_definitions d WHERE d.environment_id = $1 \
           AND (strpos(lower(d.name), lower($2)) > 0 OR strpos(lower(d.display_name), lower($2)) > 0) \
           AND (lower(d.name), d.id) < (SELECT lower(p.name), p.id FROM event_definitions p \
               WHERE p.environment_id = $1 AND p.id = $3) \
         ORDER BY lower(d.name) DESC, d.id DESC LIMIT $4";
    let rows: Vec<EventDefinition> = sql_query(if way.is_backwards() { backwards } else { forwards })
        .bind::<SmallInt, _>(environment)
        .bind::<Text, _>(typed)
        .bind::<Nullable<Integer>, _>(place)
        .bind::<BigInt, _>(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
        .load(conn)?;
    Ok(Page::from_read(rows, PAGE, way))
}

/// One definition; `None` if the environment has no such one.
pub fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: DefinitionId,
) -> QueryResult<Option<EventDefinition>> {
    event_definitions::table
        .find(id)
        .filter(event_definitions::environment_id.eq(environment))
        .select(EventDefinition::as_select())
        .first(conn)
        .optional()
}

/// Whether an event, not a page or screen, has this name.
pub fn is_known(conn: &mut PgConnection, environment: EnvironmentId, name: &str) -> QueryResult<bool> {
    let found: Option<DefinitionId> = event_definitions::table
        .filter(event_definitions::environment_id.eq(environment))
        .filter(event_definitions::kind.eq("event").and(event_definitions::name.eq(name)))
        .select(event_definitions::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Most events that are counted for a definition, the newest: a chart needs no more, and the page must not take long.
const MOST_EVENTS: i64 = 200_000;

/// Number of events on each day, in one SQL statement.
pub fn volumes(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    ids: &[DefinitionId],
    days: Days,
) -> QueryResult<BTreeMap<DefinitionId, Vec<i64>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        definition_id: DefinitionId,
        #[diesel(sql_type = Integer)]
        day: i32,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT u.id AS definition_id, floor(extract(epoch FROM e.occurred_at - $3) / 86400)::int AS day, count(*) AS n \
         FROM unnest($2) AS u (id) CROSS JOIN LATERAL (SELECT occurred_at FROM events WHERE environment_id = $1 \
             AND definition_id = u.id AND occurred_at >= $3 AND occurred_at < $4 ORDER BY occurred_at DESC LIMIT $5) e GROUP BY 1, 2",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Integer>, _>(ids)
    .bind::<Timestamptz, _>(days.from())
    .bind::<Timestamptz, _>(days.end())
    .bind::<BigInt, _>(MOST_EVENTS)
    .load(conn)?;
    let mut volumes: BTreeMap<DefinitionId, Vec<i64>> = ids.iter().map(|id| (*id, vec![0; days.count])).collect();
    for Row { definition_id, day, n } in rows {
        let counts = volumes.get_mut(&definition_id);
        if let Some(count) = counts.zip(usize::try_from(day).ok()).and_then(|(counts, day)| counts.get_mut(day)) {
            *count = n;
        }
    }
    Ok(volumes)
}

/// Time of each definition's newest event before `until`, in one SQL statement.
pub fn last_seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    ids: &[DefinitionId],
    until: DateTime<Utc>,
) -> QueryResult<BTreeMap<DefinitionId, DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        id: DefinitionId,
        #[diesel(sql_type = Timestamptz)]
        occurred_at: DateTime<Utc>,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT u.id, e.occurred_at FROM unnest($2) AS u (id) CROSS JOIN LATERAL (SELECT occurred_at FROM events \
             WHERE environment_id = $1 AND definition_id = u.id AND occurred_at < $3 ORDER BY occurred_at DESC LIMIT 1) e",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Integer>, _>(ids)
    .bind::<Timestamptz, _>(until)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.occurred_at)).collect())
}

/// Most events that are examined for their properties.
pub const EXAMPLES: i64 = 200;

/// The properties of the newest events, at most [`EXAMPLES`].
pub fn examples(conn: &mut PgConnection, environment: EnvironmentId, id: DefinitionId) -> QueryResult<Vec<Value>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Jsonb)]
        properties: Json,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT properties FROM events WHERE environment_id = $1 AND definition_id = $2 ORDER BY occurred_at DESC LIMIT $3",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Integer, _>(id)
    .bind::<BigInt, _>(EXAMPLES)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.properties.0).collect())
}

/// Up to how many events are counted exactly before a deletion.
pub const MOST_COUNTED: i64 = 100_000;

/// Number of events from before `until`; one more than [`MOST_COUNTED`] if there are more than that.
pub fn count_older(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: DefinitionId,
    until: DateTime<Utc>,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let count: Count = sql_query(
        "SELECT count(*) AS n FROM (SELECT FROM events WHERE environment_id = $1 AND definition_id = $2 AND occurred_at < $3 \
         LIMIT $4) e",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Integer, _>(id)
    .bind::<Timestamptz, _>(until)
    .bind::<BigInt, _>(MOST_COUNTED + 1)
    .get_result(conn)?;
    Ok(count.n)
}

/// What operators decide about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Name for people; empty: the event's own name.
    pub display_name: String,
    /// Sign; `None`: the usual one.
    pub icon: Option<Icon>,
    /// Description for people; empty if there is none.
    pub description: String,
    /// Properties shown in an open entry; empty: all.
    pub shown: Vec<String>,
    /// Properties in the one-line summary; empty: the most telling one.
    pub summary: Vec<String>,
    /// Whether the event shows that the person is there.
    pub is_activity: bool,
    /// Whether the event is about a message.
    pub is_message: bool,
    /// Property with the revenue of an order; `None`: the event is no order.
    pub revenue: Option<String>,
    /// Properties by which the search box finds whose the event was, at most [`MOST_MARKED`](super::keys::MOST_MARKED).
    pub lookup_keys: Vec<String>,
}

/// What was decided before.
#[derive(QueryableByName)]
pub struct Before {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Bool)]
    pub is_activity: bool,
    #[diesel(sql_type = Array<Text>)]
    pub lookup_keys: Vec<String>,
}

/// Writes what an operator decided. Returns what was decided before; `None` if there is no such definition.
pub fn update(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: DefinitionId,
    decided: &Decided,
) -> QueryResult<Option<Before>> {
    sql_query(
        "WITH before AS (SELECT id, is_activity, lookup_keys FROM event_definitions WHERE environment_id = $1 AND id = $2) \
         UPDATE event_definitions d SET display_name = $3, icon = $4, description = $5, shown = $6, summary = $7, \
             is_activity = $8, is_message = $9, revenue = $10, lookup_keys = $11 \
         FROM before WHERE d.environment_id = $1 AND d.id = before.id RETURNING d.name, before.is_activity, before.lookup_keys",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Integer, _>(id)
    .bind::<Text, _>(&decided.display_name)
    .bind::<Text, _>(decided.icon.map_or("", Icon::as_str))
    .bind::<Text, _>(&decided.description)
    .bind::<Array<Text>, _>(&decided.shown)
    .bind::<Array<Text>, _>(&decided.summary)
    .bind::<Bool, _>(decided.is_activity)
    .bind::<Bool, _>(decided.is_message)
    .bind::<Nullable<Text>, _>(&decided.revenue)
    .bind::<Array<Text>, _>(&decided.lookup_keys)
    .get_result(conn)
    .optional()
}

/// Sets the retention in days (`None`: for good). Returns its name; `None` if there is no such definition.
pub fn set_kept(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: DefinitionId,
    days: Option<i32>,
) -> QueryResult<Option<String>> {
    diesel::update(event_definitions::table.find(id))
        .filter(event_definitions::environment_id.eq(environment))
        .set(event_definitions::keep_days.eq(days))
        .returning(event_definitions::name)
        .get_result(conn)
        .optional()
}
