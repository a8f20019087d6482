//! Claims to identifiers, as they change while a batch is resolved.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::Item;
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Claim, Erased, Identifier, Kind, NewClaim, Passed},
    registers::Moment,
};

/// Claims to the identifiers of a batch, as they are stored and with what the batch did to them so far.
#[derive(Default)]
pub struct ClaimIndex<'a> {
    claims: HashMap<&'a Identifier, Claim>,
    /// Profiles merged in this batch, with their survivors.
    joined: HashMap<ProfileId, ProfileId>,
    identified: HashSet<ProfileId>,
    /// Profiles with an identifier other than a browser's.
    recognised: HashSet<ProfileId>,
    /// Identifiers without a claim whose person was erased.
    erased: HashMap<&'a Identifier, Erased>,
    /// Changes of claims by the batch.
    moves: BTreeMap<&'a Identifier, Move>,
    /// Whether an identifier was joined to a profile earlier than the item says that claims it.
    pub is_rejoined: bool,
}

/// Change of one claim by a batch.
#[derive(Clone, Copy, Default)]
struct Move {
    /// Profile that has the claim in the table; `None`: the identifier is free.
    from: Option<ProfileId>,
    /// Whether only an anonymous profile had the browser before.
    is_first: bool,
    /// When the identifier was joined to a profile that went by others.
    joined: Option<Moment>,
}

impl<'a> ClaimIndex<'a> {
    /// Looks up the claims of all identifiers that the items name, in one to three SQL statements.
    pub fn load(conn: &mut PgConnection, environment: EnvironmentId, items: &'a [Item]) -> QueryResult<Self> {
        let mut asked: Vec<&Identifier> = items.iter().flat_map(Item::identifiers).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let mut stored = identities::claims(conn, environment, &asked)?;
        let (claims, free): (HashMap<_, _>, Vec<_>) =
            asked.into_iter().fold((HashMap::new(), Vec::new()), |(mut claims, mut free), identifier| {
                match stored.remove(identifier) {
                    Some(claim) => drop(claims.insert(identifier, claim)),
                    None => free.push(identifier),
                }
                (claims, free)
            });
        let by_id = claims.iter().filter(|(identifier, _)| identifier.kind == Kind::Id).map(|(_, claim)| claim.profile);
        let identified: HashSet<ProfileId> = by_id.collect();
        let unsure: BTreeSet<ProfileId> =
            claims.values().map(|claim| claim.profile).filter(|profile| !identified.contains(profile)).collect();
        let mut recognised = HashSet::new();
        recognised.extend(&identified);
        let strangers = identities::recognised(conn, environment, &unsure)?;
        let mut erased = identities::erased(conn, environment, &free)?;
        let erased = free.into_iter().filter_map(|identifier| Some((identifier, erased.remove(identifier)?))).collect();
        let mut known = Self { claims, identified, recognised, erased, ..Self::default() };
        known.acquaint(strangers);
        Ok(known)
    }

    /// Takes note of profiles that none of the identifiers belongs to: those of them that are recognised, each with whether it has an id.
    pub fn acquaint(&mut self, found: Vec<(ProfileId, bool)>) {
        for (profile, has_id) in found {
            self.recognised.insert(profile);
            if has_id {
                self.identified.insert(profile);
            }
        }
    }

    /// The profile itself, or its survivor so far in the batch.
    pub fn current(&self, mut profile: ProfileId) -> ProfileId {
        while let Some(survivor) = self.joined.get(&profile) {
            profile = *survivor;
        }
        profile
    }

    /// The profile that has the claim to an identifier; `None`: the identifier is free.
    pub fn owner(&self, identifier: &Identifier) -> Option<ProfileId> {
        self.claims.get(identifier).map(|claim| self.current(claim.profile))
    }

    /// Takes note that a profile is erased: its identifiers are nobody's from here on.
    pub fn erase(&mut self, profile: ProfileId, said: Erased) {
        let is_theirs = |claim: &Claim| self.current(claim.profile) == profile;
        let gone: Vec<&Identifier> =
            self.claims.iter().filter(|(_, claim)| is_theirs(claim)).map(|(identifier, _)| *identifier).collect();
        for identifier in gone {
            self.claims.remove(identifier);
            self.erased.insert(identifier, said);
        }
    }

    /// The erasure that a statement from `time` comes too late for: of a person erased since, or blocked for good.
    pub fn erasure(&self, identifiers: &[Identifier], time: DateTime<Utc>) -> Option<Erased> {
        // A browser counts only without other identifiers: people other than the erased one may share it.
        let is_better = |identifier: &&Identifier| identifier.kind != Kind::Anonymous;
        let any_better = identifiers.iter().any(|identifier| is_better(&identifier));
        let erasure = |identifier: &Identifier| match self.claims.get(identifier) {
            Some(claim) => claim.not_before.map(|at| Erased { at, is_blocked: false }),
            None => self.erased.get(identifier).copied(),
        };
        let counted = identifiers.iter().filter(|it| !any_better || is_better(it)).filter_map(erasure);
        counted.filter(|erased| erased.is_blocked || time <= erased.at).max_by_key(|erased| erased.is_blocked)
    }

