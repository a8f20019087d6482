//! Resolves people who are named by an address alone. An address may be shared, so it names somebody only if nobody else has it.

use std::collections::{BTreeSet, HashSet};

use super::{Going, Target};
use crate::{
    db::ids::ProfileId,
    identities::{Address, Addresses, Channel, Holders, Identifier, Kind},
    ingest::{Item, Person},
    registers::Fact,
};

/// Holders of the addresses that a batch asks for: stored ones, and what the batch so far says of them.
#[derive(Default)]
pub(super) struct Held {
    stored: Holders,
    /// People whom the batch makes, by the first address that it says of each channel.
    new: Holders,
    told: HashSet<(ProfileId, Channel)>,
    /// People who may have lost their address, and addresses that may have a holder more: whether what the batch says counts, only folding
    /// it tells.
    unsure: HashSet<ProfileId>,
    gained: HashSet<(Channel, String)>,
}

impl Held {
    pub fn new(stored: Holders) -> Self {
        Self { stored, ..Self::default() }
    }

    /// Takes note of the addresses that an item says of a profile.
    pub fn add(&mut self, item: &Item, profile: ProfileId, is_new: bool) {
        for (channel, address) in item.statement.facts().filter_map(Fact::of::<Addresses>) {
            match address {
                Some(address) if self.of(*channel, address).any(|holder| holder == profile) => {}
                Some(address) if is_new && !self.told.contains(&(profile, *channel)) => {
                    self.reach(profile, *channel, address);
                }
                address => {
                    self.unsure.insert(profile);
                    self.gained.extend(address.as_ref().map(|address| (*channel, address.normalised.clone())));
                }
            }
        }
    }

    /// Takes note of the first address of a channel of a new profile.
    pub fn reach(&mut self, profile: ProfileId, channel: Channel, address: &Address) {
        self.told.insert((profile, channel));
        self.new.entry((channel, address.normalised.clone())).or_default().push(profile);
    }

    /// Takes note of a merge: which address the survivor keeps is open.
    pub fn join(&mut self, profiles: [ProfileId; 2]) {
        self.unsure.extend(profiles);
    }

    /// Everybody who had one of the addresses before the batch.
    pub fn people(&self) -> BTreeSet<ProfileId> {
        self.stored.values().flatten().copied().collect()
    }

    /// The holders before the batch.
    pub fn stored(&self, channel: Channel, address: &Address) -> impl Iterator<Item = ProfileId> {
        self.stored.get(&(channel, address.normalised.clone())).into_iter().flatten().copied()
    }

    /// The holders so far in the batch, if it is certain who they are.
    fn of(&self, channel: Channel, address: &Address) -> impl Iterator<Item = ProfileId> {
        let new = self.new.get(&(channel, address.normalised.clone())).into_iter().flatten().copied();
        self.stored(channel, address).chain(new)
    }

    fn is_unsure(&self, channel: Channel, address: &Address) -> bool {
        self.gained.contains(&(channel, address.normalised.clone()))
            || self.of(channel, address).any(|holder| self.unsure.contains(&holder))
    }
}

/// The email address that an item says of an id.
pub(super) fn email_of_id(item: &Item) -> Option<&Address> {
    let Person::Identifiers(identifiers) = &item.person else { return None };
    let of_email =
        |(channel, address): (&Channel, &'_ Option<Address>)| *channel == Channel::Email && address.is_some();
    let said = item.statement.facts().filter_map(Fact::of::<Addresses>).find(|fact| of_email(*fact));
    said.and_then(|(_, address)| address.as_ref()).filter(|_| identifiers.iter().any(|it| it.kind == Kind::Id))
}

impl<'a> Going<'a, '_> {
    /// The only person with the email that an item says of an id that nobody has yet, where the workspace matches by email (V1.9). Between
    /// several people nothing is guessed.
    ///
    /// `None` if that depends on earlier items of the batch, which must be written first.
    pub(super) fn match_email(&self, item: &Item, identifiers: &[Identifier]) -> Option<Option<ProfileId>> {
        let is_known = |it: &Identifier| self.known.owner(it).is_some_and(|owner| self.known.is_recognised(owner));
        let email = email_of_id(item).filter(|_| self.matches_email && !identifiers.iter().any(is_known));
        let Some(email) = email else { return Some(None) };
        if self.held.is_unsure(Channel::Email, email) {
            return None;
        }
        let mut holders: BTreeSet<ProfileId> =
            self.held.of(Channel::Email, email).map(|holder| self.known.current(holder)).collect();
        Some(holders.pop_first().filter(|_| holders.is_empty()))
    }

    /// The only holder of the address. If there is none, or if there are several, it is the profile of that address itself, which the
    /// address finds as an identifier: between several people nothing is guessed. A page finds nobody by what everybody may know of them.
    ///
    /// `None` if that depends on earlier items of the batch, which must be written first.
    pub(super) fn find_by_address(
        &mut self,
        item: &'a Item,
        identifiers: &'a [Identifier],
        channel: Channel,
        address: &Address,
    ) -> Option<Target> {
        let erased = self.known.erasure(identifiers, item.said_at());
        let is_free = identifiers.iter().all(|identifier| self.known.owner(identifier).is_none());
        let is_asked = is_free && !self.is_page;
        if is_asked && self.held.is_unsure(channel, address) {
            return None;
        }
        let mut holders: BTreeSet<ProfileId> = self.held.of(channel, address).collect();
        let only = holders.pop_first().filter(|_| holders.is_empty() && is_asked);
        Some(match (erased, only) {
            // Whoever has the address of somebody who was blocked is another person.
            (Some(erased), Some(only)) if item.said_at() > erased.at => Target::One(only),
            (Some(erased), _) => Target::Erased(erased),
            (None, Some(only)) => Target::One(only),
            (None, None) => self.find_or_make(item, identifiers, None),
        })
    }
}
