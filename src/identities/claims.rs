//! Claims: which profile each identifier belongs to.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{Identifier, Kind, lists::unlist};
use crate::{
    db::{
        ids::{EnvironmentId, Pair, ProfileId},
        schema::{identifier_claims, profile_identifiers},
        sql_query,
    },
    ledger::Batch,
    registers::Moment,
};

/// A profile's claim to an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Profile that the identifier belongs to.
    pub profile: ProfileId,
    /// When the claim was last stated.
    pub claimed_at: DateTime<Utc>,
    /// Time of an erasure: statements until then are about the erased person. `None`: nobody was erased under this identifier.
    pub not_before: Option<DateTime<Utc>>,
}

/// A claim to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// Identifier that is claimed.
    pub identifier: &'a Identifier,
    /// Profile that claims the identifier.
    pub profile: ProfileId,
    /// When the claim was stated.
    pub claimed_at: DateTime<Utc>,
    /// Time of the erasure after which the identifier is claimed again; `None` if there was none.
    pub not_before: Option<DateTime<Utc>>,
    /// When the identifier was joined to a profile that went by others; `None`: what was said of it was always said of this profile.
    pub joined: Option<Moment>,
}

impl NewClaim<'_> {
    /// Whether the profile was anonymous so far.
    pub fn makes_known(&self) -> bool {
        self.joined.is_some_and(|moment| moment.leads)
    }
}

/// A claim that moves to another profile, or that its owner states again.
#[derive(Clone, Copy, Debug)]
pub struct Passed<'a> {
    /// The previous owner.
    pub from: ProfileId,
    /// Whether the previous owner was anonymous: then `claimed_at` is overwritten even if it is later.
    pub is_first: bool,
    /// The claim from now on, with its new owner and time.
    pub claim: NewClaim<'a>,
}

pub(super) fn kinds<'a>(identifiers: impl Iterator<Item = &'a Identifier>) -> Vec<&'a str> {
    identifiers.map(|identifier| identifier.kind.as_str()).collect()
}

pub(super) fn values<'a>(identifiers: impl Iterator<Item = &'a Identifier>) -> Vec<&'a str> {
    identifiers.map(|identifier| identifier.value.as_str()).collect()
}

/// Reads the claims to these identifiers in one SQL statement. Free identifiers are left out.
pub fn claims(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[&Identifier],
) -> QueryResult<HashMap<Identifier, Claim>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Text)]
        value: String,
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
        #[diesel(sql_type = Timestamptz)]
        claimed_at: DateTime<Utc>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        not_before: Option<DateTime<Utc>>,
    }
    let found: Vec<Found> = sql_query(
        "SELECT c.kind, c.value, c.profile_id, c.claimed_at, c.not_before FROM unnest($2, $3) AS u (kind, value) \
         JOIN identifier_claims c ON c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(asked.iter().copied()))
    .bind::<Array<Text>, _>(values(asked.iter().copied()))
    .load(conn)?;
    let claim = |row: Found| {
        let claim =
            Claim { profile: ProfileId(row.profile_id), claimed_at: row.claimed_at, not_before: row.not_before };
        (Identifier { kind: Kind::from_stored(&row.kind), value: row.value }, claim)
    };
    Ok(found.into_iter().map(claim).collect())
}

/// Profiles among these that have an identifier other than a browser's, each with whether it has an id; one SQL statement.
pub fn recognised(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<Vec<(ProfileId, bool)>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
        #[diesel(sql_type = Bool)]
        has_id: bool,
    }
    let found: Vec<Found> = sql_query(
        "SELECT profile_id, bool_or(kind = 'id') AS has_id FROM profile_identifiers \
         WHERE environment_id = $1 AND profile_id = ANY($2) AND kind <> 'anonymous_id' GROUP BY profile_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(asked.iter().map(|profile| profile.0).collect::<Vec<_>>())
    .load(conn)?;
    Ok(found.into_iter().map(|row| (ProfileId(row.profile_id), row.has_id)).collect())
}

