//! Merges one profile into another: what the survivor takes over, and the rows that move.

use std::collections::HashMap;

use chrono::DateTime;
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use uuid::Uuid;

use super::{
    State,
    lineage::Lineage,
    resolve::{Join, Resolved},
};
use crate::{
    activity,
    db::ids::{Pair, ProfileId, SourceId, new_ids},
    identities::{self, Identifier},
    ledger::{Batch, Change, ChangeKind, Context, Leave, Stamp},
    merges::{self, NewMerge},
    notes,
    registers::{Moment, Registers, Taken},
};

/// Events that move in the transaction of a merge. Further events of the profile follow within seconds.
pub const EVENTS_AT_ONCE: i64 = 10_000;

/// Adds facts and age of `loser` to `survivor`. Keys that only one of them has are kept; for a key of both the register decides, unless
/// something was said since the moment of the merge. Returns what was taken over.
pub fn take_over(registers: Registers, survivor: &mut State, loser: &State, moment: Moment, at: Context) -> Vec<Taken> {
    let mut taken = Vec::new();
    for register in registers.iter() {
        taken.extend(register.join(&mut survivor.facts, &loser.facts, moment, at));
    }
    if loser.created_at < survivor.created_at {
        let micros = survivor.created_at.timestamp_micros();
        let before = Some((json!(micros), Stamp::NEVER));
        taken.push(Taken {
            kind: ChangeKind::Created,
            key: String::new(),
            before,
            after: Stamp::NEVER,
            statements: None,
        });
        survivor.created_at = loser.created_at;
    }
    taken
}

/// Takes what [`take_over`] took of `loser` from `survivor` again, unless newer statements set it.
pub fn give_back(registers: Registers, survivor: &mut State, loser: &State, taken: &[Taken], at: Context) {
    for taken in taken {
        if let Some(register) = registers.find(taken.kind) {
            register.give_up(&mut survivor.facts, taken, at);
        } else if taken.kind == ChangeKind::Created && survivor.created_at == loser.created_at {
            // No register keeps the time of creation.
            let micros = taken.before.as_ref().and_then(|(value, _)| value.as_i64());
            survivor.created_at = micros.and_then(DateTime::from_timestamp_micros).unwrap_or(survivor.created_at);
        }
    }
}

/// The state of `survivor` after a merge of `loser` into it, by the rule of [`take_over`]; changes neither of them.
pub fn preview(registers: Registers, survivor: &State, loser: &State) -> State {
    let mut merged = survivor.clone();
    // Only the ledger and the record for undoing hold time and source of the merge, and both are dropped here.
    let stamp = Stamp { as_of: 0, received_at: 0, index: 0, source: SourceId(0) };
    let at = Context { profile: ProfileId(Uuid::nil()), stamp, leave: Leave::Nothing };
    take_over(registers, &mut merged, loser, Moment { at: i64::MAX, index: 0, leads: false }, at);
    let mut shown = survivor.clone();
    shown.become_as(&merged, registers, at, &mut Vec::new());
    shown.replace_words(&[], &loser.words_for_others());
    shown
}

/// A merge of the batch, with what the survivor took over.
pub struct Joined {
    pub join: Join,
    pub moment: Moment,
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
    for (id, Joined { join: Join { loser, survivor, .. }, moment, taken }) in ids.into_iter().zip(joined) {
        let mut all = parts.remove(&loser).unwrap_or_default();
        all.push(loser);
        hops.extend(all.iter().map(|part| Pair { from: *part, to: survivor }));
        let identifiers = all.iter().flat_map(of).cloned().collect();
        merges.push(NewMerge { id, survivor, merged: loser, moment, taken, identifiers });
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
    merges::store::record(conn, batch, &merges, &hops)?;
    merges::store::follow(conn, environment, &pairs).map(drop)
}

/// Folds a merge into the states of a batch.
pub fn fold(
    lineage: &mut Lineage,
    states: &mut HashMap<ProfileId, State>,
    join: Join,
    at: Context,
    changes: &mut Vec<Change>,
) -> QueryResult<Joined> {
    let both = states.remove(&join.loser).zip(states.get(&join.survivor).map(|survivor| survivor.version));
    let Some((mut loser, version)) = both else { return Err(Error::RollbackTransaction) };
    if join.compared.is_some_and(|versions| versions != (version, loser.version)) {
        // A profile changed since it was compared: run the transaction again, which sees the new version.
        return Err(Error::RollbackTransaction);
    }
    let moment = Moment { at: at.stamp.as_of, index: at.stamp.index, leads: false };
    let registers = lineage.registers;
    let mut taken = Vec::new();
    lineage.under_later(join.survivor, states, at, changes, |survivor| {
        taken = take_over(registers, survivor, &loser, moment, at);
    });
    if let Some(survivor) = states.get_mut(&join.survivor) {
        // The merged profile's name finds only that profile; its identifiers and addresses find the survivor.
        survivor.replace_words(&[], &loser.words_for_others());
        survivor.joined(moment);
        survivor.touch();
    }
    loser.merged_into = Some(join.survivor);
    loser.touch();
    states.insert(join.loser, loser);
    changes.extend(told(join.survivor, join.loser, at));
    Ok(Joined { join, moment, taken })
}

/// What the ledger says of a merge: of each profile that it and the other are one.
pub fn told(survivor: ProfileId, loser: ProfileId, at: Context) -> [Change; 2] {
    [(survivor, loser), (loser, survivor)].map(|(profile, other)| {
        let at = Context { profile, ..at };
        Change::new(at, ChangeKind::Merge, &other.to_string(), None, Some(json!(survivor)))
    })
}
