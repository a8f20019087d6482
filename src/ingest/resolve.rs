//! Resolves the items of a batch to profiles: claims, new profiles, merges and suggestions.

mod by_address;
mod merge;
mod resolved;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use self::by_address::Held;
pub use self::resolved::{Join, Renamed, Resolved, Rooted, Step, Target};
use super::{Item, Person, Statement, known::ClaimIndex, trust::Trust};
use crate::{
    activity,
    db::ids::{EnvironmentId, ProfileId, new_id},
    identities::{self, Address, Channel, Identifier, Kind, NewClaim},
    ledger::{Batch, Effect},
    profiles::store as rows,
    registers::Moment,
};

/// Finds or makes the profile of each item, in a constant number of SQL statements. It stops before an item for which what was said before
/// must be written first: then there are fewer targets than items. Nobody is looked for or made for items that are refused already.
///
/// When the identifiers of one item belong to different profiles, the strongest decides. An anonymous profile is merged into that profile;
/// a browser of another person moves to it; two known people are never merged without being asked for, only suggested for merging. With
/// `matches_email` a new id that comes with the email of one known person is that person (V1.9).
pub fn resolve<'a>(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &'a [Item],
    trust: &Trust,
    refused: &BTreeSet<usize>,
    matches_email: bool,
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
    let mut asked: BTreeSet<(Channel, &Address)> = items.iter().filter_map(|item| item.person.address()).collect();
    if matches_email {
        asked.extend(items.iter().filter_map(|item| Some((Channel::Email, by_address::email_of_id(item)?))));
    }
    let held = Held::new(identities::holders(conn, environment, &asked)?);
    let mut known = ClaimIndex::load(conn, environment, items)?;
    if matches_email {
        known.acquaint(identities::recognised(conn, environment, &held.people())?);
    }
    let contested: BTreeSet<ProfileId> = items.iter().filter_map(|item| contested(&known, item)).flatten().collect();
    let seen = activity::last_seen(conn, environment, &contested)?;
    let left = left(conn, environment, items, &merged)?;
    let (resolved, made, is_page) = (Resolved::default(), BTreeSet::new(), trust.is_page());
    let mut going =
        Going { batch, is_page, matches_email, known, seen, merged, versions, left, held, made, resolved, place: 0 };
    for (place, item) in items.iter().enumerate() {
        going.place = place;
        let target = match &item.person {
            _ if refused.contains(&place) => Target::Refused(None, Effect::Protected),
            Person::Profile(profile) => match &item.statement {
                // Only operators, jobs and keys that may merge can say these statements.
                Statement::MergeProfile(_) | Statement::Merge(_) | Statement::Release(_) if going.is_page => {
                    Target::Refused(Some(going.current(*profile)), Effect::Protected)
                }
                Statement::MergeProfile(said) => going.merge_compared(*profile, said),
                Statement::Merge(merge) if going.exists(*profile) => {
                    going.merge(merge, &[], false, going.current(*profile), item.said_at())
                }
                Statement::Release(identifiers) => going.release(identifiers, going.current(*profile)),
                _ => Target::One(going.current(*profile)),
            },
            Person::Reached(channel, address) => {
                Target::All(going.held.stored(*channel, address).map(|profile| going.known.current(profile)).collect())
            }
            Person::Addressed(identifiers, channel, address) => {
                match going.find_by_address(item, identifiers, *channel, address) {
                    Some(target) => target,
                    None => break,
                }
            }
            Person::Identifiers(identifiers) => match going.match_email(item, identifiers) {
                Some(matched) => going.find_or_make(item, identifiers, matched),
                None => break,
            },
        };
        if let Target::One(profile) = target {
            going.held.add(item, profile, going.made.contains(&profile));
        }
        going.resolved.targets.push(target);
    }
    let Going { known, mut resolved, .. } = going;
    let is_rejoined = known.is_rejoined;
    (resolved.claimed, resolved.passed) = known.into_claims();
    if is_rejoined {
        resolved.rejoin();
    }
    Ok(resolved)
}

/// Numbers of identifiers of the profiles that lose some, counted up to one more than they can lose.
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

