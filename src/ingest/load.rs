//! Reads what a batch may change: not the rows of people about whom only events are told.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use uuid::Uuid;

use super::{
    Fix, Item, Person, Statement,
    resolve::{Resolved, Step, Target},
    state::State,
    work::Waiting,
};
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Address, Channel},
    profiles::store as rows,
    subscriptions::store as subscriptions,
};

/// Which rows of a profile are needed.
#[derive(Clone, Copy, Default)]
struct Needs {
    addresses: bool,
    devices: bool,
    subscriptions: bool,
    consents: bool,
    /// Whether it is an error of ours, not of the sender, if the profile is not there.
    must_exist: bool,
}

impl Needs {
    const EVERYTHING: Self =
        Self { addresses: true, devices: true, subscriptions: true, consents: true, must_exist: true };

    fn and(&mut self, other: Self) {
        self.addresses |= other.addresses;
        self.devices |= other.devices;
        self.subscriptions |= other.subscriptions;
        self.consents |= other.consents;
        self.must_exist |= other.must_exist;
    }
}

/// The states of all profiles that the batch may change, and what was said before about addresses that it gives to people.
pub fn load_states(
    conn: &mut PgConnection,
    (environment, present): (EnvironmentId, DateTime<Utc>),
    items: &[Item],
    resolved: &Resolved<'_>,
) -> QueryResult<(HashMap<ProfileId, State>, Waiting)> {
    let addressed: BTreeSet<(Channel, &Address)> = items.iter().flat_map(Item::new_addresses).collect();
    let waiting = match addressed.is_empty() {
        true => Waiting::default(),
        false => Waiting::new(subscriptions::of_addresses(conn, environment, &addressed)?, present),
    };
    let created: HashSet<ProfileId> = resolved.created().collect();
    let mut needs = needs(items, resolved, !waiting.is_empty() || items.iter().any(|item| item.person.is_reached()));
    needs.retain(|profile, _| !created.contains(profile));
    if needs.is_empty() {
        return Ok((HashMap::new(), waiting));
    }
    let wanted: Vec<Uuid> = needs.keys().map(|profile| profile.0).collect();
    let mut states = rows::load_states(conn, environment, &wanted)?;
    let is_gone = |(profile, needs): (&ProfileId, &Needs)| {
        states.get(profile).map_or(needs.must_exist, |state| state.merged_into.is_some())
    };
    if needs.iter().any(is_gone) {
        // Merged or erased since its identifiers were looked up: from the start again, now that this can be seen.
        return Err(Error::RollbackTransaction);
    }
    let with = |pick: fn(&Needs) -> bool| -> Vec<Uuid> {
        needs.iter().filter(|(_, needs)| pick(needs)).map(|(profile, _)| profile.0).collect()
    };
    load_addresses(conn, environment, &mut states, &with(|needs| needs.addresses))?;
    load_devices(conn, environment, &mut states, &with(|needs| needs.devices))?;
    load_subscriptions(conn, environment, &mut states, &with(|needs| needs.subscriptions))?;
    load_consents(conn, environment, &mut states, &with(|needs| needs.consents))?;
    states.values_mut().for_each(|state| state.see_at(present));
    Ok((states, waiting))
}

type States = HashMap<ProfileId, State>;

/// Everything that a merge of these profiles looks at, five statements for all. Those that are not there are left out.
pub fn load_people(conn: &mut PgConnection, environment: EnvironmentId, wanted: &[ProfileId]) -> QueryResult<States> {
    let wanted: Vec<Uuid> = wanted.iter().map(|profile| profile.0).collect();
    let mut states = rows::load_states(conn, environment, &wanted)?;
    load_rows(conn, environment, &mut states, &wanted)?;
    Ok(states)
}

/// Everything that is known of these profiles beyond their own rows.
pub fn load_rows(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    states: &mut States,
    wanted: &[Uuid],
) -> QueryResult<()> {
    load_addresses(conn, environment, states, wanted)?;
    load_devices(conn, environment, states, wanted)?;
    load_subscriptions(conn, environment, states, wanted)?;
    load_consents(conn, environment, states, wanted)
}

