//! Merges that come late. Everybody who became one with either of the two since is taken off, the two become one, and the later merges
//! are made again: now of whoever the two were by then. A merge of two who were one already drops out.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{Lineage, States};
use crate::{
    db::ids::{Pair, ProfileId, new_id},
    identities::{Identifier, NewClaim},
    ingest::{
        Item,
        join::{self, give_back, take_over},
        unit_of_work::UnitOfWork,
    },
    ledger::{Change, Context, Stamp},
    merges::PastMerge,
    registers::Moment,
};

impl Lineage {
    /// Whether anybody was joined to any of these profiles after that time.
    pub fn is_joined_after(&self, profiles: &[ProfileId], time: DateTime<Utc>) -> bool {
        profiles.iter().any(|profile| self.late.get(profile).is_some_and(|joined_at| *joined_at > time))
    }

    /// Makes the profile that an item names `by` an identifier one with the other that it is about, at the time of the item. `both` are
    /// these two as they are now. Returns the profile that both are now.
    pub fn join(
        &mut self,
        work: &mut UnitOfWork<'_>,
        index: usize,
        item: &Item,
        both: Pair,
        by: &Identifier,
        states: &mut States,
    ) -> ProfileId {
        let at = work.at(both.to, item.said_at(), index);
        let moment = Moment { at: at.stamp.as_of, index: at.stamp.index, leads: false };
        let survivor = self.part(item, Some(by), both.to, at.stamp);
        let loser = self.part_of(&[by], None, both.from, at.stamp);
        if loser.profile == survivor.profile && loser.new.is_some() != survivor.new.is_some() {
            // One is an identifier that was joined to the other: that was earlier.
            let leads = survivor.new.is_some();
            if let Some((identifier, _)) = survivor.new.or(loser.new) {
                // What is said of the identifier meanwhile depends on that moment: one of both finds another version.
                states.get_mut(&loser.profile).into_iter().for_each(|state| state.is_dirty = true);
                let place = (loser.profile, identifier);
                self.listed.insert(place.clone(), Some(Moment { leads, ..moment }));
                self.rejoined.insert(place, Some(Moment { leads, ..moment }));
            }
            return self.root(both.to);
        }
        let to = self.made_part(work, index, survivor, states);
        let loser = self.part_of(&[by], None, both.from, at.stamp);
        let from = self.made_part(work, index, loser, states);
        if from != to {
            self.make_joined_later(work, index, from, moment, states);
            self.merge_before(Pair { from, to }, moment, at, states, &mut work.changes);
        }
        self.root(to)
    }

    /// Makes parts of the identifiers that were joined to a profile after `moment`: the profile is part of another one by then.
    fn make_joined_later(
        &mut self,
        work: &mut UnitOfWork<'_>,
        index: usize,
        profile: ProfileId,
        moment: Moment,
        states: &mut States,
    ) {
        // Whatever a part got late, its survivor lists as joined then, too.
        let family = self.family(profile);
        let is_own = |it: &Identifier| self.origin(it, &family) == Some(profile);
        let joined = self.listed.iter().filter(|((of, it), _)| *of == profile && is_own(it));
        let joined = joined.filter_map(|((_, identifier), joined)| Some((identifier.clone(), (*joined)?)));
        let mut later: Vec<(Identifier, Moment)> = joined.filter(|(_, joined)| joined.at > moment.at).collect();
        later.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (identifier, joined) in later {
            self.make_part(work, index, profile, identifier, joined, states);
        }
    }

