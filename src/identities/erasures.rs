//! Erasures: hashes of the identifiers of erased people, which are all that is kept of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, Bool, Bytea, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Identifier,
    claims::{NewClaim, claim, kinds, values},
};
use crate::db::{
    ids::{EnvironmentId, ProfileId},
    schema::erasures,
    sql_query,
};

/// The erasure of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Time of the erasure; statements until then are dropped.
    pub at: DateTime<Utc>,
    /// Whether newer statements are dropped too.
    pub is_blocked: bool,
}

/// Hash of an identifier, in place of it.
fn digest(environment: EnvironmentId, identifier: &Identifier) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(environment.0.to_be_bytes());
    hash.update(identifier.kind.as_str());
    hash.update([0]);
    hash.update(&identifier.value);
    hash.finalize().to_vec()
}

/// Erasures of these identifiers, in one SQL statement.
pub fn erased(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[&Identifier],
) -> QueryResult<HashMap<Identifier, Erased>> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let by_digest: HashMap<Vec<u8>, &Identifier> =
        asked.iter().map(|identifier| (digest(environment, identifier), *identifier)).collect();
    let found: Vec<(Vec<u8>, DateTime<Utc>, bool)> = erasures::table
        .filter(erasures::environment_id.eq(environment.0).and(erasures::digest.eq_any(by_digest.keys())))
        .select((erasures::digest, erasures::erased_at, erasures::is_blocked))
        .load(conn)?;
    let known = |(digest, at, is_blocked): (Vec<u8>, DateTime<Utc>, bool)| {
        Some(((*by_digest.get(&digest)?).clone(), Erased { at, is_blocked }))
    };
    Ok(found.into_iter().filter_map(known).collect())
}

/// Rolls back if a person was erased while their identifiers were being claimed: started again, the transaction does not bring them back.
pub fn check_erased(conn: &mut PgConnection, environment: EnvironmentId, claimed: &[NewClaim<'_>]) -> QueryResult<()> {
    let asked: Vec<&Identifier> = claimed.iter().map(|claim| claim.identifier).collect();
    let found = erased(conn, environment, &asked)?;
    let is_new = |claim: &NewClaim<'_>| found.get(claim.identifier).map(|erased| erased.at) != claim.not_before;
    if claimed.iter().any(is_new) { Err(Error::RollbackTransaction) } else { Ok(()) }
}

/// Prevents claims to these identifiers until the transaction ends. If one was claimed first, the transaction starts again.
pub fn keep_free(conn: &mut PgConnection, environment: EnvironmentId, unknown: &[&Identifier]) -> QueryResult<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    let nobody = ProfileId(Uuid::nil());
    let mut unknown = unknown.to_vec();
    unknown.sort_unstable();
    unknown.dedup();
    let new = |identifier| NewClaim {
        identifier,
        profile: nobody,
        claimed_at: DateTime::UNIX_EPOCH,
        not_before: None,
        joined: None,
    };
    claim(conn, environment, &unknown.iter().copied().map(new).collect::<Vec<_>>())?;
    unclaim(conn, environment, &unknown, &[nobody])
}

/// Deletes the claims of these profiles to these identifiers.
fn unclaim(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    identifiers: &[&Identifier],
    owners: &[ProfileId],
) -> QueryResult<()> {
    sql_query(
        "DELETE FROM identifier_claims c USING unnest($2, $3) AS u (kind, value) \
         WHERE c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value AND c.profile_id = ANY($4)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(identifiers.iter().copied()))
    .bind::<Array<Text>, _>(values(identifiers.iter().copied()))
    .bind::<Array<SqlUuid>, _>(owners.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Stores the erasures of identifiers, and frees those that `gone` own.
pub fn erase(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    erasing: &[(&Identifier, Erased)],
    gone: &[ProfileId],
) -> QueryResult<()> {
    sql_query(
        "INSERT INTO erasures AS e (environment_id, digest, erased_at, is_blocked) \
         SELECT $1, u.digest, max(u.erased_at), bool_or(u.is_blocked) \
         FROM unnest($2, $3, $4) AS u (digest, erased_at, is_blocked) GROUP BY u.digest \
         ON CONFLICT (environment_id, digest) DO UPDATE SET \
             erased_at = greatest(e.erased_at, excluded.erased_at), is_blocked = e.is_blocked OR excluded.is_blocked",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Bytea>, _>(erasing.iter().map(|(it, _)| digest(environment, it)).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(erasing.iter().map(|(_, erased)| erased.at).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(erasing.iter().map(|(_, erased)| erased.is_blocked).collect::<Vec<_>>())
    .execute(conn)?;
    let identifiers: Vec<&Identifier> = erasing.iter().map(|(identifier, _)| *identifier).collect();
    unclaim(conn, environment, &identifiers, gone)
}
