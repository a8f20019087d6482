//! Undoes a merge: the merged profile is restored, the survivor loses what it took over, and later changes stay where they are.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*, result::Error};
use serde_json::json;
use uuid::Uuid;

use super::{
    Seen, State, load::load_people, profile_rows, registers::registers, state::Context, unit_of_work::write_rows,
};
use crate::{
    activity,
    db::{
        Db,
        ids::{EnvironmentId, Pair, ProfileId},
        partitions::{self, Partitioned},
        schema,
    },
    error::AppError,
    identities::{self, Identifier},
    json::Json,
    ledger::{self, Batch, Change, ChangeKind, Stamp},
    merges::{UNDO_DAYS, store as merges},
    notes,
    registers::{Registers, Taken},
};

/// Result of [`undo_merge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Both profiles are as before the merge, except for later changes. Holds the restored profile.
    Restored(ProfileId),
    /// There is no such merge, or one of the profiles was erased.
    Missing,
    /// The merge was undone before. Holds the profile that was restored.
    Already(ProfileId),
    /// The merge is more than thirty days old.
    TooLate,
    /// A later merge must be undone first: the survivor was merged itself, or took over the same keys from another profile.
    MergedSince,
    /// A profile is no longer as it was seen.
    Changed,
}

/// Undoes the merge `id` into `survivor`, in one transaction. [`AppError::Busy`] if it lost every race with other transactions.
pub fn undo_merge(db: &Db, batch: &Batch, survivor: ProfileId, id: Uuid) -> Result<Undone, AppError> {
    undo_merge_as_seen(db, batch, (survivor, None), id)
}

/// [`undo_merge`], if a profile still is as it was `seen`. Fails as it does.
pub fn undo_merge_as_seen(
    db: &Db,
    batch: &Batch,
    (survivor, seen): (ProfileId, Option<Seen>),
    id: Uuid,
) -> Result<Undone, AppError> {
    partitions::ensure(db, Partitioned::Changes, std::iter::once(batch.received_at), batch.received_at)?;
    let registers = registers(db);
    db.tx_now(|conn| match seen {
        Some(Seen { profile, version }) if !profile_rows::hold(conn, batch.environment, (profile, version))? => {
            Ok(Undone::Changed)
        }
        _ => undo(conn, registers, batch, survivor, id),
    })
}

#[derive(Queryable)]
struct Merge {
    merged: Uuid,
    at: DateTime<Utc>,
    taken: Json,
    identifiers: Json,
    undone_at: Option<DateTime<Utc>>,
}