    /// Makes two parts one, before later merges of either.
    fn merge_before(
        &mut self,
        pair: Pair,
        moment: Moment,
        at: Context,
        states: &mut States,
        changes: &mut Vec<Change>,
    ) {
        let roots = [self.root(pair.from), self.root(pair.to)];
        let family: BTreeSet<ProfileId> = roots.into_iter().flat_map(|root| self.family(root)).collect();
        self.keep_origins(&family);
        let is_later = |merge: &PastMerge| family.contains(&merge.pair.to) && !merge.moment.is_before(at.stamp);
        let (later, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.merges).into_iter().partition(is_later);
        self.merges = others;
        let asked = later.iter().flat_map(|merge| [merge.pair.from, merge.pair.to]).chain([pair.from, pair.to]);
        let asked: BTreeSet<ProfileId> = asked.collect();
        let mut after: States = asked.iter().filter_map(|it| Some((*it, states.get(it)?.clone()))).collect();
        for PastMerge { pair: Pair { from, to }, taken, .. } in later.iter().rev() {
            let words = states.get(from).map(super::State::words_for_others).unwrap_or_default();
            if let Some(state) = states.get_mut(to) {
                state.replace_words(&words, &[]);
            }
            if let Some(mut state) = after.remove(to) {
                give_back(self.registers, &mut state, &after[from], taken, at);
                after.insert(*to, state);
            }
        }
        let id = new_id(DateTime::from_timestamp_micros(at.stamp.received_at).unwrap_or_default());
        let all = std::iter::once(PastMerge { id, pair, moment, taken: Vec::new() }).chain(later);
        let made = self.made_again(all, &mut after, at);
        for (profile, after) in &after {
            let Some(state) = states.get_mut(profile) else { continue };
            let at = Context { profile: *profile, ..at };
            let gone = self.gone.entry(*profile).or_default();
            gone.extend(state.become_as(after, self.registers, at, changes));
            state.merged_into = None;
            state.touch();
        }
        for merge in made {
            let Pair { from, to } = merge.pair;
            let words = states.get(&from).map(super::State::words_for_others).unwrap_or_default();
            let joined_at = states.get(&from).and_then(|state| state.joined_at);
            if let Some(state) = states.get_mut(&to) {
                state.replace_words(&[], &words);
                state.joined(merge.moment);
                state.joined_at = state.joined_at.max(joined_at);
            }
            if let Some(state) = states.get_mut(&from) {
                state.merged_into = Some(to);
            }
            if self.stored.get(&merge.id) != Some(&merge.pair) {
                let stamp = Stamp { as_of: merge.moment.at, ..at.stamp };
                changes.extend(join::told(to, from, Context { stamp, ..at }));
            }
            self.insert(merge);
        }
        let root = self.root(pair.to);
        let last = roots.iter().filter_map(|it| self.late.get(it)).max().copied();
        self.late.extend(roots.into_iter().chain([root]).filter_map(|it| Some((it, last?))));
    }

    /// Makes merges in the order given, each of whoever the two are by then.
    fn made_again(
        &mut self,
        merges: impl Iterator<Item = PastMerge>,
        states: &mut States,
        at: Context,
    ) -> Vec<PastMerge> {
        let mut up: HashMap<ProfileId, ProfileId> = HashMap::new();
        let mut made = Vec::new();
        for merge in merges {
            let root = |mut part: ProfileId| {
                while let Some(survivor) = up.get(&part) {
                    part = *survivor;
                }
                part
            };
            let pair = Pair { from: root(merge.pair.from), to: root(merge.pair.to) };
            if pair.from == pair.to {
                continue;
            }
            let Some(mut survivor) = states.remove(&pair.to) else { continue };
            let taken = take_over(self.registers, &mut survivor, &states[&pair.from], merge.moment, at);
            states.insert(pair.to, survivor);
            up.insert(pair.from, pair.to);
            if taken != merge.taken {
                self.changed.insert(merge.id);
            }
            made.push(PastMerge { pair, taken, ..merge });
        }
        made
    }

    /// Leaves each identifier on the list of the one part that it is of: merges change who has whose.
    fn keep_origins(&mut self, family: &BTreeSet<ProfileId>) {
        let listed: BTreeSet<Identifier> =
            self.listed.keys().filter(|(part, _)| family.contains(part)).map(|(_, it)| it.clone()).collect();
        let of: Vec<ProfileId> = family.iter().copied().collect();
        for identifier in listed {
            let origin = self.origin(&identifier, &of);
            self.listed.retain(|(part, it), _| *it != identifier || Some(*part) == origin || !family.contains(part));
        }
    }

    /// Takes note that a profile gets an identifier at a time before somebody was joined to it: it is the part's that had the others.
    pub fn claim(
        &mut self,
        work: &mut UnitOfWork<'_>,
        index: usize,
        item: &Item,
        claim: &NewClaim<'_>,
        states: &mut States,
    ) {
        let at = work.at(claim.profile, item.said_at(), index);
        let found = self.part(item, Some(claim.identifier), claim.profile, at.stamp);
        let part = self.made_part(work, index, found, states);
        let root = self.root(part);
        if part != root {
            self.got.push((part, claim.identifier.clone(), claim.joined));
        }
        self.listed.insert((part, claim.identifier.clone()), claim.joined);
        let mut all = vec![part];
        while let Some(place) = all.last().and_then(|part| self.merge_of(*part)) {
            all.push(self.merges[place].pair.to);
        }
        for profile in all {
            if profile != part {
                self.listed.insert((profile, claim.identifier.clone()), None);
            }
            let Some(state) = states.get_mut(&profile) else { continue };
            claim.joined.into_iter().for_each(|moment| state.joined(moment));
            if profile == root {
                state.identified(claim.identifier, work.at(root, work.batch.received_at, index), &mut work.changes);
            } else if claim.identifier.kind.is_searchable() {
                state.replace_words(&[], std::slice::from_ref(&claim.identifier.value));
            }
        }
    }
}
