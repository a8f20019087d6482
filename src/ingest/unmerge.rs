//! Undoes a merge: the merged profile is restored, the survivor loses what it took over, and later changes stay where they are.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*, result::Error};
use serde_json::json;
use uuid::Uuid;

use super::{
    Seen, awaiting, join,
    lineage::Lineage,
    load::load_people,
    profile_rows,
    registers::{registers, write_rows},
    touched,
};
use crate::{
    activity,
    db::{
        Db, Decided,
        ids::{Pair, ProfileId, ProfileKey},
        partitions::{self, Partitioned},
        schema,
    },
    error::AppError,
    identities::{self, Identifier},
    json::Json,
    ledger::{self, Batch, Change, ChangeKind, Context, Leave, Stamp},
    merges::{UNDO_DAYS, store as merges},
    notes,
    registers::{Registers, Taken},
    segments,
    topics::Catalogue,
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
    /// A later merge must be undone first: the survivor was merged itself.
    MergedSince,
    /// A profile is no longer as it was seen.
    Changed,
}

/// Undoes the merge `id` into `survivor`, in one transaction. [`AppError::Busy`] if it lost every race with other transactions.
pub fn undo_merge(db: &Db, batch: &Batch, survivor: ProfileId, id: Uuid) -> Result<Undone, AppError> {
    undo_merge_as_seen(db, batch, survivor, None, id)
}

/// [`undo_merge`], if a profile still is as it was `seen`. Fails as it does.
pub fn undo_merge_as_seen(
    db: &Db,
    batch: &Batch,
    survivor: ProfileId,
    seen: Option<Seen>,
    id: Uuid,
) -> Result<Undone, AppError> {
    partitions::ensure(db, Partitioned::Changes, std::iter::once(batch.received_at), batch.received_at)?;
    let registers = registers(db);
    let since = Catalogue::remembered_now(db, batch.environment, batch.received_at)?.rules.confirms_since;
    db.tx_now(|conn| match seen {
        Some(seen) if !profile_rows::hold(conn, batch.environment, seen)? => Ok(Undone::Changed),
        _ => undo(conn, registers, since, batch, survivor, id),
    })
}

#[derive(PartialEq, Queryable)]
struct Merge {
    merged: Uuid,
    at: DateTime<Utc>,
    said_at: DateTime<Utc>,
    taken: Json,
    identifiers: Json,
    undone_at: Option<DateTime<Utc>>,
}

impl Merge {
    fn find(conn: &mut PgConnection, of: ProfileKey, id: Uuid) -> QueryResult<Option<Self>> {
        use schema::merges as m;
        m::table
            .find((of.environment.0, of.profile.0, id))
            .select((m::merged_id, m::merged_at, m::said_at, m::taken, m::identifiers, m::undone_at))
            .first(conn)
            .optional()
    }

    fn identifiers(&self) -> QueryResult<Vec<Identifier>> {
        let stored: Vec<(String, String)> = serde_json::from_value(self.identifiers.0.clone()).map_err(unreadable)?;
        Ok(stored.into_iter().map(Identifier::stored).collect())
    }

    /// What the survivor took over, with stamps as they count at `present`.
    fn taken(&self, present: DateTime<Utc>) -> QueryResult<Vec<Taken>> {
        let taken: Vec<Taken> = serde_json::from_value(self.taken.0.clone()).map_err(unreadable)?;
        Ok(taken.into_iter().map(|taken| taken.at_present(present)).collect())
    }
}

fn undo(
    conn: &mut PgConnection,
    registers: Registers,
    since: Option<DateTime<Utc>>,
    batch: &Batch,
    survivor: ProfileId,
    id: Uuid,
) -> QueryResult<Undone> {
    let environment = batch.environment;
    let key = ProfileKey { environment, profile: survivor };
    let Some(merge) = Merge::find(conn, key, id)? else { return Ok(Undone::Missing) };
    let merged = ProfileId(merge.merged);
    if merge.undone_at.is_some() {
        return Ok(Undone::Already(merged));
    }
    if batch.received_at - merge.at > TimeDelta::days(UNDO_DAYS) {
        return Ok(Undone::TooLate);
    }
    let mut states = load_people(conn, registers, environment, &[survivor, merged])?;
    let restored = states.remove(&merged);
    let (Some(kept), Some(mut restored)) = (states.get(&survivor), restored) else {
        return Ok(Undone::Missing);
    };
    if kept.merged_into.is_some() || restored.merged_into != Some(survivor) {
        return Ok(Undone::MergedSince);
    }
    if Merge::find(conn, key, id)?.is_none_or(|found| found != merge) {
        // Something said late changed the merge before the versions of both were read: run the transaction again, which sees that.
        return Err(Error::RollbackTransaction);
    }
    merges::unsettle(conn, environment, std::iter::once(merged))?;
    let micros = batch.received_at.timestamp_micros();
    let stamp = Stamp { as_of: micros, received_at: micros, index: 0, source: batch.source };
    let at = Context { profile: survivor, stamp, leave: Leave::Nothing };
    let mut changes = Vec::new();
    let taken = merge.taken(batch.received_at)?;
    let mut lineage = Lineage::after(conn, registers, batch, survivor, id, merge.said_at, &mut states)?;
    let gone = lineage.change_under(survivor, 0, &mut states, at, &mut changes, |kept| {
        join::give_back(registers, kept, &restored, &taken, at);
    });
    for (profile, other) in [(survivor, merged), (merged, survivor)] {
        let change =
            Change::new(Context { profile, ..at }, ChangeKind::Merge, &other.to_string(), Some(json!(survivor)), None);
        changes.push(change);
    }
    restored.merged_into = None;
    restored.touch();
    let pair = Pair { from: survivor, to: merged };
    identities::give_back(conn, environment, pair, &merge.identifiers()?)?;
    let joined_at = merges::last_joined(conn, key, id)?;
    if let Some(kept) = states.get_mut(&survivor) {
        kept.joined_at = joined_at;
        kept.replace_words(&restored.words_for_others(), &[]);
        kept.touch();
    }
    states.insert(merged, restored);
    lineage.write(conn, batch, &[])?;
    profile_rows::write_states(conn, batch, batch.received_at, &states, &|_| false)?;
    write_rows(conn, registers, environment, &states)?;
    // These keys had no statement before the merge.
    for (kind, keys) in &gone {
        registers.find(*kind).map(|register| register.remove(conn, environment, survivor, keys)).transpose()?;
    }
    notes::take_back(conn, environment, &[pair])?;
    let aliases = merges::aliases_of(conn, environment, &[merged])?;
    let aliases: Vec<ProfileId> = aliases.into_iter().map(|alias| alias.from).collect();
    activity::take_back(conn, environment, pair, &aliases)?;
    merges::forget(conn, batch, pair, id, &aliases)?;
    ledger::append(conn, batch, &changes)?;
    let mut touched = touched::of_changes(&changes);
    awaiting::note(conn, environment, since, &states, &mut touched, batch.received_at)?;
    segments::touch(conn, batch, &touched)?;
    Ok(Undone::Restored(merged))
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::DeserializationError(Box::new(error))
}
