//! Rows of suggestions, merges, aliases and watched profiles.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::max,
    prelude::*,
    result::Error,
    sql_types::{Array, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{NewMerge, PastMerge};
use crate::{
    db::{
        Gathered,
        ids::{EnvironmentId, Pair, ProfileId, ProfileKey},
        keyset::beyond,
        schema::{merge_suggestions, merges, profile_aliases, profile_identifiers, settling},
        sql_query,
    },
    identities::Identifier,
    json::Json,
    ledger::Batch,
    registers::Moment,
};

/// Most merges that one batch looks back at.
const MOST_LATER: i64 = 2_000;

/// A suggestion to merge two known people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The profiles, the smaller id first.
    pair: (ProfileId, ProfileId),
    by: Identifier,
}

impl Suggestion {
    /// A suggestion because both profiles use the identifier `by`.
    pub fn new(one: ProfileId, other: ProfileId, by: Identifier) -> Self {
        Self { pair: (one.min(other), one.max(other)), by }
    }
}

/// Stores suggestions in one SQL statement; `last` gives the survivor of a profile. Dismissed suggestions stay dismissed.
pub fn suggest(
    conn: &mut PgConnection,
    batch: &Batch,
    suggestions: &[Suggestion],
    last: impl Fn(ProfileId) -> ProfileId,
) -> QueryResult<()> {
    let mut rows: Vec<Suggestion> = suggestions
        .iter()
        .map(|found| Suggestion::new(last(found.pair.0), last(found.pair.1), found.by.clone()))
        .filter(|found| found.pair.0 != found.pair.1)
        .collect();
    rows.sort_by_key(|row| row.pair);
    rows.dedup_by_key(|row| row.pair);
    if rows.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO merge_suggestions (environment_id, profile_id, other_id, kind, value, source_id, first_at, last_at) \
         SELECT $1, u.profile_id, u.other_id, u.kind, u.value, $2, $3, $3 \
         FROM unnest($4, $5, $6, $7) AS u (profile_id, other_id, kind, value) \
         ON CONFLICT (environment_id, profile_id, other_id) DO UPDATE SET last_at = excluded.last_at",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Integer, _>(batch.source)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.pair.0.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.pair.1.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.by.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.by.value.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Pairs that were first suggested at that time, at most a thousand.
pub fn suggested_at(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    at: DateTime<Utc>,
) -> QueryResult<Vec<(ProfileId, ProfileId)>> {
    use merge_suggestions as m;
    let found: Vec<(Uuid, Uuid)> = m::table
        .filter(m::environment_id.eq(environment.0).and(m::last_at.eq(at)).and(m::first_at.eq(at)))
        .order((m::profile_id, m::other_id))
        .select((m::profile_id, m::other_id))
        .limit(1_000)
        .load(conn)?;
    Ok(found.into_iter().map(|(one, other)| (ProfileId(one), ProfileId(other))).collect())
}

/// Suggests survivors where the merged were suggested, and dismisses them where those were dismissed. The suggestions of the merged stay,
/// for the day on which the merge is undone.
pub fn follow(conn: &mut PgConnection, environment: EnvironmentId, pairs: &[Pair]) -> QueryResult<usize> {
    let [from, to] = Pair::columns(pairs);
    sql_query(
        "INSERT INTO merge_suggestions (environment_id, profile_id, other_id, kind, value, source_id, first_at, last_at, dismissed_at) \
         SELECT DISTINCT ON (1, 2, 3) environment_id, least(one, other), greatest(one, other), kind, value, source_id, first_at, \
             last_at, dismissed_at \
         FROM (SELECT s.*, u.to_id AS one, s.other_id AS other FROM unnest($2, $3) AS u (from_id, to_id) \
                 JOIN merge_suggestions s ON s.environment_id = $1 AND s.profile_id = u.from_id \
             UNION ALL SELECT s.*, u.to_id, s.profile_id FROM unnest($2, $3) AS u (from_id, to_id) \
                 JOIN merge_suggestions s ON s.environment_id = $1 AND s.other_id = u.from_id) f \
         WHERE one <> other AND NOT (other = ANY($2)) ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)
}

/// Dismisses the suggestion of two profiles at that time, or brings it back (`None`). False if there is no suggestion.
pub fn dismiss(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    one: ProfileId,
    other: ProfileId,
    at: Option<DateTime<Utc>>,
) -> QueryResult<bool> {
    let pair = merge_suggestions::table.find((environment.0, one.min(other).0, one.max(other).0));
    Ok(diesel::update(pair).set(merge_suggestions::dismissed_at.eq(at)).execute(conn)? > 0)
}

/// Writes merges down, and keeps the addresses of the merged leading to the survivors: theirs, and those that led to them. `parts` are
/// those who became part of each other in this batch, whether at once or on the way. Two statements for all.
pub fn record(conn: &mut PgConnection, batch: &Batch, merges: &[NewMerge], parts: &[Pair]) -> QueryResult<()> {
    let moved =
        |merge: &NewMerge| Json(merge.identifiers.iter().map(|it| json!([it.kind.as_str(), &it.value])).collect());
    sql_query(
        "INSERT INTO merges (environment_id, profile_id, id, merged_id, merged_at, source_id, taken, identifiers, said_at, \
             said_index, leads) \
         SELECT $1, u.profile_id, u.id, u.merged_id, $2, $3, u.taken, u.identifiers, u.said_at, u.said_index, u.leads \
         FROM unnest($4, $5, $6, $7, $8, $9, $10, $11) \
             AS u (profile_id, id, merged_id, taken, identifiers, said_at, said_index, leads)",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Integer, _>(batch.source)
    .bind::<Array<SqlUuid>, _>(merges.iter().map(|merge| merge.survivor.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(merges.iter().map(|merge| merge.id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(merges.iter().map(|merge| merge.merged.0).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(merges.iter().map(|merge| Json(json!(merge.taken))).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(merges.iter().map(moved).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(merges.iter().map(|merge| merge.moment.time()).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(merges.iter().map(|merge| merge.moment.index).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(merges.iter().map(|merge| merge.moment.leads).collect::<Vec<_>>())
    .execute(conn)?;
    let [from, to] = Pair::columns(parts);
    sql_query(
        "INSERT INTO profile_aliases (environment_id, profile_id, alias_id) \
         SELECT $1, u.to_id, u.from_id FROM unnest($2, $3) AS u (from_id, to_id) \
         UNION SELECT $1, u.to_id, a.alias_id FROM unnest($2, $3) AS u (from_id, to_id) \
             JOIN profile_aliases a ON a.environment_id = $1 AND a.profile_id = u.from_id ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)?;
    Ok(())
}

/// Merges into these people and their parts that were said after `since` and not undone, in the order in which they were said; of very many the last.
pub fn later(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    people: &[ProfileId],
    since: DateTime<Utc>,
) -> QueryResult<Vec<PastMerge>> {
    use merges as m;
    type Row = (Uuid, Uuid, Uuid, DateTime<Utc>, i32, bool, Json);
    let people: Vec<Uuid> = people.iter().map(|profile| profile.0).collect();
    let parts = profile_aliases::table
        .filter(profile_aliases::environment_id.eq(environment.0))
        .filter(profile_aliases::profile_id.eq_any(people.clone()))
        .select(profile_aliases::alias_id);
    let mut rows: Vec<Row> = m::table
        .filter(m::environment_id.eq(environment.0).and(m::undone_at.is_null()).and(m::said_at.gt(since)))
        .filter(m::profile_id.eq_any(people.clone()).or(m::profile_id.eq_any(parts)))
        .order((m::said_at.desc(), m::said_index.desc(), m::id.desc()))
        .select((m::id, m::merged_id, m::profile_id, m::said_at, m::said_index, m::leads, m::taken))
        .limit(MOST_LATER)
        .load(conn)?;
    rows.reverse();
    let row = |(id, from, to, said_at, index, leads, taken): Row| {
        let taken = serde_json::from_value(taken.0).map_err(|error| Error::DeserializationError(Box::new(error)))?;
        let pair = Pair { from: ProfileId(from), to: ProfileId(to) };
        Ok(PastMerge { id, pair, moment: Moment { index, ..Moment::new(said_at, leads) }, taken })
    };
    rows.into_iter().map(row).collect()
}

/// When anybody or an identifier was last joined to a profile, but for one merge.
pub fn last_joined(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    but: Uuid,
) -> QueryResult<Option<DateTime<Utc>>> {
    use profile_identifiers as i;
    let of_merges: Option<DateTime<Utc>> = merges::table
        .filter(merges::environment_id.eq(environment.0).and(merges::profile_id.eq(profile.0)))
        .filter(merges::undone_at.is_null().and(merges::id.ne(but)))
        .select(max(merges::said_at))
        .first(conn)?;
    let of_identifiers: Option<DateTime<Utc>> = i::table
        .filter(i::environment_id.eq(environment.0).and(i::profile_id.eq(profile.0)))
        .select(max(i::joined_at))
        .first(conn)?;
    Ok(of_merges.max(of_identifiers))
}

/// Profiles that were merged into these, each with the one of these that it became part of.
pub fn aliases_of(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
) -> QueryResult<Vec<Pair>> {
    profile_aliases::table
        .filter(profile_aliases::environment_id.eq(environment.0))
        .filter(profile_aliases::profile_id.eq_any(profiles.iter().map(|profile| profile.0)))
        .select((profile_aliases::alias_id, profile_aliases::profile_id))
        .load(conn)
        .map(|found: Vec<(Uuid, Uuid)>| {
            found.into_iter().map(|(from, to)| Pair { from: ProfileId(from), to: ProfileId(to) }).collect()
        })
}

/// Watches these profiles for late events, each with its survivor; `None`: erased, so late events are deleted.
pub fn settle(conn: &mut PgConnection, batch: &Batch, gone: &[(ProfileId, Option<ProfileId>)]) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO settling (environment_id, profile_id, survivor_id, since) \
         SELECT $1, u.profile_id, u.survivor_id, $2 FROM unnest($3, $4) AS u (profile_id, survivor_id) \
         ON CONFLICT (environment_id, profile_id) DO UPDATE SET survivor_id = excluded.survivor_id, since = excluded.since",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Array<SqlUuid>, _>(gone.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(
        gone.iter().map(|(_, survivor)| survivor.map(|survivor| survivor.0)).collect::<Vec<_>>(),
    )
    .execute(conn)
}

/// A merged or erased profile that is watched for late events.
#[derive(Clone, Copy, Debug)]
pub struct Settling {
    /// Environment of the profile.
    pub environment: EnvironmentId,
    /// The profile.
    pub profile: ProfileId,
    /// The profile that gets the late events; `None`: they are deleted.
    pub survivor: Option<ProfileId>,
    /// Time of the merge or erasure.
    pub since: DateTime<Utc>,
}

/// Profiles whose late events are looked for, at most a thousand, in their order after the one that is named.
pub fn settling(conn: &mut PgConnection, after: Option<ProfileKey>) -> QueryResult<Vec<Settling>> {
    let mut open = settling::table
        .order((settling::environment_id, settling::profile_id))
        .select((settling::environment_id, settling::profile_id, settling::survivor_id, settling::since))
        .limit(1000)
        .into_boxed();
    if let Some(ProfileKey { environment, profile }) = after {
        open =
            open.filter(beyond!((environment.0, profile.0), gt ge, (settling::environment_id, settling::profile_id)));
    }
    let rows: Vec<(i16, Uuid, Option<Uuid>, DateTime<Utc>)> = open.load(conn)?;
    let row = |(environment, profile, survivor, since): (i16, Uuid, Option<Uuid>, DateTime<Utc>)| Settling {
        environment: EnvironmentId(environment),
        profile: ProfileId(profile),
        survivor: survivor.map(ProfileId),
        since,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The profiles among `asked` that are still watched, locked until the transaction ends, so that an undoing of a merge waits.
pub fn hold(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[ProfileId],
) -> QueryResult<HashSet<ProfileId>> {
    let held: Vec<Uuid> = diesel::update(settling::table)
        .filter(settling::environment_id.eq(environment.0))
        .filter(settling::profile_id.eq_any(asked.iter().map(|profile| profile.0)))
        .set(settling::since.eq(settling::since))
        .returning(settling::profile_id)
        .get_results(conn)?;
    Ok(held.into_iter().map(ProfileId).collect())
}

/// Stops watching profiles that are live again.
pub fn unsettle(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: impl Iterator<Item = ProfileId>,
) -> QueryResult<usize> {
    diesel::delete(
        settling::table
            .filter(settling::environment_id.eq(environment.0))
            .filter(settling::profile_id.eq_any(profiles.map(|profile| profile.0))),
    )
    .execute(conn)
}

/// Stops watching those of these profiles that have no events left.
pub fn settled(conn: &mut PgConnection, environment: EnvironmentId, quiet: &[ProfileId]) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM settling s WHERE s.environment_id = $1 AND s.profile_id = ANY($2) AND NOT EXISTS (SELECT FROM events e \
         WHERE e.environment_id = s.environment_id AND e.profile_id = s.profile_id)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(quiet.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .execute(conn)
}

/// Records the undoing of a merge: addresses of the restored profile lead only to it again.
pub fn forget(
    conn: &mut PgConnection,
    batch: &Batch,
    Pair { from: survivor, to: restored }: Pair,
    merge: Uuid,
    aliases: &[ProfileId],
) -> QueryResult<()> {
    let environment = batch.environment.0;
    let all = aliases.iter().chain([&restored]).map(|profile| profile.0);
    diesel::delete(
        profile_aliases::table
            .filter(profile_aliases::environment_id.eq(environment).and(profile_aliases::profile_id.eq(survivor.0)))
            .filter(profile_aliases::alias_id.eq_any(all)),
    )
    .execute(conn)?;
    diesel::update(merges::table.find((environment, survivor.0, merge)))
        .set((merges::undone_at.eq(batch.received_at), merges::undone_by.eq(batch.source.0)))
        .execute(conn)?;
    Ok(())
}

/// Profiles that were merged into this one, newest first, at most 20.
#[derive(Deserialize)]
pub struct FirstParts(pub Vec<ProfileId>);

impl Gathered for FirstParts {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(a.alias_id ORDER BY a.alias_id DESC), '[]') FROM ( \
             SELECT a.alias_id FROM profile_aliases a WHERE a.environment_id = $1 AND a.profile_id = $2 \
             ORDER BY a.alias_id DESC LIMIT 20) a)";
}

/// [`FirstParts`] of a profile.
pub fn parts(conn: &mut PgConnection, ProfileKey { environment, profile }: ProfileKey) -> QueryResult<Vec<ProfileId>> {
    let own = profile_aliases::environment_id.eq(environment.0).and(profile_aliases::profile_id.eq(profile.0));
    let ids: Vec<Uuid> = profile_aliases::table
        .filter(own)
        .select(profile_aliases::alias_id)
        .order(profile_aliases::alias_id.desc())
        .limit(20)
        .load(conn)?;
    Ok(ids.into_iter().map(ProfileId).collect())
}

/// Whether `part` was merged into a profile.
pub fn is_part_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    part: ProfileId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(profile_aliases::table.find((environment.0, profile.0, part.0))))
        .get_result(conn)
}
