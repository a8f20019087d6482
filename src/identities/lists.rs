//! Each profile's own list of identifiers: `profile_identifiers`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    Identifier, Kind, NewClaim,
    claims::{kinds, values},
};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::profile_identifiers,
        sql_query,
    },
    ledger::Batch,
    registers::Moment,
};

/// Takes identifiers off their profiles' own lists, in one SQL statement.
pub fn unlist(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    gone: &[(ProfileId, &Identifier)],
) -> QueryResult<()> {
    if gone.is_empty() {
        return Ok(());
    }
    sql_query(
        "DELETE FROM profile_identifiers i USING unnest($2, $3, $4) AS u (kind, value, profile_id) \
         WHERE i.environment_id = $1 AND i.profile_id = u.profile_id AND i.kind = u.kind AND i.value = u.value",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(gone.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<Text>, _>(values(gone.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<SqlUuid>, _>(gone.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Adds identifiers to their profiles' own lists, in one SQL statement.
pub fn add_identifiers(conn: &mut PgConnection, batch: &Batch, added: &[NewClaim<'_>]) -> QueryResult<()> {
    if added.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO profile_identifiers (environment_id, profile_id, kind, value, first_seen_at, last_seen_at, source_id, \
             joined_at, leads) \
         SELECT $1, u.profile_id, u.kind, u.value, $5, $5, $6, u.joined_at, u.leads \
         FROM unnest($2, $3, $4, $7, $8) AS u (kind, value, profile_id, joined_at, leads) ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Array<Text>, _>(kinds(added.iter().map(|claim| claim.identifier)))
    .bind::<Array<Text>, _>(values(added.iter().map(|claim| claim.identifier)))
    .bind::<Array<SqlUuid>, _>(added.iter().map(|claim| claim.profile.0).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Integer, _>(batch.source)
    .bind::<Array<Nullable<Timestamptz>>, _>(added.iter().map(|claim| claim.joined.map(|it| it.time())).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(added.iter().map(|claim| claim.joined.is_some_and(|it| it.leads)).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Identifiers on the lists of these profiles that are asked for or were joined to them after `since`, each with the moment at which it was
/// joined; `None`: it always was the profile's own.
pub fn joined(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    asked: &[&Identifier],
    since: DateTime<Utc>,
) -> QueryResult<HashMap<(ProfileId, Identifier), Option<Moment>>> {
    let values: BTreeSet<&str> = asked.iter().map(|identifier| identifier.value.as_str()).collect();
    type Row = (Uuid, String, String, Option<DateTime<Utc>>, bool);
    let rows: Vec<Row> = profile_identifiers::table
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq_any(profiles.iter().map(|profile| profile.0)))
        .filter(profile_identifiers::value.eq_any(values).nullable().or(profile_identifiers::joined_at.gt(since)))
        .select((
            profile_identifiers::profile_id,
            profile_identifiers::kind,
            profile_identifiers::value,
            profile_identifiers::joined_at,
            profile_identifiers::leads,
        ))
        .load(conn)?;
    let row = |(profile, kind, value, at, leads): Row| {
        let identifier = Identifier { kind: Kind::from_stored(&kind), value };
        ((ProfileId(profile), identifier), at.map(|at| Moment::new(at, leads)))
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Writes when identifiers on lists were joined to their profiles (`None`: they always were theirs), in one SQL statement.
pub fn rejoin(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    joined: &[(ProfileId, &Identifier, Option<Moment>)],
) -> QueryResult<()> {
    if joined.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE profile_identifiers i SET joined_at = u.joined_at, leads = u.leads \
         FROM unnest($2, $3, $4, $5, $6) AS u (kind, value, profile_id, joined_at, leads) \
         WHERE i.environment_id = $1 AND i.profile_id = u.profile_id AND i.kind = u.kind AND i.value = u.value",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(joined.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<Text>, _>(values(joined.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<SqlUuid>, _>(joined.iter().map(|(profile, ..)| profile.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(
        joined.iter().map(|(.., moment)| moment.map(Moment::time)).collect::<Vec<_>>(),
    )
    .bind::<Array<Bool>, _>(joined.iter().map(|(.., moment)| moment.is_some_and(|it| it.leads)).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Profiles whose former id the given one is; one SQL statement.
pub fn went_by(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    renamed: &BTreeMap<ProfileId, &Identifier>,
) -> QueryResult<BTreeSet<ProfileId>> {
    let found: Vec<(Uuid, String)> = profile_identifiers::table
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq_any(renamed.keys().map(|profile| profile.0)))
        .filter(profile_identifiers::kind.eq(Kind::Id.as_str()).and(profile_identifiers::retired_at.is_not_null()))
        .filter(profile_identifiers::value.eq_any(renamed.values().map(|id| id.value.as_str())))
        .select((profile_identifiers::profile_id, profile_identifiers::value))
        .load(conn)?;
    let found = found.into_iter().map(|(profile, value)| (ProfileId(profile), value));
    let is_asked = |(profile, value): &(ProfileId, String)| renamed.get(profile).is_some_and(|id| id.value == *value);
    Ok(found.filter(is_asked).map(|(profile, _)| profile).collect())
}

/// Makes the given id each profile's current one; other ids still find the profile.
pub fn retire_others(
    conn: &mut PgConnection,
    batch: &Batch,
    renamed: &BTreeMap<ProfileId, &Identifier>,
) -> QueryResult<()> {
    sql_query(
        "UPDATE profile_identifiers i SET retired_at = CASE WHEN i.value = u.value THEN NULL ELSE coalesce(i.retired_at, $4) END \
         FROM unnest($2, $3) AS u (profile_id, value) \
         WHERE i.environment_id = $1 AND i.profile_id = u.profile_id AND i.kind = 'id'",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Array<SqlUuid>, _>(renamed.keys().map(|profile| profile.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(renamed.values().map(|id| id.value.as_str()).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(batch.received_at)
    .execute(conn)?;
    Ok(())
}

/// Number of identifiers of each profile, counted up to `most`; one SQL statement.
pub fn how_many(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    most: usize,
) -> QueryResult<HashMap<ProfileId, usize>> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    if profiles.is_empty() {
        return Ok(HashMap::new());
    }
    let counted: Vec<Counted> = sql_query(
        "SELECT u.id, c.n FROM unnest($2) AS u (id) CROSS JOIN LATERAL (SELECT count(*) AS n FROM \
             (SELECT FROM profile_identifiers WHERE environment_id = $1 AND profile_id = u.id LIMIT $3) i) c",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(profiles.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .bind::<BigInt, _>(i64::try_from(most).unwrap_or(i64::MAX))
    .load(conn)?;
    Ok(counted.into_iter().map(|row| (ProfileId(row.id), usize::try_from(row.n).unwrap_or(0))).collect())
}

/// All identifiers of these profiles, for moving or removing them; one SQL statement.
pub fn all_of(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
) -> QueryResult<Vec<(ProfileId, Identifier)>> {
    let rows: Vec<(Uuid, String, String)> = profile_identifiers::table
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq_any(profiles.iter().map(|profile| profile.0)))
        .select((profile_identifiers::profile_id, profile_identifiers::kind, profile_identifiers::value))
        .load(conn)?;
    let row = |(profile, kind, value): (Uuid, String, String)| {
        (ProfileId(profile), Identifier { kind: Kind::from_stored(&kind), value })
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Copies identifiers, each as (from, identifier, to), into their new owners' lists. An id becomes a former one, unless it is the only one.
pub fn inherit_identifiers(
    conn: &mut PgConnection,
    batch: &Batch,
    moved: &[(ProfileId, &Identifier, ProfileId)],
) -> QueryResult<()> {
    if moved.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO profile_identifiers (environment_id, profile_id, kind, value, first_seen_at, last_seen_at, source_id, retired_at) \
         SELECT $1, u.to_id, i.kind, i.value, i.first_seen_at, i.last_seen_at, i.source_id, \
             CASE WHEN i.kind = 'id' AND EXISTS (SELECT FROM profile_identifiers k WHERE k.environment_id = $1 \
                 AND k.profile_id = u.to_id AND k.kind = 'id' AND k.retired_at IS NULL) THEN $6 ELSE i.retired_at END \
         FROM unnest($2, $3, $4, $5) AS u (kind, value, from_id, to_id) JOIN profile_identifiers i \
             ON i.environment_id = $1 AND i.profile_id = u.from_id AND i.kind = u.kind AND i.value = u.value \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Array<Text>, _>(kinds(moved.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<Text>, _>(values(moved.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<SqlUuid>, _>(moved.iter().map(|(from, ..)| from.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(moved.iter().map(|(.., to)| to.0).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(batch.received_at)
    .execute(conn)?;
    Ok(())
}
