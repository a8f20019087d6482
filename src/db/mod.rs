//! How the rest of the house reaches Postgres: one seam, [`Db`], and the ids.
//!
//! Diesel and r2d2 block, so every statement runs on a blocking thread, and never more of them than there are
//! connections. Nothing outside this module sees a pool.

mod address;
mod gather;
pub mod ids;
pub mod keyset;
pub mod local;
pub mod migrate;
pub mod partitions;
mod pool;
mod prepared;
pub mod presence;
pub mod recent;
pub mod schema;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::rt;
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection};
use pool::Manager;
use presence::Presence;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::AppError;

pub use gather::{Gather, Gathered, gather};
pub use prepared::{Prepared, sql_query};

/// How long a request waits for a connection before it is answered 503.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much longer than a statement may take a request waits for its answer: then Postgres does not even say that it took too long.
const GRACE: Duration = Duration::from_secs(3);
/// Attempts at one transaction that lost a race (deadlock, serialization) before it is given up.
const ATTEMPTS: u32 = 24;

/// A bounded set of connections. Clones share it.
#[derive(Clone)]
pub struct Db {
    pool: diesel::r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    senders: Arc<Semaphore>,
    memory: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
    presence: Arc<Presence>,
    answer_within: Duration,
}

impl Db {
    /// At most `size` connections to `url`, opened when first needed. A statement that runs longer than
    /// `statement_limit` is cancelled.
    pub fn new(url: &str, size: u32, statement_limit: Duration) -> Self {
        let pool = diesel::r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(pool::LogOnce))
            .build_unchecked(Manager::new(url, statement_limit));
        let permits = |most: u32| Arc::new(Semaphore::new(most as usize));
        // A quarter, and one at least, stays free of senders.
        let senders = (size - (size / 4).max(1)).max(1);
        Self {
            pool,
            permits: permits(size),
            senders: permits(senders),
            memory: Arc::default(),
            presence: Arc::new(Presence::new(url)),
            answer_within: statement_limit + GRACE,
        }
    }

    /// This process, as others see it.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Waits until a sender may write. People at the console must not queue behind all calls of all senders, so these have a queue of
    /// their own, and never all connections.
    pub async fn sender_turn(&self) -> Result<OwnedSemaphorePermit, AppError> {
        turn(&self.senders).await
    }

    /// Runs `work` on a connection, off the web threads. If the connection turns out to be dead, once more on a
    /// fresh one: `work` must only read.
    pub async fn read<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    {
        self.off_thread(move |db| db.read_now(work)).await
    }

    /// Runs `work` in one transaction, off the web threads, again from the start when it lost a race with
    /// another one: `work` must have no effect outside the database.
    pub async fn tx<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    {
        self.off_thread(move |db| db.tx_now(work)).await
    }

    /// Runs `work`, which may read and then write, off the web threads in one go: handing over costs more than many a statement.
    pub async fn work<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        self.off_thread(work).await
    }

    /// [`Db::work`] for which nobody waits, however long it takes.
    pub async fn chore<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        self.hand_over(work).await
    }

    /// [`Db::read`] on this thread, for commands.
    pub fn read_now<T>(&self, work: impl Fn(&mut PgConnection) -> QueryResult<T>) -> Result<T, AppError> {
        self.again_if_lost(|conn| Ok(work(conn)?))
    }

    /// Reads on this thread, all of it as it was at one moment. Postgres refuses a change.
    pub fn snapshot_now<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        self.again_if_lost(|conn| conn.build_transaction().repeatable_read().read_only().run(&work))
    }

    fn again_if_lost<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        match self.with(&work) {
            Err(AppError::Unavailable(_)) => self.with(&work),
            done => done,
        }
    }

    /// [`Db::tx`] on this thread, for commands.
    pub fn tx_now<T>(&self, work: impl Fn(&mut PgConnection) -> QueryResult<T>) -> Result<T, AppError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.with(|conn| Ok(conn.transaction(&work)?)) {
                Err(AppError::Busy(_)) if attempt < ATTEMPTS => {
                    std::thread::sleep(Duration::from_millis(rand::random_range(0..(4 << attempt.min(6)))));
                }
                done => return done,
            }
        }
    }

    /// What an area remembers of this database between its statements, one of each type.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // There is nothing but a `T` under the id of `T`.
        known.downcast().unwrap_or_default()
    }

    /// Tells the planner what a bulk load changed. Left to itself it learns a minute later, and plans pages for empty tables until
    /// then (measured: 52 ms instead of 0.8 ms for the list after the demo was loaded).
    pub fn analyze_now(&self) -> Result<(), AppError> {
        self.read_now(|conn| {
            conn.batch_execute(
                "ANALYZE profiles, profile_activity, profile_identifiers, identifier_claims, addresses, events, changes, notes",
            )
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        #[expect(clippy::disallowed_methods, reason = "this is the seam")]
        let mut link = self.pool.get().map_err(|error| AppError::Unavailable(error.into()))?;
        let done = work(&mut link.conn);
        if let Err(AppError::Unavailable(_)) = &done {
            link.distrust_all();
        }
        done
    }

    async fn off_thread<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        let limit = self.answer_within;
        // The thread goes on waiting, and keeps its permit as long as it does.
        rt::time::timeout(limit, self.hand_over(work))
            .await
            .map_err(|_| AppError::Unavailable(anyhow::anyhow!("no answer from Postgres within {limit:?}")))?
    }

    async fn hand_over<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        let permit = turn(&self.permits).await?;
        let db = self.clone();
        actix_web::web::block(move || {
            let _permit = permit;
            work(&db)
        })
        .await
        .map_err(|error| AppError::Unexpected(error.into()))?
    }
}

/// Whether what goes over this connection can be read on the way to another machine.
pub fn is_open_to_others(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
        "EXISTS (SELECT FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND NOT ssl \
         AND inet_client_addr() IS NOT NULL AND inet_client_addr() IS DISTINCT FROM inet_server_addr())",
    ))
    .get_result(conn)
}

async fn turn(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AppError> {
    rt::time::timeout(PATIENCE, permits.clone().acquire_owned())
        .await
        .map_err(|_| AppError::Busy(anyhow::anyhow!("no free connection within {PATIENCE:?}")))?
        .map_err(|closed| AppError::Unexpected(closed.into()))
}
