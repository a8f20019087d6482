//! Tags in the catalogue, remembered so that a batch does not ask for them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Tag, store};
use crate::{
    db::{Db, ids::EnvironmentId, recent::Recent},
    error::AppError,
};

/// Tags that were in the catalogue a moment ago, so that a batch does not cost a statement for them.
#[derive(Default)]
struct Ensured(Recent<(EnvironmentId, Tag), ()>);

/// How long a tag is believed to be in the catalogue: another process may have taken it out.
const BELIEVED: TimeDelta = TimeDelta::seconds(10);

/// Sees to it that every tag that is put on somebody is in the catalogue. Not part of the transaction that puts it on: the catalogue
/// is shared by everybody, and would be a place to wait for each other.
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

/// Forgets what was remembered: the catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<Ensured>().0.forget(|(it, _)| *it == environment);
}
