//! Settings that were read a moment ago, so that no call needs a statement for them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    store,
    workspace::{BELIEVED, WorkspaceSettings},
};
use crate::{
    db::{Db, ids::EnvironmentId, recent::Recent},
    error::AppError,
};

#[derive(Default)]
struct SettingsCache(Recent<EnvironmentId, Arc<WorkspaceSettings>>);

/// Settings of the workspace of an environment, at most ten seconds old. Fails only if they have to be read and cannot be.
pub async fn remembered(
    db: &Db,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> Result<Arc<WorkspaceSettings>, AppError> {
    match db.memory::<SettingsCache>().0.get(&environment, now, BELIEVED) {
        Some(known) => Ok(known),
        None => {
            let inside = db.clone();
            db.read(move |conn| remembered_by(conn, &inside, environment, now)).await
        }
    }
}

/// [`remembered`] on this thread, read by `conn`.
pub fn remembered_by(
    conn: &mut PgConnection,
    db: &Db,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Arc<WorkspaceSettings>> {
    let memory = db.memory::<SettingsCache>();
    if let Some(known) = memory.0.get(&environment, now, BELIEVED) {
        return Ok(known);
    }
    let read = Arc::new(store::of(conn, environment)?);
    memory.0.put(environment, read.clone(), now);
    Ok(read)
}

/// [`remembered`] on this thread.
pub fn remembered_now(
    db: &Db,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> Result<Arc<WorkspaceSettings>, AppError> {
    match db.memory::<SettingsCache>().0.get(&environment, now, BELIEVED) {
        Some(known) => Ok(known),
        None => db.read_now(|conn| remembered_by(conn, db, environment, now)),
    }
}

/// Forgets all settings, because some changed.
pub fn forget(db: &Db) {
    db.memory::<SettingsCache>().0.forget(|_| true);
}
