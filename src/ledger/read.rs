//! Reads `changes`: what a row is, and all queries of a profile's rows but those of the timeline, which are in `groups.rs`.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    dsl::{Eq, InnerJoin, IntoBoxed, On},
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{ChangeId, ChangeKind, Filter, GroupId, SourceRow};
use crate::{
    db::{
        Gathered,
        ids::{EnvironmentId, ProfileId, ProfileKey},
        keyset::{Cursor, Page, Seek, seek},
        schema::{changes, profile_identifiers, sources},
        sql_query,
    },
    json::Json,
};

/// Rows on one page of History.
pub const PAGE: usize = 50;
/// Newest rows of a profile among which the last change of a subject is looked up.
const LATELY: i64 = 2_000;
/// Newest rows of a profile among which former values are looked up: a value last changed before them shows no former value.
const PREVIOUS: i64 = 1_000;
/// Up to how many profiles are counted exactly.
pub const COUNTED: i64 = 10_000;

/// A row of the ledger as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRow {
    /// Profile whose ledger has the row.
    pub profile: ProfileId,
    /// Time of writing.
    pub recorded_at: DateTime<Utc>,
    /// Id of the row, unique among rows of one time.
    pub id: Uuid,
    /// Time since when the change is true.
    pub as_of: DateTime<Utc>,
    /// Kind of the change.
    pub kind: ChangeKind,
    /// What was changed, within the kind: the name of an attribute, for example.
    pub subject: String,
    /// Former value; `None`: there was none.
    pub before: Option<Value>,
    /// New value; `None`: the value was removed.
    pub after: Option<Value>,
    /// Reason that somebody gave; `None` if nobody did.
    pub reason: Option<String>,
    /// What was said and not taken, so that the value stayed; `None`: the value changed.
    pub refused: Option<Value>,
    /// Source of the change.
    pub source: SourceRow,
    /// Group of the change.
    pub group: Uuid,
}

impl ChangeRow {
    /// Position of the row in its ledger.
    pub fn place(&self) -> Cursor {
        Cursor { at: self.recorded_at, id: self.id }
    }

    /// Id of the row for addresses.
    pub fn change_id(&self) -> ChangeId {
        ChangeId(self.place())
    }

    /// Id of the row's group for addresses.
    pub fn group_id(&self) -> GroupId {
        GroupId(self.group)
    }
}

/// [`ChangeRow`] as SQL statements return it.
#[derive(Queryable, QueryableByName)]
pub(super) struct Stored {
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    as_of: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    before: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    after: Option<Json>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    refused: Option<Json>,
    #[diesel(sql_type = SqlUuid)]
    group_id: Uuid,
    #[diesel(embed)]
    source: SourceRow,
}

/// The columns of [`Stored`] for SQL texts, of `changes c` and `sources s`.
macro_rules! columns {
    () => {
        "c.profile_id, c.recorded_at, c.id, c.as_of, c.kind, c.subject, c.before, c.after, c.reason, c.refused, c.group_id, \
         s.id AS source_id, s.kind AS source_kind, s.name AS source_name"
    };
}
pub(super) use columns;

/// The row; `None` if a later version of kith wrote its kind.
pub(super) fn read(stored: Stored) -> Option<ChangeRow> {
    Some(ChangeRow {
        profile: stored.profile_id,
        recorded_at: stored.recorded_at,
        id: stored.id,
        as_of: stored.as_of,
        kind: ChangeKind::from_stored(&stored.kind)?,
        subject: stored.subject,
        before: stored.before.map(Value::from),
        after: stored.after.map(Value::from),
        reason: stored.reason,
        refused: stored.refused.map(Value::from),
        source: stored.source,
        group: stored.group_id,
    })
}

type WithSources = InnerJoin<changes::table, On<sources::table, Eq<sources::id, changes::source_id>>>;
pub(super) type Changes<'a> = IntoBoxed<'a, WithSources, Pg>;

fn of_environment<'a>(environment: EnvironmentId) -> Changes<'a> {
    let with_sources = changes::table.inner_join(sources::table.on(sources::id.eq(changes::source_id)));
    with_sources.into_boxed().filter(changes::environment_id.eq(environment.0))
}

/// The rows of a profile's ledger.
pub(super) fn of<'a>(ProfileKey { environment, profile }: ProfileKey) -> Changes<'a> {
    of_environment(environment).filter(changes::profile_id.eq(profile.0))
}

/// The first `limit` rows of a query.
pub(super) fn load(query: Changes<'_>, limit: i64, conn: &mut PgConnection) -> QueryResult<Vec<Stored>> {
    use changes as c;
    query
        .select((
            c::profile_id,
            c::recorded_at,
            c::id,
            c::as_of,
            c::kind,
            c::subject,
            c::before,
            c::after,
            c::reason,
            c::refused,
            c::group_id,
            (sources::id, sources::kind, sources::name),
        ))
        .limit(limit)
        .load(conn)
}

