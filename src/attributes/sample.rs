//! Fill rate and frequent values of attributes: exact where there are few profiles, else from a sample.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Double, Jsonb, Nullable, SmallInt, Text},
};
use serde_json::Value;

use super::Definition;
use crate::{
    db::{ids::EnvironmentId, recent::Recent, sql_query},
    json::Json,
};

/// Up to this many profiles all are read.
const EXACT: i64 = 10_000;
/// Approximate sample size beyond that.
const SAMPLE: f64 = 5_000.0;
/// Smallest useful sample: below it a larger part of the table is drawn.
const TOO_FEW: i64 = 1_000;
/// Factor by which the part may grow, so that an environment that is a small part of the table does not cause a scan of all of it.
const WIDER: f64 = 20.0;
/// Lifetime of a measurement.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(60);

/// Measurement of one attribute.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Number of profiles read.
    pub looked_at: i64,
    /// Number of these that have a value.
    pub filled: i64,
    /// The most frequent values, at most ten, with the number of profiles; empty for sensitive attributes.
    pub top: Vec<(Value, i64)>,
    /// Whether all profiles were read.
    pub is_exact: bool,
}

impl Measured {
    /// Share of profiles with a value, as text.
    pub fn fill_rate(&self) -> String {
        let about = if self.is_exact { "" } else { "about " };
        match (self.filled * 100, self.looked_at) {
            (0, _) | (_, 0) if self.is_exact => "none".to_owned(),
            (0, _) | (_, 0) => "almost none".to_owned(),
            (part, all) if part < all => "under 1 %".to_owned(),
            (part, all) => format!("{about}{} %", part / all),
        }
    }

    /// Share of a value among the profiles that have one, in percent.
    pub fn share(&self, count: &i64) -> i64 {
        count * 100 / self.filled.max(1)
    }
}

/// Cached measurements.
#[derive(Default)]
pub struct Samples(Recent<(EnvironmentId, String), Measured>);

impl Samples {
    /// Measurements of these attributes, in their order.
    pub fn measure(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        asked: &[Definition],
        now: DateTime<Utc>,
    ) -> QueryResult<Vec<Measured>> {
        let key = |one: &Definition| (environment, one.name.clone());
        let known: Vec<Option<Measured>> = asked.iter().map(|one| self.0.get(&key(one), now, GOOD_FOR)).collect();
        let new: Vec<&Definition> =
            asked.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(one, _)| one).collect();
        let mut found = if new.is_empty() { BTreeMap::new() } else { look(conn, environment, &new)? };
        let measured = asked.iter().zip(known).map(|(one, known)| {
            known.unwrap_or_else(|| {
                let one_found = found.remove(&one.name).unwrap_or_default();
                self.0.put(key(one), one_found.clone(), now);
                one_found
            })
        });
        Ok(measured.collect())
    }

    /// Drops the measurements of an environment, because an attribute's sensitivity changed.
    pub fn forget(&self, environment: EnvironmentId) {
        self.0.forget(|(of, _)| *of == environment);
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    value: Option<Json>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    filled: i64,
}

/// The values of the profiles that the query `s` selects. A long value is cut to its beginning. The row without a name has the number of
/// profiles.
macro_rules! counted {
    ($profiles:literal) => {
        concat!(
            "WITH s AS MATERIALIZED (",
            $profiles,
            "), e AS (SELECT u.name, CASE WHEN u.hidden THEN NULL WHEN pg_column_size(a.value) <= 500 THEN a.value \
             ELSE to_jsonb(left(a.value::text, 200)) END AS value \
             FROM s CROSS JOIN jsonb_each(s.attributes) AS a JOIN unnest($2, $3) AS u (name, hidden) ON u.name = a.key), \
             g AS (SELECT name, value, count(*) AS count, (sum(count(*)) OVER (PARTITION BY name))::bigint AS filled, \
             row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, value) AS place FROM e GROUP BY name, value) \
             SELECT name, value, count, filled FROM (SELECT * FROM g WHERE place <= 10 ORDER BY name, place) t \
             UNION ALL SELECT NULL, NULL, (SELECT count(*) FROM s), 0"
        )
    };
}

