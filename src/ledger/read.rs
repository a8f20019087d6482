use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    pg::Pg,
    prelude::*,
    sql_types::{Array, BigInt, Integer, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, ChangeId, ChangeKind, Filter, GroupId};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, SourceId},
        keyset::{Page, Place, Way},
        schema::{changes, profile_aliases, profile_identifiers, sources},
        sql_query,
    },
    json::Json,
};

/// Rows on one page.
pub const PAGE: usize = 50;
/// Rows among which the sources are looked up that can be chosen.
const RECENT: i64 = 5_000;
/// Sources of one sort; there are far fewer.
const SOURCES: i64 = 10_000;
/// Rows looked through for the newest change of something.
const LATELY: i64 = 2_000;
/// Profiles that are counted.
pub const COUNTED: i64 = 10_000;

/// A row of the ledger as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRow {
    /// Whose.
    pub profile: ProfileId,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Which of those written then.
    pub id: Uuid,
    /// When it was true.
    pub as_of: DateTime<Utc>,
    /// What sort of thing was changed.
    pub kind: ChangeKind,
    /// Which one.
    pub subject: String,
    /// What it was; none: there was none.
    pub before: Option<Value>,
    /// What it became; none: there is none since.
    pub after: Option<Value>,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// By whom.
    pub source: SourceId,
    /// What it was done together with.
    pub group: Uuid,
}

impl ChangeRow {
    /// Where it is found.
    pub fn place(&self) -> Place {
        Place { at: self.recorded_at, id: self.id }
    }

    /// As addresses name it.
    pub fn change_id(&self) -> ChangeId {
        ChangeId(self.place())
    }

    /// As addresses name what it was done together with.
    pub fn group_id(&self) -> GroupId {
        GroupId(self.group)
    }
}

type Stored = (
    (Uuid, DateTime<Utc>, Uuid, DateTime<Utc>, String, String),
    (Option<Json>, Option<Json>, Option<String>, i32, Uuid),
);

/// None: a later version of kith wrote it.
fn read((key, rest): Stored) -> Option<ChangeRow> {
    let (profile, recorded_at, id, as_of, kind, subject) = key;
    let (before, after, reason, source, group) = rest;
    Some(ChangeRow {
        profile: ProfileId(profile),
        recorded_at,
        id,
        as_of,
        kind: ChangeKind::from_stored(&kind)?,
        subject,
        before: before.map(Value::from),
        after: after.map(Value::from),
        reason,
        source: SourceId(source),
        group,
    })
}

type Changes<'a> = changes::BoxedQuery<'a, Pg>;

fn load(query: Changes<'_>, limit: i64, conn: &mut PgConnection) -> QueryResult<Vec<Stored>> {
    use changes as c;
    query
        .select((
            (c::profile_id, c::recorded_at, c::id, c::as_of, c::kind, c::subject),
            (c::before, c::after, c::reason, c::source_id, c::group_id),
        ))
        .limit(limit)
        .load(conn)
}

fn of<'a>((environment, profile): (EnvironmentId, ProfileId)) -> Changes<'a> {
    changes::table.filter(changes::environment_id.eq(environment.0).and(changes::profile_id.eq(profile.0))).into_boxed()
}