fn newest_first(query: Changes<'_>) -> Changes<'_> {
    query.order((changes::recorded_at.desc(), changes::id.desc()))
}

/// One page of a profile's ledger, [`PAGE`] rows, newest first.
pub fn page(
    conn: &mut PgConnection,
    at: ProfileKey,
    filter: &Filter,
    way: Seek<Cursor>,
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
        query = query.filter(sources::kind.eq(actor.as_str()));
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
    query = seek!(query, way.columns(), true, (c::recorded_at, c::id));
    let rows = load(query, PAGE as i64 + 1, conn)?;
    let page = Page::from_read(rows, PAGE, &way);
    Ok(Page {
        rows: page.rows.into_iter().filter_map(read).collect(),
        has_next: page.has_next,
        has_previous: page.has_previous,
    })
}

/// One row of a profile's ledger.
pub fn find(conn: &mut PgConnection, at: ProfileKey, ChangeId(place): ChangeId) -> QueryResult<Option<ChangeRow>> {
    let found = of(at).filter(changes::recorded_at.eq(place.at).and(changes::id.eq(place.id)));
    Ok(load(found, 1, conn)?.into_iter().find_map(read))
}

/// The newest `limit` rows of a group in a profile's ledger.
pub fn of_group(
    conn: &mut PgConnection,
    at: ProfileKey,
    GroupId(group): GroupId,
    limit: i64,
) -> QueryResult<Vec<ChangeRow>> {
    let found = newest_first(of(at).filter(changes::group_id.eq(group)));
    Ok(load(found, limit, conn)?.into_iter().filter_map(read).collect())
}

/// At most `limit` rows of a group in the ledgers of all profiles after `after`, in the order of the profiles' ids.
pub fn of_everybody(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    GroupId(group): GroupId,
    after: Option<ProfileId>,
    limit: i64,
) -> QueryResult<Vec<ChangeRow>> {
    let mut found = of_environment(environment).filter(changes::group_id.eq(group)).order(changes::profile_id);
    if let Some(after) = after {
        found = found.filter(changes::profile_id.gt(after.0));
    }
    Ok(load(found, limit, conn)?.into_iter().filter_map(read).collect())
}

/// Number of profiles that a group changed: exact up to [`COUNTED`], one more than that if there are more.
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

/// Number of rows in a profile's ledger by group, for groups written at these times. A form, import or call writes its rows of a profile at
/// one time, so the primary key answers this.
pub fn group_sizes(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
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

/// The newest row of each thing (kind and subject), if it is among the profile's newest two thousand rows since `since`.
pub fn newest(
    conn: &mut PgConnection,
    at: ProfileKey,
    things: &[(ChangeKind, &str)],
    since: DateTime<Utc>,
) -> QueryResult<BTreeMap<(ChangeKind, String), ChangeRow>> {
    let mut newest = BTreeMap::new();
    if things.is_empty() {
        return Ok(newest);
    }
    let subjects: Vec<String> = things.iter().map(|(_, subject)| (*subject).to_owned()).collect();
    let found = of(at).filter(changes::recorded_at.ge(since)).filter(changes::subject.eq_any(subjects));
    let found = newest_first(found.filter(changes::refused.is_null()));
    for row in load(found, LATELY, conn)?.into_iter().filter_map(read) {
        if things.contains(&(row.kind, row.subject.as_str())) {
            newest.entry((row.kind, row.subject.clone())).or_insert(row);
        }
    }
    Ok(newest)
}

/// The sources of a profile's newest five thousand rows, by name.
#[derive(Deserialize)]
pub struct OwnSources(pub Vec<SourceRow>);

impl Gathered for OwnSources {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'actor', s.kind, 'name', s.name) ORDER BY s.name, s.id), '[]') \
         FROM sources s WHERE s.id IN (SELECT DISTINCT c.source_id FROM ( \
             SELECT c.source_id FROM changes c WHERE c.environment_id = $1 AND c.profile_id = $2 \
             ORDER BY c.recorded_at DESC, c.id DESC LIMIT 5000) c))";
}

/// Values of a profile's attributes and addresses before their last change, by kind and subject, where there was a value. One SQL statement
/// over the newest thousand changes, which reads no more of them than it returns.
pub fn previous(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
) -> QueryResult<HashMap<(ChangeKind, String), Value>> {
    let kinds = [ChangeKind::Attribute, ChangeKind::Address].map(ChangeKind::as_str);
    let rows: Vec<(String, String, Option<Json>)> = changes::table
        .filter(changes::environment_id.eq(environment.0).and(changes::profile_id.eq(profile.0)))
        .filter(changes::kind.eq_any(kinds))
        .order((changes::recorded_at.desc(), changes::id.desc()))
        .select((changes::kind, changes::subject, changes::before))
        .limit(PREVIOUS)
        .load(conn)?;
    let mut last: HashMap<(ChangeKind, String), Option<Value>> = HashMap::new();
    for (kind, subject, before) in rows {
        if let Some(kind) = ChangeKind::from_stored(&kind) {
            last.entry((kind, subject)).or_insert(before.map(Value::from));
        }
    }
    Ok(last.into_iter().filter_map(|(key, before)| Some((key, before?))).collect())
}

/// Current ids (identifiers of kind `id`) of these profiles, in one SQL statement.
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
    use super::{super::Actor, *};
    use crate::db::ids::SourceId;

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
            refused: None,
            source: SourceRow { id: SourceId(1), actor: Actor::Key, name: String::new() },
            group: Uuid::nil(),
        }
    }
}