/// Declares a function that reads one kind of rows into the states of those profiles that are there.
macro_rules! load {
    ($name:ident, $from:path, $rows:ident) => {
        fn $name(
            conn: &mut PgConnection,
            environment: EnvironmentId,
            states: &mut States,
            wanted: &[Uuid],
        ) -> QueryResult<()> {
            if !wanted.is_empty() {
                for (profile, key, value, stamp) in $from(conn, environment, wanted)? {
                    if let Some(state) = states.get_mut(&profile) {
                        state.$rows.load(key, value, stamp);
                    }
                }
            }
            Ok(())
        }
    };
}

load!(load_addresses, identities::stamped_addresses, addresses);
load!(load_devices, identities::load_devices, devices);
load!(load_subscriptions, subscriptions::load_subscriptions, subscriptions);
load!(load_consents, subscriptions::load_consents, consents);

fn needs(items: &[Item], resolved: &Resolved<'_>, is_waiting: bool) -> HashMap<ProfileId, Needs> {
    let mut all: HashMap<ProfileId, Needs> = HashMap::new();
    let known = Needs { must_exist: true, ..Needs::default() };
    for (_, step) in &resolved.steps {
        match step {
            Step::Create(_) => {}
            Step::Claim(claim) => all.entry(claim.profile).or_default().and(known),
            Step::Release { from, .. } => all.entry(*from).or_default().and(known),
            Step::Pass { claim, from } => {
                all.entry(claim.profile).or_default().and(known);
                all.entry(*from).or_default().and(known);
            }
            Step::Join(join) => {
                all.entry(join.loser).or_default().and(Needs::EVERYTHING);
                all.entry(join.survivor).or_default().and(Needs::EVERYTHING);
            }
        }
    }
    for (item, target) in items.iter().zip(&resolved.targets) {
        let (profiles, must_exist): (&[ProfileId], bool) = match target {
            Target::One(profile) => (std::slice::from_ref(profile), !matches!(item.person, Person::Profile(_))),
            Target::All(profiles) => (profiles, true),
            Target::Erased | Target::Suggested(_) | Target::Refused(..) => continue,
        };
        let needs = match &item.statement {
            Statement::Event(_) if must_exist => continue,
            Statement::Identify(said) => Needs {
                addresses: !said.addresses.is_empty(),
                devices: !said.devices.is_empty(),
                subscriptions: is_waiting && !said.addresses.is_empty(),
                consents: !said.consents.is_empty(),
                must_exist,
            },
            Statement::Correct(fixes) => {
                let says = |is: fn(&Fix) -> bool| fixes.iter().any(is);
                let addresses = says(|fix| matches!(fix, Fix::Address(..)));
                Needs {
                    addresses,
                    devices: says(|fix| matches!(fix, Fix::Device(..))),
                    subscriptions: says(|fix| matches!(fix, Fix::Subscription(..))) || is_waiting && addresses,
                    consents: says(|fix| matches!(fix, Fix::Consent(..))),
                    must_exist,
                }
            }
            // Addresses too: the batch itself may change who is reached there.
            Statement::Subscription(..) => {
                Needs { subscriptions: true, addresses: item.person.is_reached(), must_exist, ..Needs::default() }
            }
            _ => Needs { must_exist, ..Needs::default() },
        };
        for profile in profiles {
            all.entry(*profile).or_default().and(needs);
        }
    }
    all
}

impl Item {
    /// The addresses that it gives somebody.
    pub fn new_addresses(&self) -> impl Iterator<Item = (Channel, &Address)> {
        self.statement.new_addresses()
    }
}

impl State {
    /// Sees what is known as it counts at `present`: see [`crate::ledger::Stamp::at_present`].
    pub fn see_at(&mut self, present: DateTime<Utc>) {
        let seen = |stamp: crate::ledger::Stamp| stamp.at_present(present);
        let stamps = self.attribute_meta.values_mut().chain(self.tag_meta.values_mut());
        stamps.for_each(|stamp| *stamp = seen(*stamp));
        self.addresses.restamp(seen);
        self.devices.restamp(seen);
        self.subscriptions.restamp(seen);
        self.consents.restamp(seen);
    }
}