    /// The owner of the strongest identifier. `None` if all are free, or if they bring a new id and the owner has an id: that is another
    /// person on the same browser. Between email and phone, which are equally strong, the profile `seen` last wins.
    pub fn meant(&self, identifiers: &[Identifier], seen: &HashMap<ProfileId, DateTime<Utc>>) -> Option<ProfileId> {
        let owned = identifiers.iter().filter_map(|identifier| Some((identifier, self.owner(identifier)?)));
        let (strongest, profile) = owned.min_by_key(|(identifier, profile)| {
            let rank = identifier.kind.rank();
            let last = if identifier.kind.is_address() { seen.get(profile).copied() } else { None };
            let rank = if identifier.kind.is_address() { Kind::Email.rank() } else { rank };
            (rank, std::cmp::Reverse(last))
        })?;
        let brings_id = strongest.kind != Kind::Id && identifiers.iter().any(|i| i.kind == Kind::Id);
        (!brings_id || !self.identified.contains(&profile)).then_some(profile)
    }

    pub fn is_identified(&self, profile: ProfileId) -> bool {
        self.identified.contains(&profile)
    }

    /// Whether a profile has an identifier other than a browser's.
    pub fn is_recognised(&self, profile: ProfileId) -> bool {
        self.recognised.contains(&profile)
    }

    /// Time of the newest claim to an identifier; `None`: the identifier is free.
    pub fn claimed_at(&self, identifier: &Identifier) -> Option<DateTime<Utc>> {
        self.claims.get(identifier).map(|claim| claim.claimed_at)
    }

    /// Gives an identifier to a profile, to which it is `joined` if the profile went by others. Returns the erasure after which the
    /// identifier was free, if there was one.
    pub fn give(
        &mut self,
        identifier: &'a Identifier,
        profile: ProfileId,
        at: DateTime<Utc>,
        joined: Option<Moment>,
    ) -> Option<Erased> {
        let erased = self.erased.remove(identifier);
        let not_before = match &erased {
            Some(erased) => Some(erased.at),
            None => self.claims.get(identifier).and_then(|claim| claim.not_before),
        };
        let had = self.claims.insert(identifier, Claim { profile, claimed_at: at, not_before });
        let from = had.map(|had| had.profile);
        self.moves.entry(identifier).or_insert(Move { from, ..Move::default() }).joined = joined;
        if identifier.kind == Kind::Id {
            self.identified.insert(profile);
        }
        if identifier.kind != Kind::Anonymous {
            self.recognised.insert(profile);
        }
        erased
    }

    /// Takes note that an identifier that the batch joins to a profile was so from `moment` on, if that is earlier.
    pub fn rejoin(&mut self, identifier: &Identifier, moment: Moment) {
        let joined = self.moves.get_mut(identifier).and_then(|it| it.joined.as_mut());
        if let Some(joined) = joined.filter(|joined| joined.at > moment.at) {
            *joined = moment;
            self.is_rejoined = true;
        }
    }

    /// Makes an identifier free. Returns false if `profile` does not own it, or only since this batch.
    pub fn release(&mut self, identifier: &Identifier, profile: ProfileId) -> bool {
        let is_theirs = self.owner(identifier) == Some(profile) && !self.moves.contains_key(identifier);
        is_theirs && self.claims.remove(identifier).is_some()
    }

    /// Notes that the owner used a browser at that time, if it is later than the claim's. For the first recognised person on a browser
    /// (`is_first`) the time of the former claim means nothing and is overwritten.
    pub fn confirm(&mut self, identifier: &'a Identifier, at: DateTime<Utc>, is_first: bool) {
        let Some(claim) = self.claims.get_mut(identifier).filter(|claim| is_first || at > claim.claimed_at) else {
            return;
        };
        claim.claimed_at = at;
        let from = Some(claim.profile);
        self.moves.entry(identifier).or_insert(Move { from, ..Move::default() }).is_first |= is_first;
    }

    /// The new claims, and the claims that move to another profile or are confirmed.
    pub fn into_claims(self) -> (Vec<NewClaim<'a>>, Vec<Passed<'a>>) {
        let (mut new, mut passed) = (Vec::new(), Vec::new());
        for (identifier, Move { from, is_first, joined }) in self.moves {
            let Some(Claim { profile, claimed_at, not_before }) = self.claims.get(identifier).copied() else {
                continue;
            };
            let claim = NewClaim { identifier, profile, claimed_at, not_before, joined };
            match from {
                None => new.push(claim),
                Some(from) => passed.push(Passed { from, is_first, claim }),
            }
        }
        (new, passed)
    }

    /// Merges `loser` into `survivor`.
    pub fn join(&mut self, loser: ProfileId, survivor: ProfileId) {
        self.joined.insert(loser, survivor);
        for known in [&mut self.identified, &mut self.recognised] {
            if known.contains(&loser) {
                known.insert(survivor);
            }
        }
    }
}
