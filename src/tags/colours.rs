//! Colours of tags where many people's are shown at once: read once a minute.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use super::{Colour, store};
use crate::db::{Db, ids::EnvironmentId};

/// The colours of an environment's tags; those that are missing are grey.
#[derive(Clone, Debug, Default)]
pub struct Colours(Arc<BTreeMap<String, Colour>>);

impl Colours {
    /// The class of a tag's label.
    pub fn class(&self, tag: &str) -> &'static str {
        self.0.get(tag).copied().unwrap_or_default().slug()
    }
}

#[derive(Default)]
struct Recent(Mutex<HashMap<EnvironmentId, (DateTime<Utc>, Colours)>>);

impl Recent {
    fn lock(&self) -> MutexGuard<'_, HashMap<EnvironmentId, (DateTime<Utc>, Colours)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long colours are believed to be as they were; a change of this process shows at once.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);

/// The colours of an environment's tags, one statement at most.
pub fn colours(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Colours> {
    let recent = db.memory::<Recent>();
    if let Some((since, colours)) = recent.lock().get(&environment)
        && (now - since).abs() < BELIEVED
    {
        return Ok(colours.clone());
    }
    let colours = Colours(Arc::new(store::coloured(conn, environment)?));
    recent.lock().insert(environment, (now, colours.clone()));
    Ok(colours)
}

/// Forgets what was remembered: the catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<Recent>().lock().remove(&environment);
}
