//! Erases profiles for good: everything about them and about the profiles merged into them.

mod traces;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{Item, Person, Statement, known::ClaimIndex, waiting};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    identities::{self, Address, Addresses, Channel, Erased, Holders, Identifier, Kind},
    ledger::{self, Batch, Change, ChangeKind, Effect, Outcome},
    merges::{shared, store as merges},
    profiles::store as rows,
    registers::{Register, Registers},
    segments,
};

/// Erases every profile that the items name, in a constant number of SQL statements. Identifiers stay as hashes, so that statements from
/// before the erasure that arrive late are refused. Besides them only the ledger's row of the erasure stays.
pub fn apply(
    conn: &mut PgConnection,
    batch: &Batch,
    registers: Registers,
    items: &[Item],
) -> QueryResult<Vec<Outcome>> {
    let environment = batch.environment;
    let named: BTreeSet<ProfileId> = items.iter().filter_map(|item| item.person.profile()).collect();
    let merged = rows::merged_into(conn, environment, &named)?;
    let claims = ClaimIndex::load(conn, environment, items)?;
    let owned: BTreeSet<ProfileId> =
        items.iter().flat_map(Item::identifiers).filter_map(|identifier| claims.owner(identifier)).collect();
    let addresses = items.iter().filter_map(|item| item.person.address()).collect();
    let held = identities::holders(conn, environment, &addresses)?;
    let named = named.iter().map(|it| *merged.get(it).unwrap_or(it)).chain(owned);
    let found = rows::versions(conn, environment, &named.chain(held.values().flatten().copied()).collect())?;
    let unknown: Vec<&Identifier> =
        items.iter().flat_map(Item::identifiers).filter(|identifier| claims.owner(identifier).is_none()).collect();
    identities::keep_free(conn, environment, &unknown)?;
    let mut known = Known { claims, merged, held, gone: Gone::new() };
    let mut free: Vec<(&Identifier, Erased)> = Vec::new();
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let Statement::Delete { block } = item.statement else { continue };
        let said = Erased { at: item.as_of, is_blocked: block };
        let Ok(meant) = known.meant(item) else {
            outcomes.push(Outcome { profile: None, effect: Effect::Ambiguous });
            continue;
        };
        let is_free = |identifier: &&Identifier| known.claims.owner(identifier).is_none();
        free.extend(item.identifiers().filter(is_free).map(|identifier| (identifier, said)));
        let profile = meant.filter(|profile| found.contains_key(profile) && !known.gone.contains_key(profile));
        if let Some(profile) = profile {
            known.erase(profile, said);
        }
        outcomes.push(Outcome { profile, effect: if profile.is_some() { Effect::Changed } else { Effect::Missing } });
    }
    let gone = known.gone;
    if gone.is_empty() {
        if !free.is_empty() {
            identities::erase(conn, environment, &free, &[])?;
        }
    } else {
        let found = found.into_iter().filter(|(profile, _)| gone.contains_key(profile)).collect();
        remove(conn, batch, registers, &gone, &free, &found)?;
    }
    Ok(outcomes)
}

/// Erased profiles, each with its place among them and what was said.
type Gone = HashMap<ProfileId, (usize, Erased)>;

/// Several people may be meant.
struct Ambiguous;

/// What is known of the people whom a batch erases, with what its items erased so far.
struct Known<'a> {
    claims: ClaimIndex<'a>,
    /// Merged profiles that items name, with their survivors.
    merged: HashMap<ProfileId, ProfileId>,
    /// Holders of the addresses that items name.
    held: Holders,
    gone: Gone,
}

impl Known<'_> {
    /// The profile that an item erases.
    fn meant(&self, item: &Item) -> Result<Option<ProfileId>, Ambiguous> {
        let erasure = |identifiers: &[Identifier]| self.claims.erasure(identifiers, item.as_of);
        Ok(match &item.person {
            Person::Profile(profile) => Some(*self.merged.get(profile).unwrap_or(profile)),
            // A repeated erasure is not about a profile that took the identifiers since.
            Person::Identifiers(identifiers) if erasure(identifiers).is_some() => None,
            Person::Identifiers(identifiers) => self.claims.meant(identifiers, &HashMap::new()),
            // An address alone erases its only holder; of several none is guessed, and the sender is told.
            Person::Addressed(identifiers, channel, address) => {
                let holders = self.held.get(&(*channel, address.normalised.clone())).map_or(&[][..], Vec::as_slice);
                let left = holders.iter().copied().filter(|holder| !self.gone.contains_key(holder));
                let owners = item.identifiers().filter_map(|identifier| self.claims.owner(identifier));
                let people: BTreeSet<ProfileId> = owners.chain(left).collect();
                if people.len() > 1 {
                    return Err(Ambiguous);
                }
                // Whoever has the address of somebody who was blocked is another person.
                let is_repeated = erasure(identifiers).is_some_and(|erased| item.as_of <= erased.at);
                people.into_iter().next().filter(|_| !is_repeated)
            }
            Person::Reached(..) => None,
        })
    }

    fn erase(&mut self, profile: ProfileId, said: Erased) {
        self.gone.insert(profile, (self.gone.len(), said));
        self.claims.erase(profile, said);
    }
}

