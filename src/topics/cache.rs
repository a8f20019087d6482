//! The catalogue as it was read a moment ago, so that no page and no call needs a statement for it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{Catalogue, store};
use crate::{
    db::{Db, ids::EnvironmentId, recent::Recent},
    error::AppError,
    settings::BELIEVED,
};

#[derive(Default)]
struct TopicCache(Recent<EnvironmentId, Arc<Catalogue>>);

/// The catalogue of the workspace of an environment, at most ten seconds old. Fails only if it has to be read and cannot be.
pub async fn remembered(db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> Result<Arc<Catalogue>, AppError> {
    match db.memory::<TopicCache>().0.get(&environment, now, BELIEVED) {
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
) -> QueryResult<Arc<Catalogue>> {
    let memory = db.memory::<TopicCache>();
    if let Some(known) = memory.0.get(&environment, now, BELIEVED) {
        return Ok(known);
    }
    let read = Arc::new(store::read(conn, environment)?);
    memory.0.put(environment, read.clone(), now);
    Ok(read)
}

/// Forgets all catalogues, because one changed.
pub fn forget(db: &Db) {
    db.memory::<TopicCache>().0.forget(|_| true);
}
