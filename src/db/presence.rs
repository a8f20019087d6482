//! Which processes are alive, as Postgres knows it: each holds an advisory lock on its own number, on its own connection. When the process
//! ends, however it does, so does the lock. No clock is involved.

use std::sync::{Mutex, PoisonError};

use diesel::{
    Connection, OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl, result::Error,
    sql_types::Integer,
};

use super::{address::with_limits, sql_query};
use crate::error::AppError;

/// First half of each lock's key ("kith" in ASCII); the second is the number.
const LOCKS: i32 = 0x6b69_7468;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// The number of this process, and the connection that holds its lock.
pub struct Presence {
    url: String,
    held: Mutex<Option<(i32, PgConnection)>>,
}

impl Presence {
    /// Connects only when the number is first asked for.
    pub fn new(url: &str) -> Self {
        Self { url: with_limits(url), held: Mutex::default() }
    }

    /// The number of this process, whose lock it holds; a new one if the connection was lost meanwhile.
    ///
    /// # Errors
    /// `Unavailable`: Postgres is away, or the new number is taken.
    pub fn number(&self) -> Result<i32, AppError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, conn)) = held.as_mut()
            && sql_query("SELECT 1").execute(conn).is_ok()
        {
            return Ok(*number);
        }
        *held = None;
        let mut conn = PgConnection::establish(&self.url).map_err(|error| AppError::Unavailable(error.into()))?;
        let taken = take(&mut conn)?;
        let number =
            taken.ok_or_else(|| AppError::Unavailable(anyhow::anyhow!("the number of this process is taken")))?;
        *held = Some((number, conn));
        Ok(number)
    }

    /// Loses the connection, like a process that ends. For tests.
    pub fn lose(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Takes the lock of a random number; `None` if another process holds it.
fn take(conn: &mut PgConnection) -> Result<Option<i32>, Error> {
    let number = rand::random_range(1..i32::MAX);
    sql_query("SELECT $2 AS number WHERE pg_try_advisory_lock($1, $2)")
        .bind::<Integer, _>(LOCKS)
        .bind::<Integer, _>(number)
        .get_result::<Found>(conn)
        .optional()
        .map(|found| found.map(|found| found.number))
}

/// The numbers of all live processes that have one, a thousand at most.
pub fn living(conn: &mut PgConnection) -> QueryResult<Vec<i32>> {
    let found: Vec<Found> = sql_query(
        "SELECT objid::bigint::integer AS number FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
         AND classid = $1::bigint::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1000",
    )
    .bind::<Integer, _>(LOCKS)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.number).collect())
}