/// Removes the profiles and what is kept of them elsewhere, and keeps hashes of `free` and of all by which they were named.
fn remove(
    conn: &mut PgConnection,
    batch: &Batch,
    registers: Registers,
    gone: &Gone,
    free: &[(&Identifier, Erased)],
    versions: &HashMap<ProfileId, i64>,
) -> QueryResult<()> {
    let environment = batch.environment;
    let profiles: Vec<ProfileId> = gone.keys().copied().collect();
    let identifiers = identities::all_of(conn, environment, &profiles)?;
    let mut last: HashMap<ProfileId, ProfileId> = profiles.iter().map(|profile| (*profile, *profile)).collect();
    last.extend(merges::aliases_of(conn, environment, &profiles)?.into_iter().map(|alias| (alias.from, alias.to)));
    let all: Vec<ProfileId> = last.keys().copied().collect();
    let had = Addresses::load(conn, environment, &all.iter().map(|profile| profile.0).collect::<Vec<_>>())?;
    let had: Vec<(ProfileId, Channel, &Address)> =
        had.iter().filter_map(|row| Some((last[&row.profile], row.key, row.value.as_ref()?))).collect();
    let asked: BTreeSet<(Channel, &Address)> = had.iter().map(|(_, channel, address)| (*channel, *address)).collect();
    let holders = identities::holders(conn, environment, &asked)?;
    let emails = emails_alone(conn, environment, gone, &had, &holders)?;
    let erased = identifiers.iter().map(|(profile, identifier)| (identifier, gone[profile].1));
    let erased: Vec<(&Identifier, Erased)> =
        free.iter().copied().chain(erased).chain(emails.iter().map(|(email, said)| (email, *said))).collect();
    if !erased.is_empty() {
        identities::erase(conn, environment, &erased, &profiles)?;
    }
    traces::forget(conn, environment, &all, &identifiers, asked.iter().map(|(_, address)| *address))?;
    let is_left = |(channel, address): &(Channel, &Address)| {
        let holders = holders.get(&(*channel, address.normalised.clone()));
        holders.is_none_or(|holders| holders.iter().all(|holder| gone.contains_key(holder)))
    };
    let unheld: Vec<(Channel, &Address)> = asked.iter().copied().filter(is_left).collect();
    waiting::forget(conn, environment, registers, &unheld)?;
    shared::forget(conn, environment, &unheld)?;
    rows::delete(conn, environment, versions)?;
    remove_rows(conn, environment, &all)?;
    merges::settle(conn, batch, &all.iter().map(|profile| (*profile, None)).collect::<Vec<_>>())?;
    let change = |(profile, (_, erased)): (&ProfileId, &(usize, Erased))| {
        Change::new((*profile, erased.at), ChangeKind::Erased, "profile", None, None)
    };
    ledger::append(conn, batch, &gone.iter().map(change).collect::<Vec<_>>())?;
    Ok(())
}

/// The emails by which erased people could be named without an id: those that nobody else had, or was known by, when they were erased.
fn emails_alone(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    gone: &Gone,
    had: &[(ProfileId, Channel, &Address)],
    holders: &Holders,
) -> QueryResult<Vec<(Identifier, Erased)>> {
    let of_email = had.iter().filter(|(_, channel, _)| *channel == Channel::Email);
    let as_id = |(profile, _, address): &(ProfileId, Channel, &Address)| {
        Some((Identifier::new(Kind::Id, &address.normalised).ok()?, *profile))
    };
    let mut by_email: BTreeMap<Identifier, BTreeSet<ProfileId>> = BTreeMap::new();
    for (email, profile) in of_email.filter_map(as_id) {
        by_email.entry(email).or_default().insert(profile);
    }
    if by_email.is_empty() {
        return Ok(Vec::new());
    }
    let claims = identities::claims(conn, environment, &by_email.keys().collect::<Vec<_>>())?;
    let alone = |(email, people): (Identifier, BTreeSet<ProfileId>)| {
        let others = holders.get(&(Channel::Email, email.value.clone())).into_iter().flatten().copied();
        let others = others.chain(claims.get(&email).map(|claim| claim.profile)).chain(people.iter().copied());
        // Of several, the one who was erased last had it alone.
        let last: Option<Vec<(usize, ProfileId)>> = others.map(|other| Some((gone.get(&other)?.0, other))).collect();
        let (_, last) = last?.into_iter().max()?;
        people.contains(&last).then(|| (email, gone[&last].1))
    };
    Ok(by_email.into_iter().filter_map(alone).collect())
}

/// Deletes rows of erased profiles in tables whose rows do not go with the profile's own row.
const REMOVE: [&str; 11] = [
    "DELETE FROM events WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM event_keys WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM changes WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM profile_activity WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM webhook_deliveries WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM message_steps WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM messages WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM merge_suggestions WHERE environment_id = $1 AND profile_id = ANY($2)",
    "DELETE FROM merge_suggestions WHERE environment_id = $1 AND other_id = ANY($2)",
    "DELETE FROM merges WHERE environment_id = $1 AND merged_id = ANY($2)",
    "DELETE FROM profiles WHERE environment_id = $1 AND id = ANY($2)",
];

fn remove_rows(conn: &mut PgConnection, environment: EnvironmentId, gone: &[ProfileId]) -> QueryResult<()> {
    let gone: Vec<Uuid> = gone.iter().map(|profile| profile.0).collect();
    for statement in REMOVE {
        sql_query(statement).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(&gone).execute(conn)?;
    }
    segments::forget(conn, environment, &gone)
}