/// Profiles between which only the last visit can decide: owners of email and phone, where no stronger identifier has an owner.
fn contested(known: &ClaimIndex<'_>, item: &Item) -> Option<Vec<ProfileId>> {
    let identifiers = item.person.identifiers();
    let strongest = identifiers.iter().filter(|i| known.owner(i).is_some()).map(|i| i.kind.rank()).min()?;
    let owners: BTreeSet<ProfileId> =
        identifiers.iter().filter(|i| i.kind.is_address()).filter_map(|i| known.owner(i)).collect();
    (strongest >= Kind::Email.rank() && owners.len() > 1).then(|| owners.into_iter().collect())
}

/// A batch while it is resolved.
struct Going<'a, 'b> {
    batch: &'b Batch,
    /// Whether a page sends the batch: it must not change the identifiers of a profile that has an id.
    is_page: bool,
    /// Whether a new id with the email of one known person is that person.
    matches_email: bool,
    known: ClaimIndex<'a>,
    seen: HashMap<ProfileId, DateTime<Utc>>,
    /// Profiles merged before this batch, with their survivors.
    merged: HashMap<ProfileId, ProfileId>,
    /// Versions of profiles that are compared or that others may be merged into.
    versions: HashMap<ProfileId, i64>,
    /// Numbers of identifiers of the profiles that lose some, counted no further than it matters.
    left: HashMap<ProfileId, usize>,
    held: Held,
    /// Profiles that the batch makes.
    made: BTreeSet<ProfileId>,
    resolved: Resolved<'a>,
    place: usize,
}