fn newest_first(query: Changes<'_>) -> Changes<'_> {
    query.order((changes::recorded_at.desc(), changes::id.desc()))
}

/// One page of a profile's ledger, newest first.
pub fn page(
    conn: &mut PgConnection,
    at: (EnvironmentId, ProfileId),
    filter: &Filter,
    way: Way<Place>,
) -> QueryResult<Page<ChangeRow>> {
    use changes as c;
    let mut query = of(at);
    if let Some(kind) = filter.kind {
        query = query.filter(c::kind.eq(kind.as_str()));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(c::subject.eq(subject.clone()));
    }
    if let Some(source) = filter.source {
        query = query.filter(c::source_id.eq(source.0));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(c::source_id.eq_any(sources_of(conn, at.0, actor)?));
    }
    if let Some(group) = filter.group {
        query = query.filter(c::group_id.eq(group));
    }
    if let Some(from) = filter.from {
        query = query.filter(c::recorded_at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(c::recorded_at.lt(until));
    }
    // The first condition is for the index, the second for ties.
    query = match way {
        Way::Start => query,
        Way::After(at) => query.filter(c::recorded_at.le(at.at)).filter(c::recorded_at.lt(at.at).or(c::id.lt(at.id))),
        Way::Before(at) => query.filter(c::recorded_at.ge(at.at)).filter(c::recorded_at.gt(at.at).or(c::id.gt(at.id))),
    };
    query = match way.is_backwards() {
        true => query.order((c::recorded_at.asc(), c::id.asc())),
        false => newest_first(query),
    };
    let rows = load(query, PAGE as i64 + 1, conn)?;
    let page = Page::from_read(rows, PAGE, &way);
    Ok(Page {
        rows: page.rows.into_iter().filter_map(read).collect(),
        has_next: page.has_next,
        has_previous: page.has_previous,
    })
}

fn sources_of(conn: &mut PgConnection, environment: EnvironmentId, actor: Actor) -> QueryResult<Vec<i32>> {
    sources::table
        .filter(sources::environment_id.eq(environment.0).and(sources::kind.eq(actor.as_str())))
        .order(sources::id.desc())
        .select(sources::id)
        .limit(SOURCES)
        .load(conn)
}

/// One row of a profile's ledger.
pub fn find(
    conn: &mut PgConnection,
    at: (EnvironmentId, ProfileId),
    ChangeId(place): ChangeId,
) -> QueryResult<Option<ChangeRow>> {
    let found = of(at).filter(changes::recorded_at.eq(place.at).and(changes::id.eq(place.id)));
    Ok(load(found, 1, conn)?.into_iter().find_map(read))
}

/// The newest `limit` rows that one form, import, call or job wrote about a profile.
pub fn of_group(
    conn: &mut PgConnection,
    at: (EnvironmentId, ProfileId),
    GroupId(group): GroupId,
    limit: i64,
) -> QueryResult<Vec<ChangeRow>> {
    let found = newest_first(of(at).filter(changes::group_id.eq(group)));
    Ok(load(found, limit, conn)?.into_iter().filter_map(read).collect())
}

/// At most `limit` rows that one form, import, call or job wrote about the profiles after `after`, in the order of their ids.
pub fn of_everybody(
    conn: &mut PgConnection,
    (environment, GroupId(group)): (EnvironmentId, GroupId),
    after: Option<ProfileId>,
    limit: i64,
) -> QueryResult<Vec<ChangeRow>> {
    let mut found = changes::table
        .filter(changes::environment_id.eq(environment.0).and(changes::group_id.eq(group)))
        .order(changes::profile_id)
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(changes::profile_id.gt(after.0));
    }
    Ok(load(found, limit, conn)?.into_iter().filter_map(read).collect())
}

/// How many profiles one form, import, call or job changed: exact up to [`COUNTED`], and one more where there are more.
pub fn count_profiles(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    GroupId(group): GroupId,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let counted: Count = sql_query(
        "SELECT count(*) AS count FROM (SELECT DISTINCT profile_id FROM changes \
         WHERE environment_id = $1 AND group_id = $2 ORDER BY profile_id LIMIT $3) p",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(group)
    .bind::<BigInt, _>(COUNTED + 1)
    .get_result(conn)?;
    Ok(counted.count)
}

/// How many rows of a profile's ledger were written by the forms, imports and calls of these times. Each writes all that it says of somebody
/// at one time, which makes this a matter of the primary key.
pub fn group_sizes(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    times: &[DateTime<Utc>],
) -> QueryResult<HashMap<Uuid, i64>> {
    let counted: Vec<(Uuid, i64)> = changes::table
        .filter(changes::environment_id.eq(environment.0).and(changes::profile_id.eq(profile.0)))
        .filter(changes::recorded_at.eq_any(times))
        .group_by(changes::group_id)
        .select((changes::group_id, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(counted.into_iter().collect())
}

/// The newest rows about these things, each a kind and a subject, that a profile's ledger has: those that are among its newest two thousand
/// since `since`.
pub fn newest(
    conn: &mut PgConnection,
    at: (EnvironmentId, ProfileId),
    things: &[(ChangeKind, &str)],
    since: DateTime<Utc>,
) -> QueryResult<BTreeMap<(ChangeKind, String), ChangeRow>> {
    let mut newest = BTreeMap::new();
    if things.is_empty() {
        return Ok(newest);
    }
    let subjects: Vec<String> = things.iter().map(|(_, subject)| (*subject).to_owned()).collect();
    let found = newest_first(of(at).filter(changes::recorded_at.ge(since)).filter(changes::subject.eq_any(subjects)));
    for row in load(found, LATELY, conn)?.into_iter().filter_map(read) {
        if things.contains(&(row.kind, row.subject.as_str())) {
            newest.entry((row.kind, row.subject.clone())).or_insert(row);
        }
    }
    Ok(newest)
}

/// Who or what changes things.
#[derive(Clone, Debug, QueryableByName)]
pub struct Speaker {
    /// Its id.
    #[diesel(sql_type = Integer)]
    pub id: i32,
    #[diesel(sql_type = Text)]
    kind: String,
    /// As people read it.
    #[diesel(sql_type = Text)]
    pub name: String,
}

impl Speaker {
    /// What it is.
    pub fn actor(&self) -> Actor {
        Actor::from_stored(&self.kind).unwrap_or(Actor::Job)
    }
}

/// These sources, one statement for all.
pub fn speakers(conn: &mut PgConnection, asked: &[SourceId]) -> QueryResult<HashMap<SourceId, Speaker>> {
    let found: Vec<Speaker> = sql_query("SELECT id, kind, name FROM sources WHERE id = ANY($1)")
        .bind::<Array<Integer>, _>(asked.iter().map(|id| id.0).collect::<Vec<_>>())
        .load(conn)?;
    Ok(found.into_iter().map(|speaker| (SourceId(speaker.id), speaker)).collect())
}

/// The sources of a profile's newest five thousand rows, by name.
pub fn speakers_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
) -> QueryResult<Vec<Speaker>> {
    sql_query(
        "SELECT s.id, s.kind, s.name FROM sources s WHERE s.id IN (SELECT DISTINCT c.source_id FROM \
         (SELECT source_id FROM changes WHERE environment_id = $1 AND profile_id = $2 \
          ORDER BY recorded_at DESC, id DESC LIMIT $3) c) ORDER BY s.name, s.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<BigInt, _>(RECENT)
    .load(conn)
}

/// Those who became part of a profile, the newest first, at most `limit`.
pub fn parts_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    limit: i64,
) -> QueryResult<Vec<ProfileId>> {
    use profile_aliases as a;
    let found: Vec<Uuid> = a::table
        .filter(a::environment_id.eq(environment.0).and(a::profile_id.eq(profile.0)))
        .order(a::alias_id.desc())
        .select(a::alias_id)
        .limit(limit)
        .load(conn)?;
    Ok(found.into_iter().map(ProfileId).collect())
}

/// Whether somebody became part of a profile.
pub fn is_part_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    part: ProfileId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(profile_aliases::table.find((environment.0, profile.0, part.0))))
        .get_result(conn)
}

/// The ids by which these profiles go, one statement for all.
pub fn current_ids(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
) -> QueryResult<HashMap<ProfileId, String>> {
    use profile_identifiers as i;
    let found: Vec<(Uuid, String)> = i::table
        .filter(i::environment_id.eq(environment.0).and(i::profile_id.eq_any(profiles.iter().map(|it| it.0))))
        .filter(i::kind.eq("id").and(i::retired_at.is_null()))
        .select((i::profile_id, i::value))
        .load(conn)?;
    Ok(found.into_iter().map(|(profile, value)| (ProfileId(profile), value)).collect())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A change of that kind and subject.
    pub fn row(kind: ChangeKind, subject: &str, before: Value, after: Value) -> ChangeRow {
        let some = |value: Value| Some(value).filter(|value| !value.is_null());
        ChangeRow {
            profile: ProfileId(Uuid::nil()),
            recorded_at: DateTime::UNIX_EPOCH,
            id: Uuid::nil(),
            as_of: DateTime::UNIX_EPOCH,
            kind,
            subject: subject.to_owned(),
            before: some(before),
            after: some(after),
            reason: None,
            source: SourceId(1),
            group: Uuid::nil(),
        }
    }
}