/// Claims free identifiers. Rows are taken in the order of `(kind, value)`, so that two batches wait for each other instead of deadlocking.
/// If another transaction claimed one first, this one is rolled back and starts again, when it can see that claim.
pub fn claim(conn: &mut PgConnection, environment: EnvironmentId, wanted: &[NewClaim<'_>]) -> QueryResult<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let claimed = sql_query(
        "INSERT INTO identifier_claims (environment_id, kind, value, profile_id, claimed_at, not_before) \
         SELECT $1, u.kind, u.value, u.profile_id, u.claimed_at, u.not_before \
         FROM unnest($2, $3, $4, $5, $6) AS u (kind, value, profile_id, claimed_at, not_before) \
         ORDER BY u.kind, u.value ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(wanted.iter().map(|claim| claim.identifier)))
    .bind::<Array<Text>, _>(values(wanted.iter().map(|claim| claim.identifier)))
    .bind::<Array<SqlUuid>, _>(wanted.iter().map(|claim| claim.profile.0).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(wanted.iter().map(|claim| claim.claimed_at).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(wanted.iter().map(|claim| claim.not_before).collect::<Vec<_>>())
    .execute(conn)?;
    if claimed < wanted.len() { Err(Error::RollbackTransaction) } else { Ok(()) }
}

/// Moves claims to other profiles, or their time. The previous owner's own list loses the identifier. If a claim moved or was stated again
/// meanwhile, the transaction is rolled back and starts again.
pub fn pass(conn: &mut PgConnection, environment: EnvironmentId, passed: &[Passed<'_>]) -> QueryResult<()> {
    if passed.is_empty() {
        return Ok(());
    }
    let identifiers = || passed.iter().map(|passed| passed.claim.identifier);
    let moved = sql_query(
        "UPDATE identifier_claims c SET profile_id = u.profile_id, \
             claimed_at = CASE WHEN u.is_first THEN u.claimed_at ELSE greatest(c.claimed_at, u.claimed_at) END \
         FROM unnest($2, $3, $4, $5, $6, $7) AS u (kind, value, from_id, profile_id, claimed_at, is_first) \
         WHERE c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value AND c.profile_id = u.from_id \
             AND (u.is_first OR u.profile_id = u.from_id OR c.claimed_at < u.claimed_at)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(identifiers()))
    .bind::<Array<Text>, _>(values(identifiers()))
    .bind::<Array<SqlUuid>, _>(passed.iter().map(|passed| passed.from.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(passed.iter().map(|passed| passed.claim.profile.0).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(passed.iter().map(|passed| passed.claim.claimed_at).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(passed.iter().map(|passed| passed.is_first).collect::<Vec<_>>())
    .execute(conn)?;
    if moved < passed.len() {
        return Err(Error::RollbackTransaction);
    }
    let gone: Vec<(ProfileId, &Identifier)> = passed
        .iter()
        .filter(|passed| passed.from != passed.claim.profile)
        .map(|passed| (passed.from, passed.claim.identifier))
        .collect();
    unlist(conn, environment, &gone)
}

/// Frees identifiers and takes them off their profiles' own lists, in two SQL statements. If a claim moved meanwhile, the transaction is
/// rolled back and starts again.
pub fn release(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    released: &[(ProfileId, &Identifier)],
) -> QueryResult<()> {
    if released.is_empty() {
        return Ok(());
    }
    let freed = sql_query(
        "DELETE FROM identifier_claims c USING unnest($2, $3, $4) AS u (kind, value, profile_id) \
         WHERE c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value AND c.profile_id = u.profile_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(released.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<Text>, _>(values(released.iter().map(|(_, identifier)| *identifier)))
    .bind::<Array<SqlUuid>, _>(released.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
    .execute(conn)?;
    if freed < released.len() {
        return Err(Error::RollbackTransaction);
    }
    unlist(conn, environment, released)
}

/// [`claim`] and [`add_identifiers`](super::add_identifiers) through `COPY`; returns the number of rows. Fails on claimed identifiers.
pub fn copy_identifiers(conn: &mut PgConnection, batch: &Batch, added: &[NewClaim<'_>]) -> QueryResult<usize> {
    let claim = |claim: &NewClaim<'_>| {
        (
            identifier_claims::environment_id.eq(batch.environment),
            identifier_claims::kind.eq(claim.identifier.kind.as_str().to_owned()),
            identifier_claims::value.eq(claim.identifier.value.clone()),
            identifier_claims::profile_id.eq(claim.profile),
            identifier_claims::claimed_at.eq(claim.claimed_at),
        )
    };
    let own = |claim: &NewClaim<'_>| {
        (
            profile_identifiers::environment_id.eq(batch.environment),
            profile_identifiers::profile_id.eq(claim.profile),
            profile_identifiers::kind.eq(claim.identifier.kind.as_str().to_owned()),
            profile_identifiers::value.eq(claim.identifier.value.clone()),
            profile_identifiers::first_seen_at.eq(batch.received_at),
            profile_identifiers::last_seen_at.eq(batch.received_at),
            profile_identifiers::source_id.eq(batch.source),
            profile_identifiers::joined_at.eq(claim.joined.map(Moment::time)),
            profile_identifiers::leads.eq(claim.joined.is_some_and(|moment| moment.leads)),
        )
    };
    let claims: Vec<_> = added.iter().map(claim).collect();
    let own: Vec<_> = added.iter().map(own).collect();
    let claimed = diesel::copy_from(identifier_claims::table).from_insertable(claims).execute(conn)?;
    Ok(claimed + diesel::copy_from(profile_identifiers::table).from_insertable(own).execute(conn)?)
}

/// Moves claims between profiles, each as (from, identifier, to), in one SQL statement. If one moved already, the transaction is rolled
/// back and starts again.
pub fn move_claims(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    moved: &[(ProfileId, &Identifier, ProfileId)],
) -> QueryResult<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let written = sql_query(
        "UPDATE identifier_claims c SET profile_id = u.to_id FROM unnest($2, $3, $4, $5) AS u (kind, value, from_id, to_id) \
         WHERE c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value AND c.profile_id = u.from_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(moved.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<Text>, _>(values(moved.iter().map(|(_, identifier, _)| *identifier)))
    .bind::<Array<SqlUuid>, _>(moved.iter().map(|(from, ..)| from.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(moved.iter().map(|(.., to)| to.0).collect::<Vec<_>>())
    .execute(conn)?;
    if written < moved.len() { Err(Error::RollbackTransaction) } else { Ok(()) }
}

/// Gives the identifiers of an undone merge back to the restored profile. Identifiers that a third profile claims leave both lists.
pub fn give_back(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    Pair { from: survivor, to: restored }: Pair,
    identifiers: &[Identifier],
) -> QueryResult<()> {
    sql_query(
        "UPDATE identifier_claims c SET profile_id = $5 FROM unnest($2, $3) AS u (kind, value) \
         WHERE c.environment_id = $1 AND c.profile_id = $4 AND c.kind = u.kind AND c.value = u.value",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds(identifiers.iter()))
    .bind::<Array<Text>, _>(values(identifiers.iter()))
    .bind::<SqlUuid, _>(survivor.0)
    .bind::<SqlUuid, _>(restored.0)
    .execute(conn)?;
    let asked: Vec<&Identifier> = identifiers.iter().collect();
    let owned = claims(conn, environment, &asked)?;
    let is_lost = |identifier: &&Identifier| owned.get(*identifier).is_none_or(|claim| claim.profile != restored);
    let gone = identifiers.iter().map(|identifier| (survivor, identifier));
    let lost = identifiers.iter().filter(is_lost).map(|identifier| (restored, identifier));
    unlist(conn, environment, &gone.chain(lost).collect::<Vec<_>>())
}
