//! Whose identifiers these are, and who becomes one with whom.

mod merge;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};

use super::{Item, Person, Statement, known::ClaimIndex, trust::Trust};
use crate::{
    activity,
    db::ids::{EnvironmentId, ProfileId, new_id},
    identities::{self, Address, Channel, Identifier, Kind, NewClaim, Passed},
    ledger::{Batch, Effect},
    merges::Suggestion,
    profiles::store as rows,
};

/// What happens to identities because of an item, before it is folded in.
pub enum Step<'a> {
    /// A profile comes into being.
    Create(ProfileId),
    /// An identifier that was nobody's becomes somebody's.
    Claim(NewClaim<'a>),
    /// An identifier is nobody's any more.
    Release { identifier: &'a Identifier, from: ProfileId },
    /// A browser changes hands.
    Pass { claim: NewClaim<'a>, from: ProfileId },
    /// One profile becomes part of another.
    Join(Join),
}

/// Two profiles that are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    pub loser: ProfileId,
    pub survivor: ProfileId,
    /// Nobody said so: the loser is only a browser.
    pub is_implied: bool,
    /// The versions of survivor and loser that somebody compared.
    pub compared: Option<(i64, i64)>,
}

/// Whom an item is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One profile.
    One(ProfileId),
    /// Everybody who has an address.
    All(Vec<ProfileId>),
    /// Somebody who was erased since it was said.
    Erased,
    /// Two known people, who are only suggested for merging.
    Suggested(ProfileId),
    /// Nothing happens to this profile, for this reason.
    Refused(ProfileId, Effect),
}

impl Target {
    /// The profiles that an item is folded into.
    pub fn all(&self) -> &[ProfileId] {
        match self {
            Self::One(profile) => std::slice::from_ref(profile),
            Self::All(profiles) => profiles,
            Self::Suggested(_) | Self::Refused(..) | Self::Erased => &[],
        }
    }

    /// The profile, or the first of several.
    pub fn profile(&self) -> Option<ProfileId> {
        match self {
            Self::One(profile) | Self::Suggested(profile) | Self::Refused(profile, _) => Some(*profile),
            Self::All(profiles) => profiles.first().copied(),
            Self::Erased => None,
        }
    }
}

/// Somebody who goes by an id from now on.
pub struct Renamed<'a> {
    /// The place of the item that says so.
    pub place: usize,
    pub profile: ProfileId,
    pub id: &'a Identifier,
    /// By which id they went, if it was another one.
    pub former: Option<&'a Identifier>,
}

/// What became of the people of a batch.
#[derive(Default)]
pub struct Resolved<'a> {
    /// What each item is about.
    pub targets: Vec<Target>,
    /// What has to happen before each item, by its place.
    pub steps: Vec<(usize, Step<'a>)>,
    /// Identifiers that were nobody's, with who has them after all items, before profiles are joined.
    pub claimed: Vec<NewClaim<'a>>,
    /// Browsers that change hands or are seen again, likewise.
    pub passed: Vec<Passed<'a>>,
    /// Who looks like one, and why.
    pub suggestions: Vec<Suggestion>,
    /// By which id survivors go from now on.
    pub renamed: Vec<Renamed<'a>>,
    /// Those that somebody merged others into, who may go by several ids therefore.
    survivors: BTreeSet<ProfileId>,
    joined: HashMap<ProfileId, ProfileId>,
}

impl<'a> Resolved<'a> {
    /// The profile that this one is part of at the end of the batch.
    pub fn last(&self, mut profile: ProfileId) -> ProfileId {
        while let Some(survivor) = self.joined.get(&profile) {
            profile = *survivor;
        }
        profile
    }

    /// Profiles that did not exist before.
    pub fn created(&self) -> impl Iterator<Item = ProfileId> {
        self.steps.iter().filter_map(|(_, step)| if let Step::Create(profile) = step { Some(*profile) } else { None })
    }

