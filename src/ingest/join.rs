//! One profile becomes part of another: what the survivor takes over, and the rows that move.

use std::collections::HashMap;

use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    State,
    resolve::{Join, Resolved},
    state::Context,
};
use crate::{
    activity,
    attributes::show,
    db::ids::{ProfileId, SourceId, new_ids},
    identities::{self, Identifier},
    ledger::{Batch, Change, ChangeKind, Stamp},
    merges::{self, NewMerge},
    notes,
    registers::{Registers, Taken, kept},
};

/// Events that move at once. What a profile has beyond that follows within seconds.
pub const EVENTS_AT_ONCE: i64 = 10_000;

/// Adds what is known of `loser` to `survivor`. The survivor's own values win; tags, lists of groups and keys of registers of both are
/// kept; where both said something under a key the register decides. What is kept carries the newer stamp of the two, so that nothing
/// older that is said again can replace it.
pub fn absorb(
    registers: Registers,
    survivor: &mut State,
    loser: &State,
    at: Context,
    changes: &mut Vec<Change>,
) -> Vec<Taken> {
    let mut taken = Vec::new();
    absorb_attributes(survivor, loser, at, changes, &mut taken);
    absorb_tags(survivor, loser, at, changes, &mut taken);
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
    // Its name is found under the survivor's own only; identifiers and addresses find the survivor.
    survivor.add_words_of(loser);
    survivor.touch();
    taken
}

/// What `survivor` would be if `loser` became part of it: by the same rule, and without changing either.
pub fn preview(registers: Registers, survivor: &State, loser: &State) -> State {
    let mut merged = survivor.clone();
    // Only the ledger and the note for undoing say when and by whom, and both are dropped here.
    let stamp = Stamp { as_of: 0, received_at: 0, index: 0, source: SourceId(0) };
    absorb(registers, &mut merged, loser, Context { profile: ProfileId(Uuid::nil()), stamp }, &mut Vec::new());
    merged
}

fn absorb_attributes(into: &mut State, from: &State, at: Context, changes: &mut Vec<Change>, taken: &mut Vec<Taken>) {
    for (name, said) in &from.attribute_meta {
        let (theirs, own) = (from.attributes.get(name), into.attribute_meta.get(name).copied());
        let before = own.map(|stamp| (into.attributes.get(name).cloned().unwrap_or(Value::Null), stamp));
        let after = match own {
            Some(own) => kept(own, *said),
            None => *said,
        };
        let value = match (into.attributes.get(name), theirs) {
            (Some(Value::Array(own)), Some(Value::Array(theirs))) if name == "groups" => Some(both(own, theirs)),
            (_, theirs) if own.is_none() => theirs.cloned(),
            (own, _) => own.cloned(),
        };
        if own == Some(after) && into.attributes.get(name) == value.as_ref() {
            continue;
        }
        into.attribute_meta.insert(name.clone(), after);
        into.write_attribute(name, value.as_ref(), at, changes);
        taken.push(Taken { kind: ChangeKind::Attribute, key: name.clone(), before, after });
    }
}

fn both(own: &[Value], theirs: &[Value]) -> Value {
    let mut all: Vec<Value> = own.iter().chain(theirs).cloned().collect();
    all.sort_by_cached_key(show);
    all.dedup();
    Value::Array(all)
}

fn absorb_tags(into: &mut State, from: &State, at: Context, changes: &mut Vec<Change>, taken: &mut Vec<Taken>) {
    for (tag, said) in &from.tag_meta {
        let own = into.tag_meta.get(tag).copied();
        let (had, theirs) = (into.tags.contains(tag), from.tags.contains(tag));
        let after = own.map_or(*said, |own| kept(own, *said));
        if own == Some(after) && (had || !theirs) {
            continue;
        }
        into.tag_meta.insert(tag.clone(), after);
        into.put_tag(tag, had || theirs, at, changes);
        taken.push(Taken { kind: ChangeKind::Tag, key: tag.clone(), before: own.map(|own| (json!(had), own)), after });
    }
}

/// A join of the batch, with what the survivor took over.
pub struct Joined {
    pub join: Join,
    pub taken: Vec<Taken>,
}

/// Moves the rows: claims and identifiers, notes, events, activity. The merged profile's own rows stay as they were. In a chain
/// each survivor on the way gets what it would have got in a batch of its own, so that each merge can be undone.
pub fn write(conn: &mut PgConnection, batch: &Batch, joined: Vec<Joined>, resolved: &Resolved<'_>) -> QueryResult<()> {
    let environment = batch.environment;
    let losers: Vec<ProfileId> = joined.iter().map(|joined| joined.join.loser).collect();
    let pairs: Vec<(ProfileId, ProfileId)> = losers.iter().map(|loser| (*loser, resolved.last(*loser))).collect();
    let mut identifiers: HashMap<ProfileId, Vec<Identifier>> = HashMap::new();
    for (loser, identifier) in identities::all_of(conn, environment, &losers)? {
        identifiers.entry(loser).or_default().push(identifier);
    }
    let of = |profile: &ProfileId| identifiers.get(profile).into_iter().flatten();
    let mut parts: HashMap<ProfileId, Vec<ProfileId>> = HashMap::new();
    let mut hops: Vec<(ProfileId, ProfileId)> = Vec::new();
    let ids = new_ids(batch.received_at, batch.before, joined.len());
    let mut merges = Vec::with_capacity(joined.len());
    for (id, Joined { join: Join { loser, survivor, .. }, taken }) in ids.into_iter().zip(joined) {
        let mut all = parts.remove(&loser).unwrap_or_default();
        all.push(loser);
        hops.extend(all.iter().map(|part| (*part, survivor)));
        let identifiers = all.iter().flat_map(of).cloned().collect();
        merges.push(NewMerge { id, survivor, merged: loser, taken, identifiers });
        parts.entry(survivor).or_default().extend(all);
    }
    let moved = |pairs: &[(ProfileId, ProfileId)]| -> Vec<(ProfileId, &Identifier, ProfileId)> {
        pairs.iter().flat_map(|(from, to)| of(from).map(|identifier| (*from, identifier, *to))).collect()
    };
    identities::move_claims(conn, environment, &moved(&pairs))?;
    identities::inherit_identifiers(conn, batch, &moved(&hops))?;
    notes::copy(conn, environment, &hops)?;
    activity::move_events(conn, environment, &pairs, EVENTS_AT_ONCE)?;
    activity::join_activity(conn, environment, &pairs)?;
    let settling: Vec<_> = pairs.iter().map(|(loser, survivor)| (*loser, Some(*survivor))).collect();
    merges::store::settle(conn, batch, &settling)?;
    merges::store::record(conn, batch, &merges, &hops)
}

/// Folds a join into the states of a batch.
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
        // One of them changed a moment ago: from the start again, now that this can be seen.
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
