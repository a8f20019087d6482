//! Changing the type of an attribute: the dry run, and the task that converts its values.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{AttributeName, AttributeType, AttributeValue, Attributes};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    ingest::{Item, Person, Statement},
    jobs::{self, Chunk, StoredTask, Task},
    json::Json,
    registers::Correction,
};

/// Profiles read by one statement, with or without a value: few enough for its time limit, whatever their size.
const WINDOW: i64 = 2_000;
/// Values that a dry run looks at.
const MOST_VALUES: i64 = 100_000;
/// Time that a dry run takes at most.
const PATIENCE: Duration = Duration::from_secs(3);
/// Different values that do not convert and are told apart.
const MOST_KINDS: usize = 1_000;
/// Values that do not convert and are listed.
pub const LISTED: usize = 100;
/// Profiles listed for each such value at most.
const NAMED: usize = 20;
/// Profiles listed for all such values together, so that the page stays light.
const NAMED_IN_ALL: usize = 300;

/// Result of a dry run of a change of type.
#[derive(Debug, Default)]
pub struct DryRun {
    /// Profiles that have a value.
    pub filled: i64,
    /// Profiles whose value has the type already.
    pub fitting: i64,
    /// Profiles whose value converts to the type.
    pub converting: i64,
    /// Profiles whose value does not convert, and stays.
    pub staying: i64,
    /// The values that stay, the most frequent first.
    pub values: Vec<Staying>,
    /// Number of different values that stay and are not listed.
    pub unlisted: usize,
    /// Whether the dry run ended before it had looked at all profiles.
    pub is_partial: bool,
}

/// A value that does not convert, and stays.
#[derive(Debug)]
pub struct Staying {
    pub value: Value,
    /// Number of profiles that have it.
    pub count: i64,
    /// The first of these profiles, at most 20.
    pub profiles: Vec<ProfileId>,
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = Nullable<Jsonb>)]
    value: Option<Json>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Array<SqlUuid>)]
    profiles: Vec<Uuid>,
}

