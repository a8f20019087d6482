//! Access to Postgres for the rest of the crate: [`Db`], and the ids.
//!
//! Diesel and r2d2 block, so every statement runs on a blocking thread, and there are never more of these than connections. Nothing outside
//! this module sees a pool.

mod address;
pub mod databases;
mod decided;
pub(crate) mod fragment;
mod gather;
pub mod ids;
pub mod keyset;
mod limits;
pub mod local;
pub mod migrate;
pub mod partitions;
mod pool;
mod prepared;
pub mod presence;
pub mod recent;
pub mod schema;
mod turn;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::rt;
use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::PooledConnection,
};
use pool::Manager;
use presence::Presence;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::AppError;

pub use decided::{BELIEVED, Decided};
pub use gather::{Gather, Gathered, With, gather};
pub use limits::without_limits;
pub use prepared::{Prepared, sql_query};
pub use turn::Turn;

/// Time that a request waits for a connection before the answer 503.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time that a request waits for its answer beyond the limit of a statement: then Postgres does not even report the timeout.
const GRACE: Duration = Duration::from_secs(3);
/// Attempts at one transaction that lost a race (deadlock, serialization).
const ATTEMPTS: u32 = 24;

/// A bounded pool of connections. Clones share it.
#[derive(Clone)]
pub struct Db {
    pool: diesel::r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    senders: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    /// Whether this is the database as senders have it.
    is_of_senders: bool,
    memory: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
    presence: Arc<Presence>,
    answer_within: Duration,
    size: u32,
    /// The connection of a rehearsal, on which everything happens.
    held: Option<Arc<Mutex<PooledConnection<Manager>>>>,
}

