//! Colours and counts of tags, cached: read often, changed seldom.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use super::{Colour, store};
use crate::db::{Db, ids::EnvironmentId, recent::Recent};

/// Colours of an environment's tags; missing ones are grey.
#[derive(Clone, Debug, Default)]
pub struct Colours(Arc<BTreeMap<String, Colour>>);

impl Colours {
    /// CSS class of a tag's label.
    pub fn class(&self, tag: &str) -> &'static str {
        self.0.get(tag).copied().unwrap_or_default().as_str()
    }
}

#[derive(Default)]
struct TagCache {
    colours: Recent<EnvironmentId, Colours>,
    counts: Recent<(EnvironmentId, String), i64>,
}

/// Lifetime of the cache; a change by this process shows at once.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);

/// Colours of an environment's tags, in one statement at most.
pub fn colours(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Colours> {
    let known = db.memory::<TagCache>();
    if let Some(colours) = known.colours.get(&environment, now, BELIEVED) {
        return Ok(colours);
    }
    let colours = Colours(Arc::new(store::coloured(conn, environment)?));
    known.colours.put(environment, colours.clone(), now);
    Ok(colours)
}

/// Counts from this size on are cached: of so many profiles, nobody misses the last one for a minute, and counting reads a row each
/// (measured: 80 ms for 10,000).
const LARGE: i64 = 1_000;

/// Number of profiles with each of these tags, in one statement at most; [`store::MOST_COUNTED`] plus one stands for any larger number.
pub fn counts(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    tags: &[&str],
    now: DateTime<Utc>,
) -> QueryResult<BTreeMap<String, i64>> {
    let known = db.memory::<TagCache>();
    let count = |tag: &&str| {
        let key = (environment, (*tag).to_owned());
        Some((key.1.clone(), known.counts.get(&key, now, BELIEVED)?))
    };
    let mut counts: BTreeMap<String, i64> = tags.iter().filter_map(count).collect();
    let missing: Vec<&str> = tags.iter().copied().filter(|tag| !counts.contains_key(*tag)).collect();
    if !missing.is_empty() {
        for (tag, count) in store::counts(conn, environment, &missing)? {
            if count >= LARGE {
                known.counts.put((environment, tag.clone()), count, now);
            }
            counts.insert(tag, count);
        }
    }
    Ok(counts)
}

/// Drops the cached colours and counts, because the catalogue changed.
pub fn forget(db: &Db, environment: EnvironmentId) {
    let known = db.memory::<TagCache>();
    known.colours.forget(|it| *it == environment);
    known.counts.forget(|(it, _)| *it == environment);
}
