//! Reads the states that a batch may change. A profile that gets only events needs no state.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use uuid::Uuid;

use super::{
    Item, Person, Statement,
    apply::Catalogues,
    profile_rows, reactions,
    resolve::{Resolved, Step, Target},
    state::State,
    waiting::Waiting,
};
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{Address, Addresses, Channel},
    ledger::ChangeKind,
    registers::{AnyRegister, Facts, Register, Registers},
    restrictions::Restrictions,
    subscriptions::{Confirmations, Subscriptions},
};

type States = HashMap<ProfileId, State>;

/// Rows of a profile that a batch needs.
#[derive(Clone, Default)]
struct Needs {
    /// Kinds of the registers to read.
    kinds: BTreeSet<ChangeKind>,
    /// Whether a missing profile is a lost race. If not, the sender named a profile that does not exist.
    must_exist: bool,
}

/// The states of all profiles that the batch may change, and what is stored of addresses that it gives to profiles.
pub fn load_states(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    known: &Catalogues,
    items: &[Item],
    resolved: &Resolved<'_>,
) -> QueryResult<(States, Waiting)> {
    let present = known.present;
    let reached = resolved.steps.iter().filter_map(|(_, step)| match step {
        Step::Reach { channel, address, .. } => Some((*channel, *address)),
        _ => None,
    });
    let addressed: BTreeSet<(Channel, &Address)> =
        items.iter().flat_map(|item| item.statement.new_addresses()).chain(reached).collect();
    let waiting = match addressed.is_empty() {
        true => Waiting::default(),
        false => Waiting::load(conn, environment, known.registers, &addressed, present)?,
    };
    let created: HashSet<ProfileId> = resolved.created().collect();
    let is_waiting = !waiting.is_empty() || items.iter().any(|item| item.person.is_reached());
    let mut needs = needs(known.registers, items, resolved, is_waiting);
    needs.retain(|profile, _| !created.contains(profile));
    if needs.is_empty() {
        return Ok((HashMap::new(), waiting));
    }
    let wanted: Vec<Uuid> = needs.keys().map(|profile| profile.0).collect();
    let mut states = profile_rows::load_states(conn, environment, &wanted)?;
    let is_gone = |(profile, needs): (&ProfileId, &Needs)| {
        states.get(profile).map_or(needs.must_exist, |state| state.merged_into.is_some())
    };
    if needs.iter().any(is_gone) {
        // The profile was merged or erased since its claims were read: run the transaction again, which sees that.
        return Err(Error::RollbackTransaction);
    }
    for register in known.registers.iter() {
        let is_needed = |profile: &ProfileId| needs[profile].kinds.contains(&register.kind());
        register.load(conn, environment, &mut facts(&mut states, is_needed))?;
    }
    states.values_mut().for_each(|state| state.see_at(present));
    Ok((states, waiting))
}

/// The whole states of these profiles, as merges need them: one SQL statement for all profiles and one for each register. Missing profiles
/// are left out.
pub fn load_people(
    conn: &mut PgConnection,
    registers: Registers,
    environment: EnvironmentId,
    wanted: &[ProfileId],
) -> QueryResult<States> {
    let wanted: Vec<Uuid> = wanted.iter().map(|profile| profile.0).collect();
    let mut states = profile_rows::load_states(conn, environment, &wanted)?;
    for register in registers.iter() {
        register.load(conn, environment, &mut facts(&mut states, |_| true))?;
    }
    Ok(states)
}

/// Facts of the profiles for which `is_asked` holds.
fn facts(states: &mut States, is_asked: impl Fn(&ProfileId) -> bool) -> HashMap<ProfileId, &mut Facts> {
    let asked = states.iter_mut().filter(|(profile, _)| is_asked(profile));
    asked.map(|(profile, state)| (*profile, &mut state.facts)).collect()
}

fn needs(registers: Registers, items: &[Item], resolved: &Resolved<'_>, is_waiting: bool) -> HashMap<ProfileId, Needs> {
    let mut all: HashMap<ProfileId, Needs> = HashMap::new();
    let mut need = |profile: ProfileId, kinds: &[ChangeKind], must_exist: bool| {
        let needs = all.entry(profile).or_default();
        needs.kinds.extend(kinds);
        // What is said of email is kept in both.
        if kinds.contains(&Subscriptions::KIND) {
            needs.kinds.insert(Confirmations::KIND);
        }
        needs.must_exist |= must_exist;
    };
    let everything: Vec<ChangeKind> = registers.iter().map(AnyRegister::kind).collect();
    for (_, step) in &resolved.steps {
        match step {
            Step::Create(_) | Step::Reach { .. } => {}
            // Whoever becomes known may have the address of somebody else.
            Step::Claim(claim) if claim.makes_known() => need(claim.profile, &[Addresses::KIND], true),
            Step::Claim(claim) => need(claim.profile, &[], true),
            Step::Release { from: profile, .. } | Step::Again { profile, .. } => need(*profile, &[], true),
            Step::Pass { claim, from } => [claim.profile, *from].into_iter().for_each(|it| need(it, &[], true)),
            Step::Join(join, _) => [join.loser, join.survivor].into_iter().for_each(|it| need(it, &everything, true)),
        }
    }
    for (item, target) in items.iter().zip(&resolved.targets) {
        let (profiles, must_exist): (&[ProfileId], bool) = match target {
            Target::One(profile) => (std::slice::from_ref(profile), !matches!(item.person, Person::Profile(_))),
            Target::All(profiles) => (profiles, true),
            Target::Erased(_) | Target::Suggested(_) | Target::Refused(..) => continue,
        };
        let mut kinds: Vec<ChangeKind> = item.statement.facts().map(|fact| fact.kind()).collect();
        match &item.statement {
            Statement::Event(event) if reactions::follows(event) => kinds.extend(reactions::KINDS),
            Statement::Event(_) if must_exist => continue,
            // Addresses are needed too: the batch itself may change which profiles have the address.
            Statement::Subscription(..) if item.person.is_reached() => {
                kinds.extend([Subscriptions::KIND, Addresses::KIND]);
            }
            Statement::Subscription(..) => kinds.push(Subscriptions::KIND),
            // Of a person it is about the address that they have.
            Statement::Restriction(..) => kinds.extend([Restrictions::KIND, Addresses::KIND]),
            // What is stored of an address holds for each profile that gets the address.
            _ if is_waiting && kinds.contains(&Addresses::KIND) => {
                kinds.extend(registers.of_addresses().map(AnyRegister::kind));
            }
            _ => {}
        }
        profiles.iter().for_each(|profile| need(*profile, &kinds, must_exist));
    }
    all
}

impl State {
    /// Restamps all facts as they count at `present`: see [`Stamp::at_present`](crate::ledger::Stamp::at_present).
    pub fn see_at(&mut self, present: DateTime<Utc>) {
        self.facts.restamp(&|stamp| stamp.at_present(present));
    }
}
