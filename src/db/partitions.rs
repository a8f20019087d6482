//! Partitions of the append-only tables: one for each month near the present, created before its first row is written, and one for all
//! other times.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, sql_types::Text};

use super::Db;
use crate::{db::sql_query, error::AppError};

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

    fn column(self) -> &'static str {
        match self {
            Self::Events => "occurred_at",
            Self::Changes => "recorded_at",
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Years before (and, below, after) the present that have partitions by month. Without a limit senders could create tables without end, and
/// each query about a profile looks into all of them.
const YEARS_BACK: i32 = 10;
const YEARS_AHEAD: i32 = 1;

/// A partition: the month that it holds, or `None` for all other times.
type Month = Option<NaiveDate>;

/// Partitions known to exist: none is ever removed.
#[derive(Default)]
struct There(Mutex<HashSet<(Partitioned, Month)>>);

/// Creates the missing partitions for these times. A partition stays useful even if the transaction that needed it fails.
pub fn ensure(
    db: &Db,
    table: Partitioned,
    times: impl Iterator<Item = DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let there = db.memory::<There>();
    let lock = || there.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut months: BTreeSet<Month> = times.map(|at| month(at, now)).collect();
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

fn month(at: DateTime<Utc>, now: DateTime<Utc>) -> Month {
    let is_near = (now.year() - YEARS_BACK..=now.year() + YEARS_AHEAD).contains(&at.year());
    at.date_naive().with_day(1).filter(|_| is_near)
}

fn make(conn: &mut PgConnection, table: Partitioned, months: &BTreeSet<Month>) -> QueryResult<()> {
    let names: Vec<String> = months.iter().map(|month| name(table, *month)).collect();
    let there = existing(conn, &names)?;
    for (month, name) in months.iter().zip(&names) {
        if !there.contains(name) {
            create(conn, table, *month, name)?;
        }
    }
    Ok(())
}

fn name(table: Partitioned, month: Month) -> String {
    match month {
        Some(month) => format!("{}_{}", table.table(), month.format("%Y_%m")),
        None => format!("{}_other", table.table()),
    }
}

/// The names among `names` that exist.
fn existing(conn: &mut PgConnection, names: &[String]) -> QueryResult<Vec<String>> {
    let found: Vec<Found> =
        sql_query("SELECT relname::text AS name FROM pg_class WHERE relname = ANY($1) AND relispartition")
            .bind::<diesel::sql_types::Array<Text>, _>(names)
            .load(conn)?;
    Ok(found.into_iter().map(|found| found.name).collect())
}

/// Creates one partition. Attaching a finished table does not lock readers and writers of the parent, unlike `CREATE TABLE … PARTITION OF`.
/// Two processes that want the same month take turns; the second finds it done.
///
/// A month that has come near may have rows in the partition for all other times, which move.
fn create(conn: &mut PgConnection, table: Partitioned, month: Month, name: &str) -> QueryResult<()> {
    use diesel::Connection;
    let (parent, column) = (table.table(), table.column());
    let other = self::name(table, None);
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SELECT pg_advisory_xact_lock(hashtext('{parent}'))"))?;
        let there = existing(conn, &[name.to_owned(), other.clone()])?;
        if there.iter().any(|found| found == name) {
            return Ok(());
        }
        conn.batch_execute(&format!("CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)"))?;
        let Some(month) = month else {
            return conn.batch_execute(&format!("ALTER TABLE {parent} ATTACH PARTITION {name} DEFAULT"));
        };
        let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
        let (from, to) = (format!("'{month} 00:00:00+00'"), format!("'{next} 00:00:00+00'"));
        if there.contains(&other) {
            conn.batch_execute(&format!(
                "LOCK TABLE {other} IN ACCESS EXCLUSIVE MODE; \
                 WITH moved AS (DELETE FROM {other} WHERE {column} >= {from} AND {column} < {to} RETURNING *) \
                 INSERT INTO {name} SELECT * FROM moved"
            ))?;
        }
        conn.batch_execute(&format!("ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"))
    })
}
