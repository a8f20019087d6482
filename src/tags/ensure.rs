use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Tag, store};
use crate::{
    db::{Db, ids::EnvironmentId},
    error::AppError,
    ingest::Statement,
};

/// Tags that were in the catalogue a moment ago, so that a batch does not cost a statement for them.
#[derive(Default)]
struct Recent(Mutex<HashMap<EnvironmentId, (DateTime<Utc>, BTreeSet<Tag>)>>);

impl Recent {
    fn lock(&self) -> MutexGuard<'_, HashMap<EnvironmentId, (DateTime<Utc>, BTreeSet<Tag>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a tag is believed to be in the catalogue: another process may have taken it out.
const BELIEVED: TimeDelta = TimeDelta::seconds(10);

/// Tags remembered at most, of an environment.
const MOST: usize = 10_000;

/// Sees to it that every tag that is put on somebody is in the catalogue. Not part of the transaction that puts it on: the catalogue
/// is shared by everybody, and would be a place to wait for each other.
pub fn ensure<'a>(
    db: &Db,
    environment: EnvironmentId,
    said: impl Iterator<Item = &'a Statement>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let wanted: BTreeSet<&Tag> = said.flat_map(Statement::new_tags).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let recent = db.memory::<Recent>();
    let missing: BTreeSet<&Tag> = match recent.lock().get(&environment) {
        Some((since, known)) if (now - since).abs() < BELIEVED => {
            wanted.into_iter().filter(|tag| !known.contains(*tag)).collect()
        }
        _ => wanted,
    };
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tag| tag.as_str()).collect();
    db.read_now(|conn| store::ensure(conn, environment, &names, now))?;
    let mut recent = recent.lock();
    let (since, known) = recent.entry(environment).or_insert_with(|| (now, BTreeSet::new()));
    if (now - *since).abs() >= BELIEVED || known.len() >= MOST {
        (*since, *known) = (now, BTreeSet::new());
    }
    known.extend(missing.into_iter().cloned());
    Ok(())
}

/// Forgets what was remembered: the catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<Recent>().lock().remove(&environment);
}