impl<'a> Going<'a, '_> {
    /// The owner of the identifiers, or whoever is `matched` otherwise, or a new person.
    fn find_or_make(&mut self, item: &'a Item, identifiers: &'a [Identifier], matched: Option<ProfileId>) -> Target {
        let said_at = item.said_at();
        if let Some(erased) = self.known.erasure(identifiers, said_at) {
            return Target::Erased(erased);
        }
        let merge = if let Statement::Merge(merge) = &item.statement { Some(merge) } else { None };
        let found = matched.or_else(|| self.known.meant(identifiers, &self.seen));
        // Where only `from` of a merge finds a profile, that profile gets the new identifiers.
        let other = || merge.and_then(|merge| merge.from.iter().find_map(|from| self.known.owner(from)));
        let (is_named, found) = (found.is_some(), found.or_else(other));
        // A merge names two people, so of it anybody who is known is protected; else a visitor may still get their first id.
        let is_known = |profile| match merge {
            Some(_) => self.known.is_recognised(profile),
            None => self.known.is_identified(profile),
        };
        let is_protected = self.is_page && found.is_some_and(is_known);
        if let Some(profile) = found.filter(|_| is_protected && merge.is_some_and(|it| self.renames(it, identifiers))) {
            return Target::Refused(Some(profile), Effect::Protected);
        }
        let profile = match found {
            Some(profile) => profile,
            None => {
                let profile = ProfileId(new_id(self.batch.received_at));
                self.step(Step::Create(profile));
                self.made.insert(profile);
                if let Some((channel, address)) = item.person.address() {
                    self.held.reach(profile, channel, address);
                    self.step(Step::Reach { profile, channel, address });
                }
                profile
            }
        };
        // Stronger identifiers come first: they decide whether a browser's person is known.
        let (browsers, better): (Vec<_>, Vec<_>) =
            identifiers.iter().partition(|identifier| identifier.kind == Kind::Anonymous);
        let was_anonymous =
            |it: &&Identifier| self.known.owner(it).is_some_and(|owner| !self.known.is_recognised(owner));
        let first: BTreeSet<&Identifier> = browsers.iter().copied().filter(was_anonymous).collect();
        // What was said before of an id stands above what was said of a browser, or of the person whom a merge names second.
        let is_led = found.is_some() && (!is_named || !self.known.is_recognised(profile));
        let is_visitor = better.is_empty() && !self.known.is_recognised(profile);
        for identifier in better.iter().chain(&browsers) {
            // A page gives a known person no new identifier except a browser.
            let is_browser = identifier.kind == Kind::Anonymous;
            let is_new = !is_browser && self.known.owner(identifier).is_none();
            if !(is_protected && is_new) {
                let is_joined = if is_browser { !is_visitor } else { is_led };
                self.meet(identifier, profile, said_at, is_joined.then(|| Moment::new(said_at, !is_browser)));
                if is_browser && !better.is_empty() {
                    self.meet_again(identifier, &better, profile, said_at);
                }
            }
        }
        if self.known.is_recognised(profile) && !better.is_empty() {
            for browser in browsers.into_iter().filter(|it| self.known.owner(it) == Some(profile)).collect::<Vec<_>>() {
                self.known.confirm(browser, said_at, first.contains(browser));
            }
        }
        // The new id is the current one from here on, and the former still finds the person.
        if let Some(id) = identifiers.iter().find(|it| it.kind == Kind::Id && matched.is_some()) {
            self.resolved.survivors.insert(profile);
            self.resolved.renamed.push(Renamed { place: self.place, profile, id, former: None });
        }
        match merge {
            Some(merge) => self.merge(merge, identifiers, is_protected, profile, said_at),
            None => Target::One(profile),
        }
    }

    fn current(&self, profile: ProfileId) -> ProfileId {
        self.known.current(*self.merged.get(&profile).unwrap_or(&profile))
    }

    /// Whether a profile that an item names by id exists.
    fn exists(&self, profile: ProfileId) -> bool {
        self.versions.contains_key(self.merged.get(&profile).unwrap_or(&profile))
    }

    fn step(&mut self, step: Step<'a>) {
        self.resolved.steps.push((self.place, step));
    }

    /// Applies one identifier of an item about `profile`: claims it, moves its claim, merges its owner or suggests to.
    fn meet(&mut self, identifier: &'a Identifier, profile: ProfileId, said_at: DateTime<Utc>, joined: Option<Moment>) {
        let Some(owner) = self.known.owner(identifier) else {
            self.claim(identifier, profile, said_at, joined);
            return;
        };
        if owner == profile {
            return;
        }
        let is_browser = identifier.kind == Kind::Anonymous && self.known.is_recognised(profile);
        if is_browser && !self.known.is_recognised(owner) {
            self.join(Join { loser: owner, survivor: profile, is_implied: true, compared: None }, Some(identifier));
        } else if is_browser {
            // A shared computer: the newest statement decides who owns the browser.
            if self.known.claimed_at(identifier).is_some_and(|before| said_at > before) {
                self.known.give(identifier, profile, said_at, joined);
                let claim = NewClaim { identifier, profile, claimed_at: said_at, not_before: None, joined };
                self.step(Step::Pass { claim, from: owner });
            }
        } else if identifier.kind != Kind::Anonymous {
            self.suggest(profile, owner, identifier);
        }
    }

    /// Takes note that a browser was the profile's at a time before the last one.
    fn meet_again(
        &mut self,
        browser: &'a Identifier,
        others: &[&'a Identifier],
        profile: ProfileId,
        said_at: DateTime<Utc>,
    ) {
        let is_before = self.known.claimed_at(browser).is_some_and(|last| said_at < last);
        if is_before && self.known.owner(browser) == Some(profile) {
            self.join_again(browser, others.iter().copied(), profile, said_at);
        }
    }

    /// Takes note that an identifier and others are one profile's, if they were so at that time already.
    fn join_again(
        &mut self,
        by: &'a Identifier,
        others: impl Iterator<Item = &'a Identifier>,
        profile: ProfileId,
        said_at: DateTime<Utc>,
    ) {
        self.known.rejoin(by, Moment::new(said_at, false));
        others.for_each(|other| self.known.rejoin(other, Moment::new(said_at, true)));
        self.step(Step::Again { profile, by });
    }

    fn claim(
        &mut self,
        identifier: &'a Identifier,
        profile: ProfileId,
        said_at: DateTime<Utc>,
        joined: Option<Moment>,
    ) {
        let not_before = self.known.give(identifier, profile, said_at, joined).map(|erased| erased.at);
        self.step(Step::Claim(NewClaim { identifier, profile, claimed_at: said_at, not_before, joined }));
    }
}
