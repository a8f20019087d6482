//! Connections that are trusted without a test until one of them breaks.
//!
//! r2d2 can test each connection when it is taken, at the price of one round trip a page. Instead, the first statement that meets a dead
//! connection raises the generation, and all older connections are replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use diesel::{
    Connection, PgConnection,
    connection::SimpleConnection,
    r2d2::{HandleError, ManageConnection},
    result::{DatabaseErrorKind, Error},
};

use super::address::with_limits;
use crate::error::AppError;

pub struct Manager {
    url: String,
    settings: String,
    generation: Arc<AtomicU64>,
}

impl Manager {
    pub fn new(url: &str, statement_limit: Duration) -> Self {
        let settings = format!(
            "SET TIME ZONE 'UTC'; SET application_name = 'kith'; SET statement_timeout = {limit}; SET lock_timeout = '5s'; \
             SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning",
            limit = statement_limit.as_millis(),
        );
        Self { url: with_limits(url), settings, generation: Arc::default() }
    }
}

pub struct Link {
    pub conn: PgConnection,
    born: u64,
    generation: Arc<AtomicU64>,
}

impl Link {
    /// Marks this connection as dead, and those opened before now as untrusted.
    pub fn distrust_all(&self) {
        // Only the first finder raises the generation, else a burst of failures would discard fresh connections.
        let _ = self.generation.compare_exchange(self.born, self.born + 1, Ordering::SeqCst, Ordering::SeqCst);
    }
}

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Link, Self::Error> {
        let born = self.generation.load(Ordering::SeqCst);
        let mut conn = PgConnection::establish(&self.url).map_err(diesel::r2d2::Error::ConnectionError)?;
        conn.batch_execute(&self.settings).map_err(diesel::r2d2::Error::QueryError)?;
        Ok(Link { conn, born, generation: self.generation.clone() })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), Self::Error> {
        if self.has_broken(link) {
            Err(diesel::r2d2::Error::QueryError(Error::BrokenTransactionManager))
        } else {
            Ok(())
        }
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        use diesel::connection::{AnsiTransactionManager, TransactionManager};
        link.born != self.generation.load(Ordering::SeqCst)
            || AnsiTransactionManager::is_broken_transaction_manager(&mut link.conn)
    }
}

/// English messages of Postgres about values that it refuses: SQLSTATE class 22. A test compares each with the code.
const DATA_EXCEPTIONS: [&str; 8] = [
    "invalid byte sequence for encoding",
    "invalid input syntax for type",
    "unsupported Unicode escape sequence",
    "out of range",
    "value overflows numeric format",
    "numeric field overflow",
    "value too long for type",
    "incorrect binary data format",
];

/// Diesel does not expose the SQLSTATE. It names the kinds of class 23; the others are recognised by the server's text (`lc_messages` is C
/// on our own server). A text in another language counts as a failing database: then nothing is acknowledged, and nothing is lost.
impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        // When the rollback after a failed commit fails as well, the commit says why.
        let error = match error {
            Error::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            other => other,
        };
        let said = |words: &[&str]| match &error {
            Error::DatabaseError(_, info) => words.iter().any(|word| info.message().contains(word)),
            _ => false,
        };
        let kind = match &error {
            Error::NotFound => return Self::NotFound,
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
            | Error::BrokenTransactionManager => Self::Unavailable,
            Error::DatabaseError(
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::RestrictViolation
                | DatabaseErrorKind::ExclusionViolation,
                _,
            )
            | Error::SerializationError(_) => Self::Unstorable,
            // The write path rolls a transaction back itself when a row moved under it.
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) | Error::RollbackTransaction => Self::Busy,
            _ if said(&[
                "deadlock detected",
                "lock timeout",
                "could not obtain lock",
                "tuple concurrently updated",
            ]) =>
            {
                Self::Busy
            }
            _ if said(&["statement timeout"]) => Self::TooSlow,
            _ if said(&[
                "server closed the connection",
                "terminating connection",
                "no connection to the server",
                "SSL SYSCALL",
            ]) =>
            {
                Self::Unavailable
            }
            _ if said(&DATA_EXCEPTIONS) => Self::Unstorable,
            Error::DatabaseError(..) => Self::Failing,
            _ => Self::Unexpected,
        };
        kind(error.into())
    }
}

/// r2d2 reports every failed attempt to connect; the request that waits for it reports it once.
#[derive(Debug)]
pub struct LogOnce;

impl HandleError<diesel::r2d2::Error> for LogOnce {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::debug!(%error, "connection attempt failed");
    }
}
