//! Puts new tags into the catalogue.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Tag, store};
use crate::{
    db::{Db, ids::EnvironmentId, recent::Recent},
    error::AppError,
};

/// Tags recently found in the catalogue, cached so that a batch needs no statement for them.
#[derive(Default)]
struct Ensured(Recent<(EnvironmentId, Tag), ()>);

/// Lifetime of the cache: another process may remove a tag from the catalogue.
const BELIEVED: TimeDelta = TimeDelta::seconds(10);

/// Puts every tag that a batch adds into the catalogue. Not part of the batch's transaction: the catalogue is shared by all, so writers
/// would wait for each other.
pub fn ensure<'a>(
    db: &Db,
    environment: EnvironmentId,
    worn: impl Iterator<Item = &'a Tag>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let wanted: BTreeSet<&Tag> = worn.collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let ensured = db.memory::<Ensured>();
    let is_known = |tag: &Tag| ensured.0.get(&(environment, tag.clone()), now, BELIEVED).is_some();
    let missing: Vec<&Tag> = wanted.into_iter().filter(|tag| !is_known(tag)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tag| tag.as_str()).collect();
    db.read_now(|conn| store::ensure(conn, environment, &names, now))?;
    for tag in missing {
        ensured.0.put((environment, tag.clone()), (), now);
    }
    Ok(())
}

/// Those of these tags that are not in the catalogue yet. One SQL statement, or none if all were seen a moment ago.
pub fn unknown<'a>(
    db: &Db,
    environment: EnvironmentId,
    worn: impl Iterator<Item = &'a Tag>,
    now: DateTime<Utc>,
) -> Result<Vec<Tag>, AppError> {
    let ensured = db.memory::<Ensured>();
    let asked: Vec<&Tag> =
        worn.filter(|tag| ensured.0.get(&(environment, (*tag).clone()), now, BELIEVED).is_none()).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = asked.iter().map(|tag| tag.as_str()).collect();
    let defined = db.read_now(|conn| store::defined(conn, environment, &names))?;
    let (found, unknown): (Vec<&Tag>, Vec<&Tag>) = asked.into_iter().partition(|tag| defined.contains(tag.as_str()));
    for tag in found {
        ensured.0.put((environment, tag.clone()), (), now);
    }
    Ok(unknown.into_iter().cloned().collect())
}

/// Drops the cached tags, because the catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<Ensured>().0.forget(|(it, _)| *it == environment);
}
