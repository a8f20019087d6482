//! Takes a merge back: the merged profile is as it was, the survivor loses what came from it, and what changed since stays where it is.

use super::{
    State,
    load::load_rows,
    state::{Context, Owned},
    work::write_rows,
};
use crate::{
    activity,
    db::{
        Db,
        ids::{EnvironmentId, ProfileId},
        partitions::{self, Partitioned},
        schema, sql_query,
    },
    error::AppError,
    identities::{self, Address, Channel, Device, Identifier, Token},
    json::Json,
    ledger::{self, Batch, Change, ChangeKind, Stamp},
    merges::{Taken, UNDO_DAYS, store as merges},
    notes,
    profiles::store as rows,
    subscriptions::{Purpose, Subscription},
};
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// What became of the wish to undo a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Both profiles are as they were, but for what changed since: the one that is back.
    Restored(ProfileId),
    /// There is no such merge, or somebody was erased.
    Missing,
    /// It was undone before.
    Already,
    /// It is older than thirty days.
    TooLate,
    /// The survivor became part of somebody else since, or took the same over from another on top: that has to be undone first.
    MergedSince,
}

/// Undoes the merge of that id into `survivor`, in one transaction.
pub async fn undo_merge(db: &Db, batch: Batch, survivor: ProfileId, id: Uuid) -> Result<Undone, AppError> {
    db.work(move |db| {
        partitions::ensure(db, Partitioned::Changes, std::iter::once(batch.received_at), batch.received_at)?;
        db.tx_now(|conn| undo(conn, &batch, survivor, id))
    })
    .await
}

#[derive(Queryable)]
struct Merge {
    merged: Uuid,
    at: DateTime<Utc>,
    taken: Json,
    identifiers: Json,
    undone_at: Option<DateTime<Utc>>,
}

fn undo(conn: &mut PgConnection, batch: &Batch, survivor: ProfileId, id: Uuid) -> QueryResult<Undone> {
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
        return Ok(Undone::Already);
    }
    if batch.received_at - merge.at > TimeDelta::days(UNDO_DAYS) {
        return Ok(Undone::TooLate);
    }
    let mut states = rows::load_states(conn, environment, &[survivor.0, merged.0])?;
    load_rows(conn, environment, &mut states, &[survivor.0])?;
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
        give_up(&mut kept, &restored, taken, at, &mut changes, &mut gone);
    }
    for (profile, other) in [(survivor, merged), (merged, survivor)] {
        let change =
            Change::new(Context { profile, ..at }, ChangeKind::Merge, &other.to_string(), Some(json!(survivor)), None);
        changes.push(change);
    }
    restored.merged_into = None;
    restored.touch();
    identities::give_back(conn, environment, (survivor, merged), &identifiers)?;
    let left = identities::all_of(conn, environment, &[survivor])?;
    kept.reword(left.iter().map(|(_, identifier)| identifier));
    kept.touch();
    let states: HashMap<ProfileId, State> = [(survivor, kept), (merged, restored)].into();
    rows::write_states(conn, batch, &states, &|_| false)?;
    write_rows(conn, batch, &states)?;
    remove_rows(conn, environment, survivor, &gone)?;
    notes::take_back(conn, environment, (survivor, merged))?;
    let aliases = merges::aliases_of(conn, environment, &[merged])?;
    activity::take_back(conn, environment, (survivor, merged), &aliases)?;
    merges::forget(conn, batch, (survivor, merged), id, &aliases)?;
    ledger::append(conn, batch, &changes)?;
    Ok(Undone::Restored(merged))
}

/// Whether a later merge into the same survivor started from what this one left.
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

