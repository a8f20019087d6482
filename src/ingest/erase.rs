//! Erases profiles for good: everything about them and about the profiles merged into them.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Item, Person, Statement, known::ClaimIndex};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    identities::{self, Erased, Identifier},
    keys::answers,
    ledger::{self, Batch, Change, ChangeKind, Effect, Outcome},
    merges::store as merges,
    profiles::store as rows,
    rejections,
    subscriptions::store as subscriptions,
};

/// Erases every profile that the items name, in a constant number of SQL statements. Identifiers stay as hashes, so that statements from
/// before the erasure that arrive late are refused. Besides them only the ledger's row of the erasure stays.
pub fn apply(conn: &mut PgConnection, batch: &Batch, items: &[Item]) -> QueryResult<Vec<Outcome>> {
    let environment = batch.environment;
    let named: BTreeSet<ProfileId> = items.iter().filter_map(|item| item.person.profile()).collect();
    let merged = rows::merged_into(conn, environment, &named)?;
    let mut known = ClaimIndex::load(conn, environment, items, &[])?;
    let owned: BTreeSet<ProfileId> =
        items.iter().flat_map(Item::identifiers).filter_map(|identifier| known.owner(identifier)).collect();
    let addresses = items.iter().filter_map(|item| item.person.address()).collect();
    let held = identities::holders(conn, environment, &addresses)?;
    let named = named.iter().map(|it| *merged.get(it).unwrap_or(it)).chain(owned);
    let found = rows::versions(conn, environment, &named.chain(held.values().flatten().copied()).collect())?;
    let unknown: Vec<&Identifier> =
        items.iter().flat_map(Item::identifiers).filter(|identifier| known.owner(identifier).is_none()).collect();
    identities::keep_free(conn, environment, &unknown)?;
    let mut erased: HashMap<ProfileId, Erased> = HashMap::new();
    let mut free: Vec<(&Identifier, Erased)> = Vec::new();
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let Statement::Delete { block } = item.statement else { continue };
        let said = Erased { at: item.as_of, is_blocked: block };
        let meant = match &item.person {
            Person::Profile(profile) => Some(*merged.get(profile).unwrap_or(profile)),
            // A repeated erasure is not about a profile that took the identifiers since.
            Person::Identifiers(identifiers) if known.erasure(identifiers, item.as_of).is_some() => None,
            Person::Identifiers(identifiers) => known.meant(identifiers, &HashMap::new()),
            // An address alone erases its only holder; of several none is guessed, and the sender is told.
            Person::Addressed(_, channel, address) => {
                let holders = held.get(&(*channel, address.normalised.clone())).map_or(&[][..], Vec::as_slice);
                let people: BTreeSet<ProfileId> =
                    item.identifiers().filter_map(|it| known.owner(it)).chain(holders.iter().copied()).collect();
                if people.len() > 1 {
                    outcomes.push(Outcome { profile: None, effect: Effect::Ambiguous });
                    continue;
                }
                let is_repeated = known.erasure(item.person.identifiers(), item.as_of).is_some();
                people.into_iter().next().filter(|_| !is_repeated)
            }
            Person::Reached(..) => None,
        };
        free.extend(item.identifiers().filter(|it| known.owner(it).is_none()).map(|identifier| (identifier, said)));
        let profile = meant.filter(|profile| found.contains_key(profile) && !erased.contains_key(profile));
        if let Some(profile) = profile {
            erased.insert(profile, said);
            known.erase(profile, said);
        }
        outcomes.push(Outcome { profile, effect: if profile.is_some() { Effect::Changed } else { Effect::Missing } });
    }
    let gone: Vec<ProfileId> = erased.keys().copied().collect();
    let identifiers = identities::all_of(conn, environment, &gone)?;
    free.extend(identifiers.iter().map(|(profile, identifier)| (identifier, erased[profile])));
    if !free.is_empty() {
        identities::erase(conn, environment, &free, &gone)?;
    }
    if !gone.is_empty() {
        let mut all = gone.clone();
        all.extend(merges::aliases_of(conn, environment, &gone)?);
        forget_elsewhere(conn, environment, &all, &identifiers)?;
        subscriptions::forget_addresses(conn, environment, &all)?;
        rows::delete(
            conn,
            environment,
            &found.into_iter().filter(|(profile, _)| erased.contains_key(profile)).collect(),
        )?;
        remove(conn, environment, &all)?;
        merges::settle(conn, batch, &all.iter().map(|profile| (*profile, None)).collect::<Vec<_>>())?;
        let change = |(profile, erased): (&ProfileId, &Erased)| {
            Change::new((*profile, erased.at), ChangeKind::Erased, "profile", None, None)
        };
        ledger::append(conn, batch, &erased.iter().map(change).collect::<Vec<_>>())?;
    }
    Ok(outcomes)
}

/// Removes what is kept of these profiles outside the write path: answers for repeats of calls, and refused items that name them by an
/// identifier or an address.
fn forget_elsewhere(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    identifiers: &[(ProfileId, Identifier)],
) -> QueryResult<()> {
    // What was refused or answered has the sender's writing.
    let of_identifier = |(_, identifier): &(ProfileId, Identifier)| identities::writings(&identifier.value);
    let mut values: BTreeSet<String> = identifiers.iter().flat_map(of_identifier).collect();
    for (address, normalised) in identities::addresses_of(conn, environment, profiles)? {
        values.extend([address, normalised].iter().flat_map(|it| identities::writings(it)));
    }
    values.extend(profiles.iter().map(ToString::to_string));
    let quoted = |text: &str| Value::from(text).to_string();
    // In JSON, and in a message in JSON.
    let twice = |text: &str| {
        let text = quoted(&quoted(text));
        text[1..text.len() - 1].to_owned()
    };
    let texts: Vec<String> = values.iter().flat_map(|value| [quoted(value), twice(value)]).collect();
    answers::forget(conn, environment, profiles, &texts)?;
    rejections::forget(conn, environment, &values.into_iter().collect::<Vec<_>>(), &texts)?;
    Ok(())
}

/// Deletes rows of erased profiles in tables whose rows do not go with the profile's own row.
const REMOVE: [&str; 7] = [
    "DELETE FROM events WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM changes WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM profile_activity WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM merge_suggestions WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM merge_suggestions WHERE environment_id = $1 AND other_id = ANY($2)",
    "DELETE FROM merges WHERE environment_id = $1 AND merged_id = ANY($2)",
    "DELETE FROM profiles WHERE environment_id = $1 AND id = ANY($2)",
];

fn remove(conn: &mut PgConnection, environment: EnvironmentId, gone: &[ProfileId]) -> QueryResult<()> {
    let gone: Vec<Uuid> = gone.iter().map(|profile| profile.0).collect();
    for statement in REMOVE {
        sql_query(statement).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(&gone).execute(conn)?;
    }
    Ok(())
}