fn undo(
    conn: &mut PgConnection,
    registers: Registers,
    batch: &Batch,
    survivor: ProfileId,
    id: Uuid,
) -> QueryResult<Undone> {
    let environment = batch.environment;
    let found: Option<Merge> = schema::merges::table
        .find((environment.0, survivor.0, id))
        .select((
            schema::merges::merged_id,
            schema::merges::merged_at,
            schema::merges::taken,
            schema::merges::identifiers,
            schema::merges::undone_at,
        ))
        .first(conn)
        .optional()?;
    let Some(merge) = found else { return Ok(Undone::Missing) };
    let merged = ProfileId(merge.merged);
    if merge.undone_at.is_some() {
        return Ok(Undone::Already(merged));
    }
    if batch.received_at - merge.at > TimeDelta::days(UNDO_DAYS) {
        return Ok(Undone::TooLate);
    }
    let mut states = load_people(conn, registers, environment, &[survivor, merged])?;
    let (Some(mut kept), Some(mut restored)) = (states.remove(&survivor), states.remove(&merged)) else {
        return Ok(Undone::Missing);
    };
    if kept.merged_into.is_some() || restored.merged_into != Some(survivor) {
        return Ok(Undone::MergedSince);
    }
    let taken: Vec<Taken> = serde_json::from_value(merge.taken.0).map_err(unreadable)?;
    if is_built_upon(conn, (environment, survivor, id), merge.at, &taken)? {
        return Ok(Undone::MergedSince);
    }
    merges::unsettle(conn, environment, merged)?;
    let identifiers: Vec<(String, String)> = serde_json::from_value(merge.identifiers.0).map_err(unreadable)?;
    let identifiers: Vec<Identifier> = identifiers.into_iter().map(Identifier::stored).collect();
    let micros = batch.received_at.timestamp_micros();
    let stamp = Stamp { as_of: micros, received_at: micros, index: 0, source: batch.source };
    let at = Context { profile: survivor, stamp };
    let mut changes = Vec::new();
    let mut gone: BTreeMap<ChangeKind, Vec<String>> = BTreeMap::new();
    kept.see_at(batch.received_at);
    for taken in &taken {
        let taken = &Taken { after: taken.after.at_present(batch.received_at), ..taken.clone() };
        let Some(register) = registers.find(taken.kind) else {
            // No register keeps the time of creation.
            if taken.kind == ChangeKind::Created && kept.created_at == restored.created_at {
                let micros = taken.before.as_ref().and_then(|(value, _)| value.as_i64());
                kept.created_at = micros.and_then(DateTime::from_timestamp_micros).unwrap_or(kept.created_at);
            }
            continue;
        };
        let (turn, is_gone) = register.give_up(&mut kept.facts, taken, (survivor, stamp));
        turn.into_iter().for_each(|turn| kept.turn(turn, &mut changes));
        if is_gone {
            gone.entry(taken.kind).or_default().push(taken.key.clone());
        }
    }
    for (profile, other) in [(survivor, merged), (merged, survivor)] {
        let change =
            Change::new(Context { profile, ..at }, ChangeKind::Merge, &other.to_string(), Some(json!(survivor)), None);
        changes.push(change);
    }
    restored.merged_into = None;
    restored.touch();
    let pair = Pair { from: survivor, to: merged };
    identities::give_back(conn, environment, pair, &identifiers)?;
    let left = identities::all_of(conn, environment, &[survivor])?;
    kept.reword(left.iter().map(|(_, identifier)| identifier));
    kept.touch();
    let states: HashMap<ProfileId, State> = [(survivor, kept), (merged, restored)].into();
    profile_rows::write_states(conn, (batch, batch.received_at), &states, &|_| false)?;
    write_rows(conn, registers, environment, &states)?;
    // These keys had no statement before the merge.
    for (kind, keys) in &gone {
        registers.find(*kind).map(|register| register.remove(conn, environment, survivor, keys)).transpose()?;
    }
    notes::take_back(conn, environment, pair)?;
    let aliases = merges::aliases_of(conn, environment, &[merged])?;
    activity::take_back(conn, environment, pair, &aliases)?;
    merges::forget(conn, batch, pair, id, &aliases)?;
    ledger::append(conn, batch, &changes)?;
    Ok(Undone::Restored(merged))
}

/// Whether a later merge into the same survivor started from a value that this merge left.
fn is_built_upon(
    conn: &mut PgConnection,
    (environment, survivor, id): (EnvironmentId, ProfileId, Uuid),
    since: DateTime<Utc>,
    taken: &[Taken],
) -> QueryResult<bool> {
    use schema::merges as m;
    let later: Vec<Json> = m::table
        .filter(m::environment_id.eq(environment.0).and(m::profile_id.eq(survivor.0)).and(m::undone_at.is_null()))
        .filter(m::merged_at.gt(since).or(m::merged_at.eq(since).and(m::id.gt(id))))
        .select(m::taken)
        .load(conn)?;
    let left: HashMap<(ChangeKind, &str), Stamp> = taken
        .iter()
        .filter(|it| it.kind != ChangeKind::Created)
        .map(|it| ((it.kind, it.key.as_str()), it.after))
        .collect();
    for taken in later {
        let taken: Vec<Taken> = serde_json::from_value(taken.0).map_err(unreadable)?;
        let started = |it: &Taken| it.before.as_ref().map(|(_, stamp)| *stamp);
        if taken.iter().any(|it| started(it).is_some() && started(it) == left.get(&(it.kind, it.key.as_str())).copied())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::DeserializationError(Box::new(error))
}