/// Gives up one thing that the survivor took over, unless something newer was said of it.
fn give_up(
    state: &mut State,
    restored: &State,
    taken: &Taken,
    at: Context,
    changes: &mut Vec<Change>,
    gone: &mut BTreeMap<ChangeKind, Vec<String>>,
) {
    let key = taken.key.as_str();
    let before = taken.before.as_ref();
    let mut forget = || gone.entry(taken.kind).or_default().push(key.to_owned());
    match taken.kind {
        ChangeKind::Attribute if state.attribute_meta.get(key) == Some(&taken.after) => {
            let value = before.map(|(value, _)| value).filter(|value| !value.is_null());
            state.write_attribute(key, value, at, changes);
            restore(&mut state.attribute_meta, key, before);
        }
        ChangeKind::Tag if state.tag_meta.get(key) == Some(&taken.after) => {
            state.put_tag(key, before.is_some_and(|(value, _)| value == true), at, changes);
            restore(&mut state.tag_meta, key, before);
        }
        ChangeKind::Created if state.created_at == restored.created_at => {
            let micros = before.and_then(|(value, _)| value.as_i64());
            state.created_at = micros.and_then(DateTime::from_timestamp_micros).unwrap_or(state.created_at);
        }
        ChangeKind::Address => {
            let Some(channel) = Channel::from_stored(key) else { return };
            let Some((now, stamp)) = state.addresses.get(&channel).cloned() else { return };
            if stamp != taken.after {
                return;
            }
            let address = before.and_then(|(value, _)| serde_json::from_value::<[String; 2]>(value.clone()).ok());
            let address = address.map(|[shown, normalised]| Address { shown, normalised });
            if now != address {
                state.readdressed(channel, now, address.as_ref(), at, changes);
            }
            match before {
                Some((_, stamp)) => state.addresses.put(&channel, address, *stamp),
                None => {
                    state.addresses.forget(&channel);
                    forget();
                }
            }
        }
        ChangeKind::Device => {
            let token = Token::stored(key.to_owned());
            let Some((now, stamp)) = state.devices.get(&token).cloned() else { return };
            if stamp != taken.after {
                return;
            }
            let read = |value: &Value| {
                let (device, first_seen_at) = serde_json::from_value(value.clone()).ok()?;
                Some(Owned { device, first_seen_at })
            };
            let old = before.and_then(|(value, stamp)| Some((read(value)?, *stamp)));
            let shown = |device: &Option<Device>| device.as_ref().map(|device| json!(device));
            let after = old.as_ref().and_then(|(owned, _)| shown(&owned.device));
            if shown(&now.device) != after {
                changes.push(Change::new(at, ChangeKind::Device, key, shown(&now.device), after));
            }
            match old {
                Some((owned, stamp)) => state.devices.put(&token, owned, stamp),
                None => {
                    state.devices.forget(&token);
                    forget();
                }
            }
        }
        ChangeKind::Subscription => {
            let Ok(line) = key.parse() else { return };
            let Some((now, stamp)) = state.subscriptions.get(&line).copied() else { return };
            if stamp != taken.after {
                return;
            }
            let old = before.and_then(|(value, stamp)| Some((Subscription::from_json(value)?, *stamp)));
            if old.map(|(old, _)| old) != Some(now) {
                let after = old.map(|(old, _)| old.to_json());
                changes.push(Change::new(at, ChangeKind::Subscription, key, Some(now.to_json()), after));
            }
            match old {
                Some((old, stamp)) => state.subscriptions.put(&line, old, stamp),
                None => {
                    state.subscriptions.forget(&line);
                    forget();
                }
            }
        }
        ChangeKind::Consent => {
            let Ok(purpose) = Purpose::new(key) else { return };
            let Some((now, stamp)) = state.consents.get(&purpose).cloned() else { return };
            if stamp != taken.after {
                return;
            }
            let old = before.and_then(|(value, stamp)| Some((serde_json::from_value(value.clone()).ok()?, *stamp)));
            let after = before.map(|(value, _)| value.clone());
            if after != Some(json!(now)) {
                changes.push(Change::new(at, ChangeKind::Consent, key, Some(json!(now)), after));
            }
            match old {
                Some((old, stamp)) => state.consents.put(&purpose, old, stamp),
                None => {
                    state.consents.forget(&purpose);
                    forget();
                }
            }
        }
        _ => {}
    }
}

fn restore(stamps: &mut BTreeMap<String, Stamp>, key: &str, before: Option<&(Value, Stamp)>) {
    match before {
        Some((_, stamp)) => drop(stamps.insert(key.to_owned(), *stamp)),
        None => drop(stamps.remove(key)),
    }
}

/// Removes rows about which nothing had been said before the merge.
fn remove_rows(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
    gone: &BTreeMap<ChangeKind, Vec<String>>,
) -> QueryResult<()> {
    for (kind, keys) in gone {
        let statement = match kind {
            ChangeKind::Address => {
                "DELETE FROM addresses WHERE environment_id = $1 AND profile_id = $2 AND channel = ANY($3)"
            }
            ChangeKind::Device => {
                "DELETE FROM devices WHERE environment_id = $1 AND profile_id = $2 AND token = ANY($3)"
            }
            ChangeKind::Consent => {
                "DELETE FROM consents WHERE environment_id = $1 AND profile_id = $2 AND purpose = ANY($3)"
            }
            ChangeKind::Subscription => {
                "DELETE FROM subscriptions WHERE environment_id = $1 AND profile_id = $2 \
                 AND channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END = ANY($3)"
            }
            _ => continue,
        };
        sql_query(statement)
            .bind::<SmallInt, _>(environment)
            .bind::<SqlUuid, _>(profile.0)
            .bind::<Array<Text>, _>(keys)
            .execute(conn)?;
    }
    Ok(())
}
