//! Lists the suggested merges, for an operator to decide.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, not},
    prelude::*,
};
use uuid::Uuid;

use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        keyset::{Page, Seek, seek},
        schema::{merge_suggestions, profiles, shared_addresses, sources},
    },
    identities::Identifier,
    profiles::{PersonLabel, people},
};

const PAGE: usize = 20;

/// Most queries for one page: if so many in a row find only pairs that are merged or erased by now, the list ends.
const READS: usize = 50;

/// Position of a pair in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairCursor {
    at: DateTime<Utc>,
    pair: (Uuid, Uuid),
}

impl std::fmt::Display for PairCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.at.timestamp_micros(), self.pair.0.simple(), self.pair.1.simple())
    }
}

impl std::str::FromStr for PairCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.rsplitn(3, '-');
        let mut id = || parts.next().and_then(|part| part.parse().ok()).ok_or(());
        let (other, profile) = (id()?, id()?);
        let micros = parts.next().and_then(|part| part.parse().ok()).ok_or(())?;
        Ok(Self { at: DateTime::from_timestamp_micros(micros).ok_or(())?, pair: (profile, other) })
    }
}

/// Two profiles that are suggested for merging.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The older profile, which is kept unless the operator chooses otherwise.
    pub first: PersonLabel,
    /// The newer profile.
    pub second: PersonLabel,
    /// Identifier that both use.
    pub by: Identifier,
    /// Name of the source that stored the suggestion.
    pub source: String,
    /// Time of the newest statement behind the suggestion.
    pub at: DateTime<Utc>,
    pub place: PairCursor,
}

#[derive(Queryable)]
struct Row {
    profile: Uuid,
    other: Uuid,
    kind: String,
    value: String,
    source: String,
    at: DateTime<Utc>,
}

impl Row {
    fn place(&self) -> PairCursor {
        PairCursor { at: self.at, pair: (self.profile, self.other) }
    }
}

/// One page of pairs of unmerged profiles, newest first: undecided ones, or dismissed ones.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    dismissed: bool,
    way: Seek<PairCursor>,
) -> QueryResult<Page<Pair>> {
    let (mut found, mut from) = (Vec::new(), way);
    for _ in 0..READS {
        let rows = read(conn, environment, dismissed, from)?;
        let Some(last) = rows.last().map(Row::place) else { break };
        let is_end = rows.len() <= PAGE;
        let asked: BTreeSet<ProfileId> = rows.iter().flat_map(|row| [row.profile, row.other]).map(ProfileId).collect();
        let mut people = people(conn, environment, &asked)?;
        people.retain(|_, person| person.merged_into.is_none());
        found.extend(rows.into_iter().filter_map(|row| {
            let place = row.place();
            let one = people.get(&ProfileId(row.profile))?.clone();
            let other = people.get(&ProfileId(row.other))?.clone();
            let (first, second) = if one.created_at <= other.created_at { (one, other) } else { (other, one) };
            let by = Identifier::stored((row.kind, row.value));
            Some(Pair { first, second, by, source: row.source, at: row.at, place })
        }));
        if is_end || found.len() > PAGE {
            break;
        }
        from = if way.is_backwards() { Seek::Before(last) } else { Seek::After(last) };
    }
    Ok(Page::from_read(found, PAGE, &way))
}

fn read(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    dismissed: bool,
    way: Seek<PairCursor>,
) -> QueryResult<Vec<Row>> {
    use merge_suggestions::{dismissed_at, environment_id, last_at, other_id, profile_id};
    let profile = profiles::environment_id.eq(environment_id).and(profiles::id.eq(profile_id));
    // What too many people have in common says nothing of two of them.
    let is_reason = |kind: &'static str, channel: &'static str| {
        merge_suggestions::kind.eq(kind).and(shared_addresses::channel.eq(channel))
    };
    let shared = shared_addresses::table
        .filter(shared_addresses::environment_id.eq(environment_id))
        .filter(shared_addresses::address.eq(merge_suggestions::value))
        .filter(is_reason("email", "email").or(is_reason("phone", "sms")));
    let query = merge_suggestions::table
        .inner_join(profiles::table.on(profile))
        .inner_join(sources::table.on(sources::id.eq(merge_suggestions::source_id)))
        .filter(environment_id.eq(environment.0))
        .filter(profiles::merged_into.is_null())
        .filter(dismissed_at.is_not_null().eq(dismissed))
        .filter(not(exists(shared)))
        .select((profile_id, other_id, merge_suggestions::kind, merge_suggestions::value, sources::name, last_at))
        .limit(PAGE as i64 + 1)
        .into_boxed();
    let way = way.map(|place| (place.at, place.pair.0, place.pair.1));
    seek!(query, way, true, (last_at, profile_id, other_id)).load(conn)
}