/// Looks at the values of profiles, in the order of their ids, without changing any.
pub fn dry_run(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    (name, to): (&str, AttributeType),
) -> QueryResult<DryRun> {
    let (started, mut run) = (Instant::now(), DryRun::default());
    let mut staying: HashMap<String, Staying> = HashMap::new();
    let mut after = Uuid::nil();
    loop {
        // The row without a value has the number of profiles in the window and its last profile.
        let groups: Vec<Group> = sql_query(
            "WITH w AS MATERIALIZED (SELECT id, attributes -> $3 AS value FROM profiles \
             WHERE environment_id = $1 AND id > $2 AND merged_into IS NULL ORDER BY id LIMIT $4) \
             SELECT value, count(*) AS count, (array_agg(id ORDER BY id))[1:20] AS profiles FROM w WHERE value IS NOT NULL GROUP BY value \
             UNION ALL SELECT NULL, (SELECT count(*) FROM w), ARRAY(SELECT id FROM w ORDER BY id DESC LIMIT 1)",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(after)
        .bind::<Text, _>(name)
        .bind::<BigInt, _>(WINDOW)
        .load(conn)?;
        let (mut seen, mut last) = (0, None);
        for group in groups {
            match group.value {
                Some(Json(value)) => run.add(to, value, group.count, group.profiles, &mut staying),
                None => (seen, last) = (group.count, group.profiles.first().copied()),
            }
        }
        match last {
            Some(id) if seen == WINDOW => after = id,
            _ => break,
        }
        if run.filled >= MOST_VALUES || started.elapsed() >= PATIENCE {
            run.is_partial = true;
            break;
        }
    }
    run.list(staying);
    Ok(run)
}

impl DryRun {
    fn add(
        &mut self,
        to: AttributeType,
        value: Value,
        count: i64,
        profiles: Vec<Uuid>,
        staying: &mut HashMap<String, Staying>,
    ) {
        self.filled += count;
        match to.convert(&value) {
            Some(read) if read == value => self.fitting += count,
            Some(_) => self.converting += count,
            None => {
                self.staying += count;
                let text = value.to_string();
                if staying.len() < MOST_KINDS || staying.contains_key(&text) {
                    let new = || Staying { value, count: 0, profiles: Vec::new() };
                    let known = staying.entry(text).or_insert_with(new);
                    known.count += count;
                    let room = NAMED.saturating_sub(known.profiles.len());
                    known.profiles.extend(profiles.into_iter().take(room).map(ProfileId));
                } else {
                    self.unlisted += 1;
                }
            }
        }
    }

    fn list(&mut self, staying: HashMap<String, Staying>) {
        let mut all: Vec<(String, Staying)> = staying.into_iter().collect();
        all.sort_by(|(text, one), (other, two)| two.count.cmp(&one.count).then_with(|| text.cmp(other)));
        self.unlisted += all.len().saturating_sub(LISTED);
        all.truncate(LISTED);
        let each = (NAMED_IN_ALL / all.len().max(1)).clamp(1, NAMED);
        self.values = all.into_iter().map(|(_, value)| value).collect();
        for value in &mut self.values {
            value.profiles.truncate(each);
        }
    }
}

/// Task that converts the values of an attribute to a type, where possible.
#[derive(Debug, Serialize, Deserialize)]
pub struct Retype {
    /// Name of the attribute.
    pub name: String,
    /// New type.
    pub to: AttributeType,
}

impl StoredTask for Retype {
    const KIND: &'static str = "retype";
}

impl Task for Retype {
    /// A converted value keeps its age: a correction is never older than what it corrects.
    fn as_of(&self, _now: DateTime<Utc>) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Chunk> {
        next(conn, environment, &self.name, self.to, after)
    }
}

/// The next profiles whose value has another type than `to`. Dates are texts in JSON, so for these all values are read.
fn next(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    name: &str,
    to: AttributeType,
    after: Option<ProfileId>,
) -> QueryResult<Chunk> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Jsonb)]
        value: Json,
    }
    let json = match to {
        AttributeType::Text => "string",
        AttributeType::Number => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "",
        AttributeType::List => "array",
        AttributeType::Object => "object",
    };
    let from = after.map_or(Uuid::nil(), |profile| profile.0);
    let rows: Vec<Row> = sql_query(
        "SELECT id, value FROM (SELECT id, attributes -> $3 AS value FROM profiles \
         WHERE environment_id = $1 AND id > $2 AND merged_into IS NULL ORDER BY id LIMIT $6) w \
         WHERE value IS NOT NULL AND jsonb_typeof(value) <> $4 ORDER BY id LIMIT $5",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(from)
    .bind::<Text, _>(name)
    .bind::<Text, _>(json)
    .bind::<BigInt, _>(jobs::AT_ONCE)
    .bind::<BigInt, _>(WINDOW)
    .load(conn)?;
    let mut chunk = Chunk { looked_at: rows.len(), ..Chunk::default() };
    chunk.reached = rows.last().map(|row| ProfileId(row.id));
    for row in rows {
        match fix(name, to, &row.value.0) {
            Some(Some(fix)) => chunk.items.push(said(ProfileId(row.id), fix)),
            Some(None) => {}
            None => chunk.refused += 1,
        }
    }
    if i64::try_from(chunk.looked_at).is_ok_and(|count| count < jobs::AT_ONCE) {
        let (last, count) = window(conn, environment, from)?;
        (chunk.reached, chunk.looked_at) = (last.map(ProfileId), usize::try_from(count).unwrap_or(0));
    }
    Ok(chunk)
}

/// The last profile of a window, and the number of its profiles.
fn window(conn: &mut PgConnection, environment: EnvironmentId, from: Uuid) -> QueryResult<(Option<Uuid>, i64)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        last: Option<Uuid>,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let found: Row = sql_query(
        "WITH w AS (SELECT id FROM profiles WHERE environment_id = $1 AND id > $2 AND merged_into IS NULL ORDER BY id LIMIT $3) \
         SELECT (SELECT id FROM w ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*) FROM w) AS count",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(from)
    .bind::<BigInt, _>(WINDOW)
    .get_result(conn)?;
    Ok((found.last, found.count))
}

/// The correction that converts a value: `Some(None)` if it has the type already, `None` if it does not convert.
fn fix(name: &str, to: AttributeType, value: &Value) -> Option<Option<Correction>> {
    let read = to.convert(value)?;
    if read == *value {
        return Some(None);
    }
    let name = AttributeName::new(name).ok()?;
    let (was, becomes) = (AttributeValue::stored(value.clone()), AttributeValue::new(&name, read).ok()?);
    Some(Some(Correction::new::<Attributes>(name, Some(&Some(was)), Some(becomes))))
}

/// A correction of one profile. The value keeps its meaning, so it keeps its age: a correction is at least as new as what it corrects.
fn said(profile: ProfileId, fix: Correction) -> Item {
    let as_of: DateTime<Utc> = DateTime::UNIX_EPOCH;
    Item { person: Person::Profile(profile), as_of, statement: Statement::Correct(vec![fix]) }
}