impl Db {
    /// A pool of at most `size` connections to `url`, opened when first needed. A statement that runs longer than `statement_limit` is
    /// cancelled.
    pub fn new(url: &str, size: u32, statement_limit: Duration) -> Self {
        let pool = diesel::r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(pool::LogOnce))
            .build_unchecked(Manager::new(url, statement_limit));
        let permits = |most: u32| Arc::new(Semaphore::new(most as usize));
        // A quarter of the connections, at least one, is reserved for the console; of the others one for senders who only read.
        let senders = (size - (size / 4).max(1)).max(1);
        let writers = (senders - 1).max(1);
        Self {
            pool,
            permits: permits(size),
            senders: permits(senders),
            writers: permits(writers),
            is_of_senders: false,
            memory: Arc::default(),
            presence: Arc::new(Presence::new(url)),
            answer_within: statement_limit + GRACE,
            size,
            held: None,
        }
    }

    /// Presence of this process, for other processes.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// The same database as senders have it. People at the console must not queue behind all calls of all senders, so senders have their
    /// own queue, and never all connections.
    pub fn of_senders(&self) -> Self {
        Self { is_of_senders: true, ..self.clone() }
    }

    /// Waits until a sender may write: those who write leave a connection to those who only read.
    pub async fn writer_turn(&self) -> Result<OwnedSemaphorePermit, AppError> {
        turn(&self.writers).await
    }

    /// Runs `work` on a connection, off the web threads; again on a fresh one if the connection is dead, so `work` must be harmless when
    /// run twice.
    ///
    /// # Errors
    /// - `Busy`: no connection was free within 2 s.
    /// - `Unavailable`: Postgres is away, or did not answer in time.
    /// - Errors of `work`.
    pub async fn read<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    {
        self.off_thread(move |db| db.read_now(work)).await
    }

    /// Runs `work` in one transaction, off the web threads, again from the start when it lost a race with another one: `work` must have no
    /// effect outside the database. Fails as [`Db::read`] does, and with `Busy` after 24 lost races, or when half of the time for an answer
    /// is over: the caller must hear that it lost, rather than that Postgres did not answer.
    pub async fn tx<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    {
        self.off_thread(move |db| db.tx_now(work)).await
    }

    /// Runs `work`, which may read and then write, in one call off the web threads: each such call costs more than many a statement.
    pub async fn work<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        self.off_thread(work).await
    }

    /// [`Db::work`] without a time limit, for background work.
    pub async fn chore<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        self.hand_over(work).await
    }

    /// [`Db::read`] on this thread.
    pub fn read_now<T>(&self, work: impl Fn(&mut PgConnection) -> QueryResult<T>) -> Result<T, AppError> {
        self.again_if_lost(|conn| Ok(work(conn)?))
    }

    /// Reads in one snapshot, on this thread. Postgres refuses changes.
    pub fn snapshot_now<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        self.again_if_lost(|conn| conn.build_transaction().repeatable_read().read_only().run(&work))
    }

    fn again_if_lost<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        match self.with(&work) {
            Err(AppError::Unavailable(_)) => self.with(&work),
            done => done,
        }
    }

    /// [`Db::tx`] on this thread.
    pub fn tx_now<T>(&self, work: impl Fn(&mut PgConnection) -> QueryResult<T>) -> Result<T, AppError> {
        let (mut attempt, since) = (0, Instant::now());
        loop {
            attempt += 1;
            match self.with(|conn| Ok(conn.transaction(&work)?)) {
                Err(AppError::Busy(_)) if attempt < ATTEMPTS && since.elapsed() < self.answer_within / 2 => {
                    std::thread::sleep(Duration::from_millis(rand::random_range(0..(4 << attempt.min(6)))));
                }
                done => return done,
            }
        }
    }

    /// Runs `work` in one transaction that is taken back, whatever `work` does: nothing of it stays, and nobody sees it. Its database has a
    /// memory of its own, for what it finds there is never true.
    ///
    /// # Errors
    /// No connection is free, or errors of `work`.
    pub fn rehearse_now<T>(&self, work: impl FnOnce(&Self) -> Result<T, AppError>) -> Result<T, AppError> {
        #[expect(clippy::disallowed_methods, reason = "this is the seam")]
        let mut link = self.pool.get().map_err(|error| self.without_connection(error.into()))?;
        AnsiTransactionManager::begin_transaction(&mut link.conn)?;
        let held = Arc::new(Mutex::new(link));
        let done = work(&Self { held: Some(held.clone()), memory: Arc::default(), ..self.clone() });
        // If this fails, the pool throws the connection away, and Postgres takes back what it did.
        let mut link = held.lock().unwrap_or_else(PoisonError::into_inner);
        AnsiTransactionManager::rollback_transaction(&mut link.conn)?;
        done
    }

    /// In-memory state of an area for this database, one value of each type.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // The value under the id of `T` is always a `T`.
        known.downcast().unwrap_or_default()
    }

    /// Updates the planner's statistics after a bulk load. Postgres by itself does so a minute later, and plans pages for empty tables
    /// until then (measured: 52 ms instead of 0.8 ms for the list after the demo was loaded).
    pub fn analyze_now(&self) -> Result<(), AppError> {
        self.read_now(|conn| {
            conn.batch_execute(
                "ANALYZE profiles, profile_activity, profile_identifiers, identifier_claims, addresses, events, event_keys, changes, notes",
            )
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        if let Some(held) = &self.held {
            // Who waits for the connection on which they are themselves would wait for ever.
            let link = held.try_lock();
            let mut link = link.map_err(|_| AppError::Unexpected(anyhow::anyhow!("a rehearsal has one connection")))?;
            return work(&mut link.conn);
        }
        #[expect(clippy::disallowed_methods, reason = "this is the seam")]
        let mut link = self.pool.get().map_err(|error| self.without_connection(error.into()))?;
        let done = work(&mut link.conn);
        if let Err(AppError::Unavailable(_)) = &done {
            link.distrust_all();
        }
        done
    }

    /// Why there is no connection: all are open and in use, or Postgres takes no other.
    fn without_connection(&self, error: anyhow::Error) -> AppError {
        let state = self.pool.state();
        if state.connections >= self.size { AppError::Busy(error) } else { AppError::Unavailable(error) }
    }

    async fn off_thread<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        let limit = self.answer_within;
        // The thread goes on waiting, and keeps its permit meanwhile.
        rt::time::timeout(limit, self.hand_over(work))
            .await
            .map_err(|_| AppError::Unavailable(anyhow::anyhow!("no answer from Postgres within {limit:?}")))?
    }

    async fn hand_over<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, AppError> + Send + 'static,
    {
        let queued = if self.is_of_senders { Some(turn(&self.senders).await?) } else { None };
        let permit = turn(&self.permits).await?;
        let db = self.clone();
        actix_web::web::block(move || {
            let _held = (queued, permit);
            work(&db)
        })
        .await
        .map_err(|error| AppError::Unexpected(error.into()))?
    }
}

/// Whether this connection to another machine is unencrypted.
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
