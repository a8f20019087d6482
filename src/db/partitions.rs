//! Monthly partitions of the append-only tables, made when the first row of a month is about to be written.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, sql_types::Text};

use super::Db;
use crate::db::sql_query;
use crate::error::AppError;

/// The tables that are partitioned by month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partitioned {
    /// By `occurred_at`.
    Events,
    /// By `recorded_at`.
    Changes,
}

impl Partitioned {
    fn table(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Changes => "changes",
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Partitions that are there for sure: none is ever taken away.
#[derive(Default)]
struct There(Mutex<HashSet<(Partitioned, NaiveDate)>>);

/// Makes the partitions for the months of these times that are missing. A partition is useful even if the transaction that it is
/// made for fails.
pub fn ensure(db: &Db, table: Partitioned, times: impl Iterator<Item = DateTime<Utc>>) -> Result<(), AppError> {
    let there = db.memory::<There>();
    let lock = || there.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut months: BTreeSet<NaiveDate> = times.filter_map(|at| at.date_naive().with_day(1)).collect();
    {
        let known = lock();
        months.retain(|month| !known.contains(&(table, *month)));
    }
    if months.is_empty() {
        return Ok(());
    }
    db.read_now(|conn| make(conn, table, &months))?;
    lock().extend(months.into_iter().map(|month| (table, month)));
    Ok(())
}

fn make(conn: &mut PgConnection, table: Partitioned, months: &BTreeSet<NaiveDate>) -> QueryResult<()> {
    let names: Vec<String> = months.iter().map(|month| partition(table, *month)).collect();
    let there: Vec<Found> =
        sql_query("SELECT relname::text AS name FROM pg_class WHERE relname = ANY($1) AND relispartition")
            .bind::<diesel::sql_types::Array<Text>, _>(&names)
            .load(conn)?;
    for (month, name) in months.iter().zip(&names) {
        if !there.iter().any(|found| &found.name == name) {
            create(conn, table, *month, name)?;
        }
    }
    Ok(())
}

fn partition(table: Partitioned, month: NaiveDate) -> String {
    format!("{}_{}", table.table(), month.format("%Y_%m"))
}

/// Attaching a finished table locks readers and writers of the parent out for no time at all, unlike
/// `CREATE TABLE … PARTITION OF`. Two processes that want the same month take turns; the second finds it done.
fn create(conn: &mut PgConnection, table: Partitioned, month: NaiveDate, name: &str) -> QueryResult<()> {
    use diesel::Connection;
    let parent = table.table();
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SELECT pg_advisory_xact_lock(hashtext('{name}'))"))?;
        let done: Vec<Found> = sql_query("SELECT relname::text AS name FROM pg_class WHERE relname = $1")
            .bind::<Text, _>(name)
            .load(conn)?;
        if done.is_empty() {
            conn.batch_execute(&format!("CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)"))?;
            conn.batch_execute(&format!(
                "ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ('{month} 00:00:00+00') TO ('{next} 00:00:00+00')"
            ))?;
        }
        Ok(())
    })
}
