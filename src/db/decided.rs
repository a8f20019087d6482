//! What a workspace decided, as it was read a moment ago, so that no page and no call needs a statement for it.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use super::{Db, ids::EnvironmentId, recent::Recent};
use crate::error::AppError;

/// Time for which a server uses what it has read: another server may have changed it.
pub const BELIEVED: TimeDelta = TimeDelta::seconds(10);

struct Cache<T>(Recent<EnvironmentId, Arc<T>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Recent::default())
    }
}

/// What the workspace of an environment decided.
pub trait Decided: Sized + Send + Sync + 'static {
    /// Reads it in one SQL statement.
    fn read(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Self>;

    /// What was read at most ten seconds ago. Fails only if it has to be read and cannot be.
    fn remembered(
        db: &Db,
        environment: EnvironmentId,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Arc<Self>, AppError>> + Send {
        let (known, db) = (db.memory::<Cache<Self>>().0.get(&environment, now, BELIEVED), db.clone());
        async move {
            match known {
                Some(known) => Ok(known),
                None => {
                    let inside = db.clone();
                    db.read(move |conn| Self::remembered_by(conn, &inside, environment, now)).await
                }
            }
        }
    }

    /// [`Self::remembered`] on this thread, read by `conn`.
    fn remembered_by(
        conn: &mut PgConnection,
        db: &Db,
        environment: EnvironmentId,
        now: DateTime<Utc>,
    ) -> QueryResult<Arc<Self>> {
        let memory = db.memory::<Cache<Self>>();
        if let Some(known) = memory.0.get(&environment, now, BELIEVED) {
            return Ok(known);
        }
        let read = Arc::new(Self::read(conn, environment)?);
        memory.0.put(environment, read.clone(), now);
        Ok(read)
    }

    /// [`Self::remembered`] on this thread.
    fn remembered_now(db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> Result<Arc<Self>, AppError> {
        match db.memory::<Cache<Self>>().0.get(&environment, now, BELIEVED) {
            Some(known) => Ok(known),
            None => db.read_now(|conn| Self::remembered_by(conn, db, environment, now)),
        }
    }

    /// Forgets what all workspaces decided, because one decided anew.
    fn forget(db: &Db) {
        db.memory::<Cache<Self>>().0.forget(|_| true);
    }
}
