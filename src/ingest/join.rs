//! Merges one profile into another: what the survivor takes over, and the rows that move.

use std::collections::HashMap;

use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use uuid::Uuid;

use super::{
    State,
    resolve::{Join, Resolved},
    state::Context,
};
use crate::{
    activity,
    db::ids::{Pair, ProfileId, SourceId, new_ids},
    identities::{self, Identifier},
    ledger::{Batch, Change, ChangeKind, Stamp},
    merges::{self, NewMerge},
    notes,
    registers::{Registers, Taken},
};

/// Events that move in the transaction of a merge. Further events of the profile follow within seconds.
pub const EVENTS_AT_ONCE: i64 = 10_000;

/// Adds the facts of `loser` to `survivor`. Keys that only one of them has are kept; for a key of both the register decides. What is kept
/// carries the newer stamp of the two, so that no older statement can replace it later.
pub fn absorb(
    registers: Registers,
    survivor: &mut State,
    loser: &State,
    at: Context,
    changes: &mut Vec<Change>,
) -> Vec<Taken> {
    let mut taken = Vec::new();
    for register in registers.iter() {
        let (turns, more) = register.join(&mut survivor.facts, &loser.facts, (at.profile, at.stamp));
        turns.into_iter().for_each(|turn| survivor.turn(turn, changes));
        taken.extend(more);
    }
    if loser.created_at < survivor.created_at {
        let micros = survivor.created_at.timestamp_micros();
        taken.push(Taken {
            kind: ChangeKind::Created,
            key: String::new(),
            before: Some((json!(micros), at.stamp)),
            after: at.stamp,
        });
        survivor.created_at = loser.created_at;
    }
    // The merged profile's name finds only that profile; its identifiers and addresses find the survivor.
    survivor.add_words_of(loser);
    survivor.touch();
    taken
}

/// The state of `survivor` after a merge of `loser` into it, by the rule of `absorb`; changes neither of them.
pub fn preview(registers: Registers, survivor: &State, loser: &State) -> State {
    let mut merged = survivor.clone();
    // Only the ledger and the record for undoing hold time and source of the merge, and both are dropped here.
    let stamp = Stamp { as_of: 0, received_at: 0, index: 0, source: SourceId(0) };
    absorb(registers, &mut merged, loser, Context { profile: ProfileId(Uuid::nil()), stamp }, &mut Vec::new());
    merged
}

/// A merge of the batch, with what the survivor took over.
pub struct Joined {
    pub join: Join,
    pub taken: Vec<Taken>,
}

/// Moves rows to the survivors: claims and identifiers, notes, events, activity. State rows of merged profiles stay. In a chain of merges
/// each survivor on the way gets what it would have got in a batch of its own, so that each merge can be undone.
pub fn write(conn: &mut PgConnection, batch: &Batch, joined: Vec<Joined>, resolved: &Resolved<'_>) -> QueryResult<()> {
    let environment = batch.environment;
    let losers: Vec<ProfileId> = joined.iter().map(|joined| joined.join.loser).collect();
    let pair = |loser: &ProfileId| Pair { from: *loser, to: resolved.last(*loser) };
    let pairs: Vec<Pair> = losers.iter().map(pair).collect();
    let mut identifiers: HashMap<ProfileId, Vec<Identifier>> = HashMap::new();
    for (loser, identifier) in identities::all_of(conn, environment, &losers)? {
        identifiers.entry(loser).or_default().push(identifier);
    }
    let of = |profile: &ProfileId| identifiers.get(profile).into_iter().flatten();
    let mut parts: HashMap<ProfileId, Vec<ProfileId>> = HashMap::new();
    let mut hops: Vec<Pair> = Vec::new();
    let ids = new_ids(batch.received_at, batch.before, joined.len());
    let mut merges = Vec::with_capacity(joined.len());
    for (id, Joined { join: Join { loser, survivor, .. }, taken }) in ids.into_iter().zip(joined) {
        let mut all = parts.remove(&loser).unwrap_or_default();
        all.push(loser);
        hops.extend(all.iter().map(|part| Pair { from: *part, to: survivor }));
        let identifiers = all.iter().flat_map(of).cloned().collect();
        merges.push(NewMerge { id, survivor, merged: loser, taken, identifiers });
        parts.entry(survivor).or_default().extend(all);
    }
    let moved = |pairs: &[Pair]| -> Vec<(ProfileId, &Identifier, ProfileId)> {
        pairs.iter().flat_map(|pair| of(&pair.from).map(|identifier| (pair.from, identifier, pair.to))).collect()
    };
    identities::move_claims(conn, environment, &moved(&pairs))?;
    identities::inherit_identifiers(conn, batch, &moved(&hops))?;
    notes::copy(conn, environment, &hops)?;
    activity::move_events(conn, environment, &pairs, EVENTS_AT_ONCE)?;
    activity::join_activity(conn, environment, &pairs)?;
    let settling: Vec<_> = pairs.iter().map(|pair| (pair.from, Some(pair.to))).collect();
    merges::store::settle(conn, batch, &settling)?;
    merges::store::record(conn, batch, &merges, &hops)
}

/// Folds a merge into the states of a batch.
pub fn fold(
    registers: Registers,
    states: &mut HashMap<ProfileId, State>,
    join: Join,
    at: Context,
    changes: &mut Vec<Change>,
) -> QueryResult<Joined> {
    let Some(mut survivor) = states.remove(&join.survivor) else { return Err(Error::RollbackTransaction) };
    let Some(loser) = states.get_mut(&join.loser) else { return Err(Error::RollbackTransaction) };
    if join.compared.is_some_and(|versions| versions != (survivor.version, loser.version)) {
        // A profile changed since it was compared: run the transaction again, which sees the new version.
        return Err(Error::RollbackTransaction);
    }
    let taken = absorb(registers, &mut survivor, loser, at, changes);
    loser.merged_into = Some(join.survivor);
    loser.touch();
    states.insert(join.survivor, survivor);
    let both = [(join.survivor, join.loser), (join.loser, join.survivor)];
    for (profile, other) in both {
        let at = Context { profile, ..at };
        let merged = Some(json!(join.survivor));
        changes.push(Change::new(at, ChangeKind::Merge, &other.to_string(), None, merged));
    }
    Ok(Joined { join, taken })
}
