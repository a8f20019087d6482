//! What the resolution of a batch finds: targets of items, and steps that make and join profiles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};

use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Address, Channel, Erased, Identifier, Kind, NewClaim, Passed},
    ingest::{Item, Statement},
    ledger::Effect,
    merges::Suggestion,
};

/// What an item does to profiles and claims before it is folded in.
pub enum Step<'a> {
    /// Makes a profile.
    Create(ProfileId),
    /// Gives a new profile the address that it was named by.
    Reach { profile: ProfileId, channel: Channel, address: &'a Address },
    /// Claims a free identifier.
    Claim(NewClaim<'a>),
    /// Frees an identifier.
    Release { identifier: &'a Identifier, from: ProfileId },
    /// Moves the claim to a browser to another profile.
    Pass { claim: NewClaim<'a>, from: ProfileId },
    /// Merges two profiles. An operator's merge names nobody by an identifier; else it is the one of the merged.
    Join(Join, Option<&'a Identifier>),
    /// Says of an identifier, at a time before the last one, that it is the profile's: the two may have become one too late.
    Again { profile: ProfileId, by: &'a Identifier },
}

/// A merge of two profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    pub loser: ProfileId,
    pub survivor: ProfileId,
    /// Whether the merge follows from shared identifiers alone: `loser` has nothing but browsers.
    pub is_implied: bool,
    /// Versions of survivor and loser that an operator compared; `None` for every other merge.
    pub compared: Option<(i64, i64)>,
}

/// Who survives of profiles that a late merge makes one.
pub struct Rooted {
    pub roots: BTreeSet<ProfileId>,
    pub root: ProfileId,
}

/// The profiles that an item is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    One(ProfileId),
    /// Every profile that has the item's address.
    All(Vec<ProfileId>),
    /// A person who was erased after the time of the statement.
    Erased(Erased),
    /// The survivor of a merge that is only suggested, because both people are known.
    Suggested(ProfileId),
    /// The profile of an item that is not applied, if it was looked for, with the reason.
    Refused(Option<ProfileId>, Effect),
}

impl Target {
    /// The profiles that the item is folded into.
    pub fn all(&self) -> &[ProfileId] {
        match self {
            Self::One(profile) => std::slice::from_ref(profile),
            Self::All(profiles) => profiles,
            Self::Suggested(_) | Self::Refused(..) | Self::Erased(_) => &[],
        }
    }

    /// The profile, or the first of several; `None` for an erased person or an address that nobody has.
    pub fn profile(&self) -> Option<ProfileId> {
        match self {
            Self::One(profile) | Self::Suggested(profile) => Some(*profile),
            Self::Refused(profile, _) => *profile,
            Self::All(profiles) => profiles.first().copied(),
            Self::Erased(_) => None,
        }
    }
}

/// A profile that gets a new current id.
pub struct Renamed<'a> {
    /// Index in the batch of the item that gives the id.
    pub place: usize,
    pub profile: ProfileId,
    pub id: &'a Identifier,
    /// The id that the new one replaces; `None` if there is none, or if it is equal.
    pub former: Option<&'a Identifier>,
}

/// Targets of the items of a batch, and what the batch does to profiles and claims.
#[derive(Default)]
pub struct Resolved<'a> {
    /// Target of each item that is resolved, in the items' order.
    pub targets: Vec<Target>,
    /// Steps, each with the index of the item before which it happens.
    pub steps: Vec<(usize, Step<'a>)>,
    /// Claims to identifiers that were free, with their owners after all items, before merges.
    pub claimed: Vec<NewClaim<'a>>,
    /// Claims to browsers that move or are confirmed, with their owners after all items, before merges.
    pub passed: Vec<Passed<'a>>,
    /// Merges to suggest to operators, each with its reason.
    pub suggestions: Vec<Suggestion>,
    /// New current ids of survivors.
    pub renamed: Vec<Renamed<'a>>,
    /// Survivors of merges that were asked for: they may have several ids.
    pub(super) survivors: BTreeSet<ProfileId>,
    /// Profiles that are merged, with their survivors.
    pub(super) joined: HashMap<ProfileId, ProfileId>,
}

impl<'a> Resolved<'a> {
    /// The profile itself, or its survivor at the end of the batch.
    pub fn last(&self, mut profile: ProfileId) -> ProfileId {
        while let Some(survivor) = self.joined.get(&profile) {
            profile = *survivor;
        }
        profile
    }

    /// Profiles that the batch makes.
    pub fn created(&self) -> impl Iterator<Item = ProfileId> {
        self.steps.iter().filter_map(|(_, step)| if let Step::Create(profile) = step { Some(*profile) } else { None })
    }

    /// Lets the steps join identifiers when the claims do.
    pub fn rejoin(&mut self) {
        let joined: HashMap<&Identifier, _> = self.claimed.iter().map(|it| (it.identifier, it.joined)).collect();
        for (_, step) in &mut self.steps {
            if let Step::Claim(claim) = step {
                claim.joined = joined.get(claim.identifier).copied().unwrap_or(claim.joined);
            }
        }
    }

    /// Whether an item makes, joins or names somebody, or may have led to a suggestion.
    pub fn is_moved_by(&self, place: usize, item: &Item) -> bool {
        let is_named = |name: &Identifier| item.identifiers().any(|it| it == name);
        self.steps.iter().any(|(at, _)| *at == place)
            || self.renamed.iter().any(|renamed| renamed.place == place)
            || self.passed.iter().any(|passed| is_named(passed.claim.identifier))
            || !self.suggestions.is_empty() && !matches!(self.targets[place], Target::Refused(None, _))
    }

    /// Makes `root` the survivor of all `roots`, as a merge that came late in the batch's only item has it.
    pub fn root(&mut self, Rooted { roots, root }: Rooted) {
        self.joined = roots.iter().filter(|it| **it != root).map(|it| (*it, root)).collect();
        let is_one = |profile: &mut ProfileId| {
            if roots.contains(profile) {
                *profile = root;
            }
        };
        self.claimed.iter_mut().for_each(|claim| is_one(&mut claim.profile));
        self.passed.iter_mut().for_each(|passed| is_one(&mut passed.claim.profile));
        self.renamed.iter_mut().for_each(|renamed| is_one(&mut renamed.profile));
    }

    /// The first item about somebody, or an identifier, that an earlier one joins to another at a later time, or that merges somebody to whom
    /// an earlier one joins an identifier at a later time. It can be folded in only when that is written.
    pub fn first_late(&self, items: &[Item]) -> Option<usize> {
        let mut steps = self.steps.iter().peekable();
        let mut people: HashMap<ProfileId, DateTime<Utc>> = HashMap::new();
        let mut names: HashMap<&Identifier, DateTime<Utc>> = HashMap::new();
        let mut holders: HashMap<ProfileId, DateTime<Utc>> = HashMap::new();
        for (place, (item, target)) in items.iter().zip(&self.targets).enumerate() {
            let said_at = item.said_at();
            let person = target.profile().and_then(|profile| people.get(&self.last(profile)));
            let name = item.person.strongest().and_then(|identifier| names.get(identifier));
            // A merge must know which identifiers were joined to the two since.
            let mut joins = steps.clone().take_while(|(at, _)| *at == place);
            let is_join =
                matches!(item.statement, Statement::Merge(_)) || joins.any(|(_, it)| matches!(it, Step::Join(..)));
            let holder = target.profile().filter(|_| is_join).and_then(|profile| holders.get(&self.last(profile)));
            if person.max(name).max(holder).is_some_and(|joined_at| *joined_at > said_at) {
                return Some(place);
            }
            while let Some((_, step)) = steps.next_if(|(at, _)| *at == place) {
                let newest = match step {
                    Step::Join(join, _) => people.entry(self.last(join.survivor)).or_insert(said_at),
                    Step::Claim(NewClaim { identifier, profile, joined: Some(_), .. }) => {
                        let newest = holders.entry(self.last(*profile)).or_insert(said_at);
                        *newest = said_at.max(*newest);
                        names.entry(identifier).or_insert(said_at)
                    }
                    _ => continue,
                };
                *newest = said_at.max(*newest);
            }
        }
        None
    }

    /// Rolls back if another transaction changed what the resolution relied on: an anonymous profile to be merged became known or was
    /// merged, a profile that gets an id has one by now, or a profile would lose its last identifier. Versions of these profiles are read
    /// by now, so any later change moves a version and is found at writing.
    pub fn check(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<()> {
        let created: BTreeSet<ProfileId> = self.created().collect();
        let takes_id = |(_, step): &(usize, Step<'_>)| match step {
            Step::Claim(claim) if claim.identifier.kind == Kind::Id && !self.survivors.contains(&claim.profile) => {
                Some((claim.profile, false))
            }
            Step::Join(Join { loser, is_implied: true, .. }, _) => Some((*loser, true)),
            _ => None,
        };
        let unsure: HashMap<ProfileId, bool> =
            self.steps.iter().filter_map(takes_id).filter(|(profile, _)| !created.contains(profile)).collect();
        let found = identities::recognised(conn, environment, &unsure.keys().copied().collect())?;
        let is_wrong = |(profile, has_id): &(ProfileId, bool)| unsure[profile] || *has_id;
        let mut released: BTreeMap<ProfileId, usize> = BTreeMap::new();
        for (_, step) in &self.steps {
            if let Step::Release { from, .. } = step {
                *released.entry(*from).or_default() += 1;
            }
        }
        let (losing, most): (Vec<_>, usize) = (released.keys().copied().collect(), released.values().sum());
        let left = identities::how_many(conn, environment, &losing, most + 1)?;
        let loses_all = |(profile, lost): (&ProfileId, &usize)| left.get(profile).is_none_or(|had| had <= lost);
        let is_stale = found.iter().any(is_wrong) || released.iter().any(loses_all);
        if is_stale { Err(Error::RollbackTransaction) } else { Ok(()) }
    }
}