    /// Two people must not take over the same anonymous profile, nor may somebody who is known be taken for a browser or be left
    /// without an identifier. What was done to them since they were looked at is seen here, now that their versions are read;
    /// whoever does so from now on moves the version.
    pub fn check(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<()> {
        let created: BTreeSet<ProfileId> = self.created().collect();
        let takes_id = |(_, step): &(usize, Step<'_>)| match step {
            Step::Claim(claim) if claim.identifier.kind == Kind::Id && !self.survivors.contains(&claim.profile) => {
                Some((claim.profile, false))
            }
            Step::Join(Join { loser, is_implied: true, .. }) => Some((*loser, true)),
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

/// Finds or makes the profile of each item, in a constant number of statements.
///
/// When the identifiers of one item belong to different people, the strongest decides. Who is only a browser becomes part of them; a
/// browser of somebody else changes hands; two known people are never joined by themselves, but suggested for merging.
pub fn resolve<'a>(
    conn: &mut PgConnection,
    batch: &Batch,
    (items, trust): (&'a [Item], &Trust),
    hints: &'a [Identifier],
) -> QueryResult<Resolved<'a>> {
    let environment = batch.environment;
    let compared: BTreeSet<ProfileId> = items.iter().filter_map(Item::compared).flatten().collect();
    let named = items.iter().filter_map(|item| item.person.profile()).chain(compared.iter().copied()).collect();
    let merged = rows::merged_into(conn, environment, &named)?;
    let has_survivor = |item: &&Item| matches!(item.statement, Statement::Merge(_));
    let survivors = items.iter().filter(has_survivor).filter_map(|item| item.person.profile());
    let looked_at: BTreeSet<ProfileId> =
        survivors.map(|profile| *merged.get(&profile).unwrap_or(&profile)).chain(compared).collect();
    let versions = match looked_at.is_empty() {
        true => HashMap::new(),
        false => rows::versions(conn, environment, &looked_at)?,
    };
    let asked: BTreeSet<(Channel, &Address)> = items.iter().filter_map(|item| item.person.reached()).collect();
    let reached = identities::holders(conn, environment, &asked)?;
    let known = ClaimIndex::load(conn, environment, items, hints)?;
    let contested: BTreeSet<ProfileId> = items.iter().filter_map(|item| contested(&known, item)).flatten().collect();
    let seen = activity::last_seen(conn, environment, &contested)?;
    let left = left(conn, environment, items, &merged)?;
    let (resolved, is_page) = (Resolved::default(), trust.is_page());
    let mut going = Going { batch, is_page, known, seen, merged, versions, left, resolved, place: 0 };
    for (place, item) in items.iter().enumerate() {
        going.place = place;
        let target = match &item.person {
            Person::Profile(profile) => match &item.statement {
                // Only operators and jobs say these, and keys that may merge.
                Statement::MergeProfile(_) | Statement::Merge(_) | Statement::Release(_) if going.is_page => {
                    Target::Refused(going.current(*profile), Effect::Protected)
                }
                Statement::MergeProfile(said) => going.merge_compared(*profile, said),
                Statement::Merge(merge) if going.exists(*profile) => {
                    going.merge(merge, (&[], false), going.current(*profile), item.said_at())
                }
                Statement::Release(identifiers) => going.release(identifiers, going.current(*profile)),
                _ => Target::One(going.current(*profile)),
            },
            Person::Reached(channel, address) => {
                let holders = reached.get(&(*channel, address.normalised.clone())).cloned().unwrap_or_default();
                Target::All(holders.into_iter().map(|profile| going.known.current(profile)).collect())
            }
            Person::Identifiers(identifiers) => going.find_or_make(item, identifiers),
        };
        going.suggest_by_email(item, &target);
        going.resolved.targets.push(target);
    }
    let Going { known, mut resolved, .. } = going;
    (resolved.claimed, resolved.passed) = known.into_claims();
    Ok(resolved)
}

/// How many identifiers those have who are to lose some, one more than they can lose at most.
fn left(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    items: &[Item],
    merged: &HashMap<ProfileId, ProfileId>,
) -> QueryResult<HashMap<ProfileId, usize>> {
    let released = |item: &Item| match &item.statement {
        Statement::Release(identifiers) => Some((item.person.profile()?, identifiers.len())),
        _ => None,
    };
    let (losing, counts): (BTreeSet<ProfileId>, Vec<usize>) = items.iter().filter_map(released).unzip();
    let losing: Vec<ProfileId> = losing.iter().map(|profile| *merged.get(profile).unwrap_or(profile)).collect();
    identities::how_many(conn, environment, &losing, counts.iter().sum::<usize>() + 1)
}

/// Profiles between which only the last visit can decide: email and phone of different people, and nothing stronger.
fn contested(known: &ClaimIndex<'_>, item: &Item) -> Option<Vec<ProfileId>> {
    let identifiers = item.person.identifiers();
    let strongest = identifiers.iter().filter(|i| known.owner(i).is_some()).map(|i| i.kind.rank()).min()?;
    let owners: BTreeSet<ProfileId> =
        identifiers.iter().filter(|i| i.kind.is_address()).filter_map(|i| known.owner(i)).collect();
    (strongest >= Kind::Email.rank() && owners.len() > 1).then(|| owners.into_iter().collect())
}

/// A batch while it is gone through.
struct Going<'a, 'b> {
    batch: &'b Batch,
    /// Whoever speaks must not touch by what somebody is known who has an id.
    is_page: bool,
    known: ClaimIndex<'a>,
    seen: HashMap<ProfileId, DateTime<Utc>>,
    /// Who profiles were merged into before this batch.
    merged: HashMap<ProfileId, ProfileId>,
    /// Of profiles that others may become part of.
    versions: HashMap<ProfileId, i64>,
    /// How many identifiers those have who are to lose some; counted no further than it matters.
    left: HashMap<ProfileId, usize>,
    resolved: Resolved<'a>,
    place: usize,
}

impl<'a> Going<'a, '_> {
    fn find_or_make(&mut self, item: &'a Item, identifiers: &'a [Identifier]) -> Target {
        let said_at = item.said_at();
        if self.known.is_erased(identifiers, said_at) {
            return Target::Erased;
        }
        let merge = if let Statement::Merge(merge) = &item.statement { Some(merge) } else { None };
        let found = self.known.meant(identifiers, &self.seen);
        // Where only the other side of a merge is known, it takes the new name.
        let other = || merge.and_then(|merge| merge.from.iter().find_map(|from| self.known.owner(from)));
        let found = found.or_else(other);
        let is_protected = self.is_page && found.is_some_and(|profile| self.known.is_identified(profile));
        if let Some(profile) = found.filter(|_| is_protected && merge.is_some_and(|it| self.renames(it, identifiers))) {
            return Target::Refused(profile, Effect::Protected);
        }
        let profile = match found {
            Some(profile) => profile,
            None => {
                let profile = ProfileId(new_id(self.batch.received_at));
                self.step(Step::Create(profile));
                profile
            }
        };
        // The stronger ones come first: they say whether a browser is somebody's whom we know.
        let (browsers, better): (Vec<_>, Vec<_>) =
            identifiers.iter().partition(|identifier| identifier.kind == Kind::Anonymous);
        let was_anonymous =
            |it: &&Identifier| self.known.owner(it).is_some_and(|owner| !self.known.is_recognised(owner));
        let first: BTreeSet<&Identifier> = browsers.iter().copied().filter(was_anonymous).collect();
        for identifier in better.iter().chain(&browsers) {
            // Whoever is known is found by no more than before, but for another browser of theirs.
            let is_new = identifier.kind != Kind::Anonymous && self.known.owner(identifier).is_none();
            if !(is_protected && is_new) {
                self.meet(identifier, profile, said_at);
            }
        }
        if self.known.is_recognised(profile) && !better.is_empty() {
            for browser in browsers.into_iter().filter(|it| self.known.owner(it) == Some(profile)).collect::<Vec<_>>() {
                self.known.confirm(browser, said_at, first.contains(browser));
            }
        }
        match merge {
            Some(merge) => self.merge(merge, (identifiers, is_protected), profile, said_at),
            None => Target::One(profile),
        }
    }

    fn current(&self, profile: ProfileId) -> ProfileId {
        self.known.current(*self.merged.get(&profile).unwrap_or(&profile))
    }

    /// Whether somebody who is named by their profile is there.
    fn exists(&self, profile: ProfileId) -> bool {
        self.versions.contains_key(self.merged.get(&profile).unwrap_or(&profile))
    }

    fn step(&mut self, step: Step<'a>) {
        self.resolved.steps.push((self.place, step));
    }

    /// One identifier of an item that is about `profile`.
    fn meet(&mut self, identifier: &'a Identifier, profile: ProfileId, said_at: DateTime<Utc>) {
        let Some(owner) = self.known.owner(identifier) else {
            self.claim(identifier, profile, said_at);
            return;
        };
        if owner == profile {
            return;
        }
        let is_browser = identifier.kind == Kind::Anonymous && self.known.is_recognised(profile);
        if is_browser && !self.known.is_recognised(owner) {
            self.join(Join { loser: owner, survivor: profile, is_implied: true, compared: None });
        } else if is_browser {
            // A shared computer: the last one to use it is whose it is.
            if self.known.claimed_at(identifier).is_some_and(|before| said_at > before) {
                self.known.give(identifier, profile, said_at);
                let claim = NewClaim { identifier, profile, claimed_at: said_at, not_before: None };
                self.step(Step::Pass { claim, from: owner });
            }
        } else if identifier.kind != Kind::Anonymous {
            self.suggest(profile, owner, identifier);
        }
    }

    fn claim(&mut self, identifier: &'a Identifier, profile: ProfileId, said_at: DateTime<Utc>) {
        let not_before = self.known.give(identifier, profile, said_at).map(|erased| erased.at);
        self.step(Step::Claim(NewClaim { identifier, profile, claimed_at: said_at, not_before }));
    }

    /// The email of one may be the id of another: somebody who was known by email alone before they got an id.
    fn suggest_by_email(&mut self, item: &Item, target: &Target) {
        let (Target::One(profile), Some(id)) = (target, item.email_as_id()) else { return };
        if let Some(owner) = self.known.owner(&id).filter(|owner| owner != profile) {
            self.suggest(*profile, owner, &id);
        }
    }
}