const OF_ALL: &str =
    counted!("SELECT attributes FROM profiles WHERE environment_id = $1 AND merged_into IS NULL LIMIT 10001");

// The limit matters for a table without statistics.
const OF_SOME: &str = counted!(
    "SELECT attributes FROM profiles TABLESAMPLE SYSTEM ($4) WHERE environment_id = $1 AND merged_into IS NULL LIMIT 20000"
);

fn look(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[&Definition],
) -> QueryResult<BTreeMap<String, Measured>> {
    let names: Vec<&str> = asked.iter().map(|one| one.name.as_str()).collect();
    let hidden: Vec<bool> = asked.iter().map(|one| one.is_sensitive).collect();
    let is_exact = !has_many(conn, environment)?;
    let draw = |conn: &mut PgConnection, percent: Option<f64>| -> QueryResult<Vec<Row>> {
        let query = sql_query(if percent.is_some() { OF_SOME } else { OF_ALL })
            .bind::<SmallInt, _>(environment)
            .bind::<Array<Text>, _>(&names)
            .bind::<Array<Bool>, _>(&hidden);
        match percent {
            Some(percent) => query.bind::<Double, _>(percent).load(conn),
            None => query.load(conn),
        }
    };
    let looked_at = |rows: &[Row]| rows.iter().find(|row| row.name.is_none()).map_or(0, |row| row.count);
    let rows = if is_exact {
        draw(conn, None)?
    } else {
        let percent = (100.0 * SAMPLE / estimate(conn)?.max(1.0)).min(100.0);
        let mut rows = draw(conn, Some(percent))?;
        let found = looked_at(&rows);
        if found < TOO_FEW && percent < 100.0 {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let wider = (SAMPLE / found.max(1) as f64).min(WIDER);
            rows = draw(conn, Some((percent * wider).min(100.0)))?;
        }
        rows
    };
    let looked_at = looked_at(&rows);
    let none = Measured { looked_at, is_exact, ..Measured::default() };
    let mut found: BTreeMap<String, Measured> = names.iter().map(|name| ((*name).to_owned(), none.clone())).collect();
    for row in rows {
        if let Some(one) = row.name.and_then(|name| found.get_mut(&name)) {
            one.filled = row.filled;
            one.top.extend(row.value.map(|value| (value.0, row.count)));
        }
    }
    Ok(found)
}

/// Whether there are more than [`EXACT`] profiles.
fn has_many(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let found: Found = sql_query(
        "SELECT count(*) AS count FROM (SELECT FROM profiles WHERE environment_id = $1 AND merged_into IS NULL LIMIT $2) t",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<BigInt, _>(EXACT + 1)
    .get_result(conn)?;
    Ok(found.count > EXACT)
}

/// Approximate number of rows of the table, to choose the part to draw.
fn estimate(conn: &mut PgConnection) -> QueryResult<f64> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Double)]
        rows: f64,
    }
    let found: Option<Found> = sql_query(
        "SELECT (CASE WHEN reltuples > 0 THEN reltuples ELSE pg_relation_size(oid) / 1500 END)::float8 AS rows \
         FROM pg_class WHERE oid = 'profiles'::regclass",
    )
    .get_result(conn)
    .optional()?;
    Ok(found.map_or(0.0, |found| found.rows))
}

#[cfg(test)]
mod tests {
    use super::Measured;

    #[test]
    fn fill_rates_are_words() {
        let rate = |filled, looked_at, is_exact| Measured { looked_at, filled, is_exact, top: Vec::new() }.fill_rate();
        assert_eq!(rate(0, 0, true), "none");
        assert_eq!(rate(1, 3, true), "33 %");
        assert_eq!(rate(5, 1000, true), "under 1 %");
        assert_eq!(rate(5000, 5000, false), "about 100 %");
        assert_eq!(rate(0, 5000, false), "almost none");
    }
}
