//! Rows of profiles, as merges and erasures read and delete them.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, SmallInt, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::db::{
    ids::{EnvironmentId, ProfileId},
    schema::profiles,
    sql_query,
};

/// Survivors of those of these profiles that were merged: the last one of each chain.
pub fn merged_into(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<HashMap<ProfileId, ProfileId>> {
    let (mut last, mut open): (HashMap<ProfileId, ProfileId>, BTreeSet<ProfileId>) = (HashMap::new(), asked.clone());
    while !open.is_empty() {
        let steps: Vec<(Uuid, Option<Uuid>)> = profiles::table
            .filter(profiles::environment_id.eq(environment.0))
            .filter(profiles::id.eq_any(open.iter().map(|profile| profile.0)))
            .filter(profiles::merged_into.is_not_null())
            .select((profiles::id, profiles::merged_into))
            .load(conn)?;
        open.clear();
        for (from, to) in steps.into_iter().filter_map(|(from, to)| Some((ProfileId(from), ProfileId(to?)))) {
            last.values_mut().filter(|end| **end == from).for_each(|end| *end = to);
            if asked.contains(&from) {
                last.insert(from, to);
            }
            open.insert(to);
        }
    }
    Ok(last)
}

/// Versions of those of these profiles that exist: what is deleted or held to a version is the one that was read.
pub fn versions(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<HashMap<ProfileId, i64>> {
    let rows: Vec<(Uuid, i64)> = profiles::table
        .filter(profiles::environment_id.eq(environment.0))
        .filter(profiles::id.eq_any(asked.iter().map(|profile| profile.0)))
        .select((profiles::id, profiles::version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(profile, version)| (ProfileId(profile), version)).collect())
}

/// Deletes profiles with all rows that belong to them alone. If a version changed meanwhile, or a profile was merged before its version was
/// read, the transaction starts again: who survives of a merge is the one to delete.
pub fn delete(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    versions: &HashMap<ProfileId, i64>,
) -> QueryResult<()> {
    let removed = sql_query(
        "DELETE FROM profiles p USING unnest($2, $3) AS u (id, version) \
         WHERE p.environment_id = $1 AND p.id = u.id AND p.version = u.version AND p.merged_into IS NULL",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(versions.keys().map(|profile| profile.0).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(versions.values().copied().collect::<Vec<_>>())
    .execute(conn)?;
    if removed < versions.len() { Err(Error::RollbackTransaction) } else { Ok(()) }
}
