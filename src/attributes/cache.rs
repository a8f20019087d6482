//! Definitions and rules of attributes, cached between batches so that a batch needs no statement for them.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{AttributeType, Definition, rules::Rules, sample::Samples, store};
use crate::{
    db::{
        Db,
        ids::EnvironmentId,
        recent::{FoundAt, Recent},
    },
    error::AppError,
};

/// Lifetime of cached rules: another process may change them.
const BELIEVED: TimeDelta = TimeDelta::seconds(10);

/// Names cached per environment at most.
const MOST: usize = 10_000;

#[derive(Default)]
struct AttributeCache(Mutex<HashMap<EnvironmentId, OfEnvironment>>);

#[derive(Clone, Default)]
struct OfEnvironment {
    /// Attributes that have a definition. A definition is never removed.
    seen: Arc<HashSet<String>>,
    rules: Arc<Rules>,
    /// Time when the rules were read. Stale rules stay in use while reading new ones fails, which `Recent` would not allow.
    read_at: Option<FoundAt>,
    /// Number of changes by this process: rules that were read before a change are not cached after it.
    changes: u64,
}

impl OfEnvironment {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.read_at.is_some_and(|found| found.is_within(BELIEVED, now))
    }
}

impl AttributeCache {
    fn lock(&self) -> MutexGuard<'_, HashMap<EnvironmentId, OfEnvironment>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, environment: EnvironmentId) -> OfEnvironment {
        self.lock().entry(environment).or_default().clone()
    }

    fn believe(&self, environment: EnvironmentId, now: DateTime<Utc>, rules: Rules, changes: u64) -> Arc<Rules> {
        let rules = Arc::new(rules);
        let mut all = self.lock();
        let known = all.entry(environment).or_default();
        if known.changes == changes {
            (known.rules, known.read_at) = (rules.clone(), Some(FoundAt::new(now)));
        }
        rules
    }

    fn saw(&self, environment: EnvironmentId, names: impl ExactSizeIterator<Item = String>) {
        let mut all = self.lock();
        let known = all.entry(environment).or_default();
        let mut seen = if known.seen.len() + names.len() > MOST { HashSet::new() } else { (*known.seen).clone() };
        seen.extend(names.take(MOST));
        known.seen = Arc::new(seen);
    }
}

/// Creates a definition for each attribute that gets its first value ever, with the type that the value seems to have, and returns the
/// rules. Fails only where nothing can be stored: statements are stored correctly even without a definition.
pub fn ensure<'a>(
    db: &Db,
    environment: EnvironmentId,
    said: impl Iterator<Item = (&'a str, Option<Cow<'a, Value>>)>,
    now: DateTime<Utc>,
) -> Result<Arc<Rules>, AppError> {
    let memory = db.memory::<AttributeCache>();
    let known = memory.of(environment);
    let mut new: BTreeMap<&str, AttributeType> = BTreeMap::new();
    for (name, value) in said {
        if !known.seen.contains(name)
            && let Some(kind) = value.as_deref().and_then(AttributeType::of)
        {
            new.entry(name).or_insert(kind);
        }
    }
    if !new.is_empty() {
        match db.read_now(|conn| store::add_seen(conn, environment, &new, now)) {
            Ok(_) => memory.saw(environment, new.keys().map(|name| (*name).to_owned())),
            Err(error) => bear(error)?,
        }
    }
    fresh(known, || db.read_now(|conn| load(conn, environment)), &memory, environment, now)
}

/// Those of these names that have no definition yet. One SQL statement, or none if all were seen before.
pub fn unknown(db: &Db, environment: EnvironmentId, names: &BTreeSet<&str>) -> Result<Vec<String>, AppError> {
    let memory = db.memory::<AttributeCache>();
    let known = memory.of(environment);
    let asked: Vec<&str> = names.iter().copied().filter(|name| !known.seen.contains(*name)).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let defined = db.read_now(|conn| store::definitions(conn, environment, &asked))?;
    let unknown = asked.into_iter().filter(|name| !defined.contains_key(*name)).map(str::to_owned).collect();
    if !defined.is_empty() {
        memory.saw(environment, defined.into_keys());
    }
    Ok(unknown)
}

/// The attributes that are columns of the list of profiles, in the catalogue's order. One statement, or none while cached.
pub fn columns(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Definition>> {
    let memory = db.memory::<Columns>();
    if let Some(columns) = memory.get(&environment, now, BELIEVED) {
        return Ok(columns);
    }
    let columns = store::columns(conn, environment)?;
    memory.put(environment, columns.clone(), now);
    Ok(columns)
}

type Columns = Recent<EnvironmentId, Vec<Definition>>;

/// The rules, read on this thread.
pub fn rules_now(db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> Result<Arc<Rules>, AppError> {
    let memory = db.memory::<AttributeCache>();
    fresh(memory.of(environment), || db.read_now(|conn| load(conn, environment)), &memory, environment, now)
}

/// The rules, mostly from the cache.
pub async fn rules(db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> Result<Arc<Rules>, AppError> {
    let memory = db.memory::<AttributeCache>();
    let known = memory.of(environment);
    if known.is_fresh(now) {
        return Ok(known.rules);
    }
    let read = db.read(move |conn| load(conn, environment)).await;
    fresh(known, || read, &memory, environment, now)
}

fn fresh(
    known: OfEnvironment,
    read: impl FnOnce() -> Result<Rules, AppError>,
    memory: &AttributeCache,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> Result<Arc<Rules>, AppError> {
    if known.is_fresh(now) {
        return Ok(known.rules);
    }
    match read() {
        Ok(rules) => Ok(memory.believe(environment, now, rules, known.changes)),
        Err(error) => bear(error).map(|()| known.rules),
    }
}

/// Tolerates an error, and so the cached rules, unless the database is away or busy: then nothing can be stored either.
fn bear(error: AppError) -> Result<(), AppError> {
    if error.retry_after().is_some() {
        return Err(error);
    }
    error.log();
    Ok(())
}

fn load(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Rules> {
    store::ruled(conn, environment).map(Rules::new)
}

/// Drops the cached rules, columns and measurements of an environment, because its catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<Samples>().forget(environment);
    db.memory::<Columns>().forget(|of| *of == environment);
    let memory = db.memory::<AttributeCache>();
    let mut all = memory.lock();
    let known = all.entry(environment).or_default();
    (known.read_at, known.changes) = (None, known.changes + 1);
}
