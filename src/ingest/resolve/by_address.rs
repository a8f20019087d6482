//! Resolves people who are named by an address alone. An address may be shared, so it names somebody only if nobody else has it.

use std::collections::{BTreeSet, HashMap};

use super::{Going, Target};
use crate::{
    db::ids::ProfileId,
    identities::{Address, Channel, Holders, Identifier},
    ingest::Item,
};

/// Holders of the addresses that a batch asks for, stored ones and those of the batch so far.
#[derive(Default)]
pub(super) struct Held {
    stored: Holders,
    /// Only for addresses that name somebody alone.
    now: HashMap<(Channel, String), BTreeSet<ProfileId>>,
}

impl Held {
    pub fn new(stored: Holders, items: &[Item]) -> Self {
        let alone = items.iter().filter(|item| !item.person.is_reached()).filter_map(|item| item.person.address());
        let holders = |(channel, address): (Channel, &Address)| {
            let key = (channel, address.normalised.clone());
            let holders = stored.get(&key).into_iter().flatten().copied().collect();
            (key, holders)
        };
        let now = alone.map(holders).collect();
        Self { stored, now }
    }

    /// Takes note of the addresses that an item gives a profile.
    pub fn add(&mut self, item: &Item, profile: ProfileId) {
        if self.now.is_empty() {
            return;
        }
        for (channel, address) in item.statement.new_addresses() {
            if let Some(holders) = self.now.get_mut(&(channel, address.normalised.clone())) {
                holders.insert(profile);
            }
        }
    }

    /// The holders before the batch.
    pub fn stored(&self, channel: Channel, address: &Address) -> impl Iterator<Item = ProfileId> {
        self.stored.get(&(channel, address.normalised.clone())).into_iter().flatten().copied()
    }

    /// The holders so far in the batch.
    fn of(&self, channel: Channel, address: &Address) -> impl Iterator<Item = ProfileId> {
        self.now.get(&(channel, address.normalised.clone())).into_iter().flatten().copied()
    }
}

impl<'a> Going<'a, '_> {
    /// The only holder of the address. If there is none, or if there are several, it is the profile of that address itself, which the
    /// address finds as an identifier: between several people nothing is guessed. A page finds nobody by what everybody may know of them.
    pub(super) fn find_by_address(
        &mut self,
        item: &'a Item,
        identifiers: &'a [Identifier],
        (channel, address): (Channel, &Address),
    ) -> Target {
        let erased = self.known.erasure(identifiers, item.said_at());
        let is_free = identifiers.iter().all(|identifier| self.known.owner(identifier).is_none());
        let mut holders: BTreeSet<ProfileId> =
            self.held.of(channel, address).map(|holder| self.known.current(holder)).collect();
        let only = holders.pop_first().filter(|_| holders.is_empty() && is_free && !self.is_page);
        match (erased, only) {
            // Whoever has the address of somebody who was blocked is another person.
            (Some(erased), Some(only)) if item.said_at() > erased.at => Target::One(only),
            (Some(erased), _) => Target::Erased(erased),
            (None, Some(only)) => Target::One(only),
            (None, None) => self.find_or_make(item, identifiers),
        }
    }
}
