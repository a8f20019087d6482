//! Writes what late statements changed: what survivors took over, and who is part of whom.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{PgConnection, QueryResult};

use super::Lineage;
use crate::{
    activity,
    db::ids::{Pair, ProfileId},
    identities::{self, Identifier, NewClaim},
    ingest::join::EVENTS_AT_ONCE,
    ledger::Batch,
    merges::{NewMerge, PastMerge, families, store as merges},
    notes,
};

type Sets<T> = BTreeMap<ProfileId, BTreeSet<T>>;

impl Lineage {
    /// Profiles that were made because nobody knew of them.
    pub fn made(&self) -> impl Iterator<Item = ProfileId> {
        self.new.keys().copied()
    }

    /// Deletes the rows of keys of which nothing was said any more: what is said in the same batch is written after.
    pub fn forget(&self, conn: &mut PgConnection, batch: &Batch) -> QueryResult<()> {
        for (profile, kinds) in &self.gone {
            for (register, keys) in kinds.iter().filter_map(|(kind, keys)| Some((self.registers.find(*kind)?, keys))) {
                register.remove(conn, batch.environment, *profile, keys)?;
            }
        }
        Ok(())
    }

    /// Writes new parts, who is part of whom, and what survivors take over now. `added` are the claims that people got in the batch.
    pub fn write(&self, conn: &mut PgConnection, batch: &Batch, added: &[NewClaim<'_>]) -> QueryResult<()> {
        let environment = batch.environment;
        let rejoined: Vec<_> = self.rejoined.iter().map(|((part, it), moment)| (*part, it, *moment)).collect();
        identities::rejoin(conn, environment, &rejoined)?;
        let changed = self.merges.iter().filter(|merge| self.changed.contains(&merge.id));
        let changed: Vec<&PastMerge> = changed.filter(|merge| self.stored.contains_key(&merge.id)).collect();
        families::retake(conn, environment, &changed)?;
        let pairs: BTreeMap<_, Pair> = self.merges.iter().map(|merge| (merge.id, merge.pair)).collect();
        let is_as_stored =
            self.stored.len() == pairs.len() && pairs.iter().all(|(id, it)| self.stored.get(id) == Some(it));
        if is_as_stored && self.got.is_empty() { Ok(()) } else { self.rearrange(conn, batch, added) }
    }

    fn rearrange(&self, conn: &mut PgConnection, batch: &Batch, added: &[NewClaim<'_>]) -> QueryResult<()> {
        let environment = batch.environment;
        let listed = self.new.iter().map(|(part, (identifier, _))| (*part, identifier, None));
        let listed = listed.chain(self.got.iter().map(|(part, identifier, joined)| (*part, identifier, *joined)));
        let listed = listed.map(|(profile, identifier, joined)| NewClaim {
            identifier,
            profile,
            claimed_at: batch.received_at,
            not_before: None,
            joined,
        });
        identities::add_identifiers(conn, batch, &listed.collect::<Vec<_>>())?;
        let up = |merges: &mut dyn Iterator<Item = Pair>| Up(merges.map(|pair| (pair.from, pair.to)).collect());
        let was = up(&mut self.stored.values().copied());
        let is = up(&mut self.merges.iter().map(|merge| merge.pair));
        let all: BTreeSet<ProfileId> = [&was, &is].into_iter().flat_map(Up::all).collect();
        let moved = |profile: &ProfileId| Pair { from: *profile, to: is.root(*profile) };
        let roots = all.iter().filter(|it| !was.0.contains_key(it) && !self.new.contains_key(it));
        let moved: Vec<Pair> = roots.map(moved).filter(|pair| pair.from != pair.to).collect();
        let lists = self.write_lists(conn, batch, &all, &was, &moved, added)?;
        self.write_aliases(conn, batch, &all, &was)?;
        let between = |one: &Up, other: &Up| -> Vec<Pair> {
            let above =
                |part: &ProfileId| one.above(*part).into_iter().map(|to| Pair { from: *part, to }).collect::<Vec<_>>();
            all.iter().flat_map(above).filter(|pair| !other.above(pair.from).contains(&pair.to)).collect()
        };
        let back: Vec<Pair> =
            between(&was, &is).into_iter().map(|pair| Pair { from: pair.to, to: pair.from }).collect();
        notes::take_back(conn, environment, &back)?;
        notes::copy(conn, environment, &between(&is, &was))?;
        if !moved.is_empty() {
            activity::move_events(conn, environment, &moved, EVENTS_AT_ONCE)?;
            activity::join_activity(conn, environment, &moved)?;
            let settling: Vec<_> = moved.iter().map(|pair| (pair.from, Some(pair.to))).collect();
            merges::settle(conn, batch, &settling)?;
            merges::unsettle(conn, environment, moved.iter().map(|pair| pair.to))?;
            merges::follow(conn, environment, &moved)?;
        }
        self.write_merges(conn, batch, &lists)
    }

    /// Lists of identifiers: those of parts, and all that they have of theirs. Claims are of the roots.
    fn write_lists(
        &self,
        conn: &mut PgConnection,
        batch: &Batch,
        all: &BTreeSet<ProfileId>,
        was: &Up,
        moved: &[Pair],
        added: &[NewClaim<'_>],
    ) -> QueryResult<Sets<Identifier>> {
        let environment = batch.environment;
        let mut had: Sets<Identifier> = BTreeMap::new();
        for (profile, it) in identities::all_of(conn, environment, &all.iter().copied().collect::<Vec<_>>())? {
            had.entry(profile).or_default().insert(it);
        }
        let mut has = self.gathered(&had, all, was, |_, list| list.clone());
        // Whoever is live has what is claimed, and nothing else.
        let roots: BTreeSet<ProfileId> = all.iter().copied().filter(|it| self.merge_of(*it).is_none()).collect();
        for root in roots {
            let before = moved.iter().filter(|pair| pair.to == root).map(|pair| pair.from);
            let before = before.chain(Some(root).filter(|it| !was.0.contains_key(it)));
            // A part that becomes the survivor may get claims in this batch, which nobody had before it.
            let new = added.iter().filter(|claim| claim.profile == root).map(|claim| claim.identifier);
            has.insert(root, before.filter_map(|it| had.get(&it)).flatten().chain(new).cloned().collect());
        }
        let mut source: HashMap<&Identifier, ProfileId> = HashMap::new();
        for (profile, list) in &had {
            for identifier in list {
                let is_live = !was.0.contains_key(profile);
                source
                    .entry(identifier)
                    .and_modify(|it| *it = if is_live { *profile } else { *it })
                    .or_insert(*profile);
            }
        }
        // Claims of this batch are of the survivor already, though a part has the identifier that was the survivor before.
        let is_there = |it: &Identifier, to| added.iter().any(|claim| claim.profile == to && claim.identifier == it);
        let claims: Vec<_> = moved
            .iter()
            .flat_map(|pair| had.get(&pair.from).into_iter().flatten().map(|it| (pair.from, it, pair.to)))
            .filter(|(_, it, to)| !is_there(it, *to))
            .collect();
        identities::move_claims(conn, environment, &claims)?;
        let added = but(&has, &had).into_iter().filter_map(|(to, it)| Some((*source.get(it)?, it, to)));
        identities::inherit_identifiers(conn, batch, &added.collect::<Vec<_>>())?;
        identities::unlist(conn, environment, &but(&had, &has))?;
        Ok(has)
    }

    /// Addresses of parts that lead to their survivors.
    fn write_aliases(
        &self,
        conn: &mut PgConnection,
        batch: &Batch,
        all: &BTreeSet<ProfileId>,
        was: &Up,
    ) -> QueryResult<()> {
        let mut had: Sets<ProfileId> = BTreeMap::new();
        for Pair { from, to } in merges::aliases_of(conn, batch.environment, &all.iter().copied().collect::<Vec<_>>())?
        {
            had.entry(to).or_default().insert(from);
        }
        let has = self.gathered(&had, all, was, |part, list| list.iter().copied().chain([part]).collect());
        let pairs = |sets: Vec<(ProfileId, &ProfileId)>| -> Vec<Pair> {
            sets.into_iter().map(|(to, from)| Pair { from: *from, to }).collect()
        };
        families::lead(conn, batch.environment, &pairs(but(&has, &had)))?;
        families::lead_no_more(conn, batch.environment, &pairs(but(&had, &has)))?;
        Ok(())
    }

    /// What each profile has by itself and of its parts, given what it had with the parts that it had; `told` is what a survivor gets of one.
    fn gathered<T: Clone + Ord>(
        &self,
        had: &Sets<T>,
        all: &BTreeSet<ProfileId>,
        was: &Up,
        told: impl Fn(ProfileId, &BTreeSet<T>) -> BTreeSet<T>,
    ) -> Sets<T> {
        let none = BTreeSet::new();
        let of = |part: &ProfileId| had.get(part).unwrap_or(&none);
        let mut has: Sets<T> = all.iter().map(|profile| (*profile, of(profile).clone())).collect();
        let new = self.new.iter().map(|(part, (_, survivor))| (part, survivor));
        for (from, to) in was.0.iter().chain(new) {
            let theirs = told(*from, of(from));
            has.entry(*to).or_default().retain(|it| !theirs.contains(it));
        }
        let own = has.clone();
        let is = Up(self.merges.iter().map(|merge| (merge.pair.from, merge.pair.to)).collect());
        for (part, list) in &own {
            for survivor in is.above(*part) {
                has.entry(survivor).or_default().extend(told(*part, list));
            }
        }
        has
    }

    fn write_merges(&self, conn: &mut PgConnection, batch: &Batch, lists: &Sets<Identifier>) -> QueryResult<()> {
        let record = |merge: &PastMerge| NewMerge {
            id: merge.id,
            survivor: merge.pair.to,
            merged: merge.pair.from,
            moment: merge.moment,
            taken: merge.taken.clone(),
            identifiers: lists.get(&merge.pair.from).into_iter().flatten().cloned().collect(),
        };
        let (old, new): (Vec<_>, Vec<_>) = self.merges.iter().partition(|merge| self.stored.contains_key(&merge.id));
        let kept: BTreeSet<_> = old.iter().map(|merge| merge.id).collect();
        let gone: Vec<_> =
            self.stored.iter().filter(|(id, _)| !kept.contains(id)).map(|(id, pair)| (pair.to, *id)).collect();
        families::remove(conn, batch.environment, &gone)?;
        let old: Vec<_> = old.into_iter().map(|merge| (self.stored[&merge.id].to, record(merge))).collect();
        families::redo(conn, batch.environment, &old)?;
        merges::record(conn, batch, &new.into_iter().map(record).collect::<Vec<_>>(), &[])
    }
}

/// Who is directly part of whom.
struct Up(BTreeMap<ProfileId, ProfileId>);

impl Up {
    fn all(&self) -> impl Iterator<Item = ProfileId> {
        self.0.iter().flat_map(|(from, to)| [*from, *to])
    }

    /// All that a profile is part of.
    fn above(&self, mut part: ProfileId) -> Vec<ProfileId> {
        let mut all = Vec::new();
        while let Some(survivor) = self.0.get(&part) {
            part = *survivor;
            all.push(part);
        }
        all
    }

    fn root(&self, part: ProfileId) -> ProfileId {
        self.above(part).last().copied().unwrap_or(part)
    }
}

/// Elements of sets that the others do not have.
fn but<'a, T: Ord>(some: &'a Sets<T>, others: &Sets<T>) -> Vec<(ProfileId, &'a T)> {
    let is_new = |profile: &ProfileId, it: &T| others.get(profile).is_none_or(|set| !set.contains(it));
    some.iter()
        .flat_map(|(profile, set)| set.iter().map(|it| (*profile, it)))
        .filter(|(profile, it)| is_new(profile, it))
        .collect()
}
