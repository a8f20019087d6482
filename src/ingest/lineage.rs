//! Statements about somebody from before they became one with another. Such a statement belongs to the part that its identifier belonged to
//! when it was said, whenever it arrives: the later merges are taken off the states, the statement is folded in, and they are made again.
//! The same holds for merges (`late.rs`): later ones are then of whoever the two were by then.

mod late;
mod record;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use uuid::Uuid;

use super::{
    Item, Person, State, Statement,
    apply::Catalogues,
    join,
    load::load_people,
    resolve::{Resolved, Step, Target},
    unit_of_work::UnitOfWork,
};
use crate::{
    db::ids::{EnvironmentId, Pair, ProfileId, new_id},
    identities::{self, Identifier},
    ledger::{Batch, Change, ChangeKind, Context, Effect, Stamp},
    merges::{PastMerge, store as merges},
    registers::{Moment, Registers},
};

type States = HashMap<ProfileId, State>;

/// A part of a profile.
struct Part {
    profile: ProfileId,
    /// An identifier that was joined to the part only at this moment: it was somebody by itself before, of whom nobody knew.
    new: Option<(Identifier, Moment)>,
}

/// Merges of the people of a batch that were said later than something that the batch says.
pub struct Lineage {
    pub registers: Registers,
    /// People of whom something is said late, with the last time that anybody was joined to them.
    late: HashMap<ProfileId, DateTime<Utc>>,
    /// The merges, in the order in which they were said. The merged profiles are among the states.
    merges: Vec<PastMerge>,
    /// Identifiers on the lists of these people and their parts, with the moments at which they were joined to them.
    listed: HashMap<(ProfileId, Identifier), Option<Moment>>,
    /// Those of the merges that are stored, with the profiles that they are stored for.
    stored: HashMap<Uuid, Pair>,
    /// Merges after which survivors take over something else.
    changed: BTreeSet<Uuid>,
    /// Parts that nobody knew of, with the profiles that their identifiers were joined to: what was said of an identifier before.
    new: BTreeMap<ProfileId, (Identifier, ProfileId)>,
    /// Identifiers that parts got late, with the moments at which they were joined to them.
    got: Vec<(ProfileId, Identifier, Option<Moment>)>,
    /// Identifiers that were joined to a profile at another moment than was known; `None`: a part was, that has them.
    rejoined: BTreeMap<(ProfileId, Identifier), Option<Moment>>,
    /// Keys whose rows must be deleted, as texts.
    gone: HashMap<ProfileId, BTreeMap<ChangeKind, Vec<String>>>,
}

/// Whose merges to look for.
struct Wanted<'a> {
    /// People of whom something is said late, or of whom a merge is undone.
    people: &'a [ProfileId],
    /// Time after which the merges were said.
    since: DateTime<Utc>,
}

impl Lineage {
    /// No merges.
    pub fn none(registers: Registers) -> Self {
        Self {
            registers,
            late: HashMap::new(),
            merges: Vec::new(),
            listed: HashMap::new(),
            stored: HashMap::new(),
            changed: BTreeSet::new(),
            new: BTreeMap::new(),
            got: Vec::new(),
            rejoined: BTreeMap::new(),
            gone: HashMap::new(),
        }
    }

    /// Looks for merges that were said later than an item about the merged people, and adds their parts to the states. A batch without such
    /// items asks nothing.
    pub fn load(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        known: &Catalogues,
        items: &[Item],
        resolved: &Resolved<'_>,
        states: &mut States,
    ) -> QueryResult<Self> {
        let mut lineage = Self::none(known.registers);
        let said = items.iter().zip(&resolved.targets).filter(|(item, _)| item.statement.is_of_registers());
        let said = said.filter_map(|(item, target)| match target {
            Target::One(profile) => Some((*profile, item.said_at())),
            _ => None,
        });
        let said = said.map(|(profile, said_at)| ([profile, profile], said_at));
        let steps = resolved.steps.iter().filter_map(|(place, step)| match step {
            Step::Join(join, _) => Some(([join.loser, join.survivor], items[*place].said_at())),
            Step::Claim(claim) => Some(([claim.profile; 2], items[*place].said_at())),
            Step::Again { profile, .. } => Some(([*profile; 2], items[*place].said_at())),
            _ => None,
        });
        let joined_at = |both: &[ProfileId]| both.iter().filter_map(|it| states.get(it)?.joined_at).max();
        let late: Vec<([ProfileId; 2], DateTime<Utc>)> =
            said.chain(steps).filter(|(both, said_at)| joined_at(both).is_some_and(|last| last > *said_at)).collect();
        let Some(since) = late.iter().map(|(_, said_at)| *said_at).min() else { return Ok(lineage) };
        for both in late.iter().map(|(both, _)| both) {
            let last = joined_at(both);
            lineage.late.extend(both.iter().filter(|it| states.contains_key(it)).filter_map(|it| Some((*it, last?))));
        }
        let people: Vec<ProfileId> = lineage.late.keys().copied().collect();
        let asked: Vec<&Identifier> = items.iter().flat_map(Item::identifiers).collect();
        let wanted = Wanted { people: &people, since };
        lineage.add(conn, environment, wanted, known.present, states)?;
        let everybody: Vec<ProfileId> = states.keys().copied().collect();
        lineage.listed = identities::joined(conn, environment, &everybody, &asked, since)?;
        Ok(lineage)
    }

    /// The merges into `survivor` after one that is to be undone; their parts are added to the states.
    pub fn after(
        conn: &mut PgConnection,
        registers: Registers,
        batch: &Batch,
        survivor: ProfileId,
        undone: Uuid,
        said_at: DateTime<Utc>,
        states: &mut States,
    ) -> QueryResult<Self> {
        let mut lineage = Self::none(registers);
        let just_before = said_at - TimeDelta::microseconds(1);
        let wanted = Wanted { people: &[survivor], since: just_before };
        lineage.add(conn, batch.environment, wanted, batch.received_at, states)?;
        let place = lineage.merges.iter().position(|merge| merge.id == undone);
        lineage.merges.drain(..place.map_or(0, |place| place + 1));
        lineage.stored = lineage.merges.iter().map(|merge| (merge.id, merge.pair)).collect();
        Ok(lineage)
    }

    /// Reads merges, and the states of people and parts. Rolls back if another transaction changed something meanwhile.
    fn add(
        &mut self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        Wanted { people, since }: Wanted<'_>,
        present: DateTime<Utc>,
        states: &mut States,
    ) -> QueryResult<()> {
        self.merges = merges::later(conn, environment, people, since)?;
        let parts = self.merges.iter().flat_map(|merge| [merge.pair.from, merge.pair.to]);
        let asked: BTreeSet<ProfileId> = parts.chain(people.iter().copied()).collect();
        // All registers of all of them: a batch may have needed only some.
        let mut found = load_people(conn, self.registers, environment, &asked.into_iter().collect::<Vec<_>>())?;
        let is_stale = |(profile, state): (&ProfileId, &State)| {
            states.get(profile).is_some_and(|had| had.version != state.version)
        };
        if found.iter().any(is_stale) || merges::later(conn, environment, people, since)? != self.merges {
            return Err(Error::RollbackTransaction);
        }
        found.values_mut().for_each(|state| state.see_at(present));
        states.extend(found);
        self.merges.retain(|merge| states.contains_key(&merge.pair.from) && states.contains_key(&merge.pair.to));
        self.stored = self.merges.iter().map(|merge| (merge.id, merge.pair)).collect();
        for taken in self.merges.iter_mut().map(|merge| &mut merge.taken) {
            *taken = std::mem::take(taken).into_iter().map(|taken| taken.at_present(present)).collect();
        }
        Ok(())
    }

    /// Whether an item says something of a profile from before somebody became one with it.
    pub fn is_late(&self, item: &Item, profile: ProfileId) -> bool {
        self.late.get(&profile).is_some_and(|joined_at| *joined_at > item.said_at()) && item.statement.is_of_registers()
    }

    /// Folds an item that is late into the part that it is about, and on into the survivors.
    pub fn say<'a>(
        &mut self,
        work: &mut UnitOfWork<'a>,
        index: usize,
        item: &'a Item,
        profile: ProfileId,
        states: &mut States,
    ) -> Effect {
        let found = self.part(item, None, profile, work.at(profile, item.as_of, index).stamp);
        let mut part = self.made_part(work, index, found, states);
        let said_of = part;
        let words = |states: &States| states.get(&said_of).map(State::words_for_others).unwrap_or_default();
        let (before, known) = (words(states), work.changes.len());
        let at = work.at(part, item.as_of, index);
        let mut changes = std::mem::take(&mut work.changes);
        let mut effect = Effect::Missing;
        self.under_later(part, states, at, &mut changes, |state| {
            effect = work.say(index, item.as_of, &item.statement, profile, state);
        });
        // What the survivors see of it is told by itself; what was refused is told of the part.
        let refused = std::mem::replace(&mut work.changes, changes).into_iter().filter(Change::is_refused);
        work.changes.extend(refused.map(|refused| refused.of(said_of)));
        let after = words(states);
        let is_moved = states.get(&said_of).is_some_and(|state| state.is_dirty);
        while let Some(place) = self.merge_of(part) {
            part = self.merges[place].pair.to;
            self.change_under(part, place, states, Context { profile: part, ..at }, &mut work.changes, |_| {});
            if let Some(survivor) = states.get_mut(&part) {
                if before != after {
                    survivor.replace_words(&before, &after);
                }
                // Whoever erases the survivor, or says something of it that depends on its parts, must not miss what this part has by now:
                // one of both finds another version.
                survivor.is_dirty |= is_moved;
                if self.new.contains_key(&said_of) {
                    survivor.touch();
                }
            }
        }
        match effect {
            Effect::Missing => effect,
            _ if work.is_changed_since(known) => Effect::Changed,
            _ => effect,
        }
    }

    /// The part of a profile that an item is about, but for one identifier.
    fn part(&self, item: &Item, but: Option<&Identifier>, profile: ProfileId, stamp: Stamp) -> Part {
        let mut identifiers: Vec<&Identifier> = item.person.identifiers().iter().collect();
        identifiers.sort_by_key(|identifier| identifier.kind.rank());
        let others = if let Statement::Merge(merge) = &item.statement { merge.from.as_slice() } else { &[] };
        identifiers.extend(others);
        identifiers.retain(|identifier| Some(*identifier) != but);
        let named = if let Person::Profile(named) = item.person { Some(named) } else { None };
        self.part_of(&identifiers, named, profile, stamp)
    }

    /// The part that the first known one of these identifiers belonged to, or `named`, else all of `profile` as it was.
    fn part_of(&self, identifiers: &[&Identifier], named: Option<ProfileId>, profile: ProfileId, stamp: Stamp) -> Part {
        let profile = self.root(profile);
        let family = self.family(profile);
        let found =
            identifiers.iter().copied().find_map(|identifier| Some((identifier, self.origin(identifier, &family)?)));
        let mut part = found.map(|(_, part)| part).or(named.filter(|it| family.contains(it))).unwrap_or(profile);
        if let Some((identifier, _)) = found
            && let Some(Some(moment)) = self.lists(identifier, part)
            && !moment.is_before(stamp)
        {
            return Part { profile: part, new: Some((identifier.clone(), *moment)) };
        }
        while let Some(place) = self.merge_of(part).filter(|place| self.merges[*place].moment.is_before(stamp)) {
            part = self.merges[place].pair.to;
        }
        Part { profile: part, new: None }
    }

    fn lists(&self, identifier: &Identifier, part: ProfileId) -> Option<&Option<Moment>> {
        self.listed.get(&(part, identifier.clone()))
    }

    /// The one of these parts that has an identifier by itself: survivors list the identifiers of their parts, too.
    fn origin(&self, identifier: &Identifier, family: &[ProfileId]) -> Option<ProfileId> {
        let lists = |part: ProfileId| self.lists(identifier, part).is_some();
        let has_part = |part: ProfileId| self.merges.iter().any(|it| it.pair.to == part && lists(it.pair.from));
        family.iter().copied().find(|part| lists(*part) && !has_part(*part))
    }

    /// The profile that a part is of in the end.
    fn root(&self, mut part: ProfileId) -> ProfileId {
        while let Some(place) = self.merge_of(part) {
            part = self.merges[place].pair.to;
        }
        part
    }

    /// A profile with all its parts.
    fn family(&self, profile: ProfileId) -> Vec<ProfileId> {
        let mut all = vec![profile];
        let mut seen = 0;
        while let Some(survivor) = all.get(seen).copied() {
            all.extend(self.merges.iter().filter(|merge| merge.pair.to == survivor).map(|merge| merge.pair.from));
            seen += 1;
        }
        all
    }

    fn merge_of(&self, part: ProfileId) -> Option<usize> {
        self.merges.iter().position(|merge| merge.pair.from == part)
    }

    /// The profile of a part, which is made if nobody knew of it.
    fn made_part(
        &mut self,
        work: &mut UnitOfWork<'_>,
        index: usize,
        Part { profile, new }: Part,
        states: &mut States,
    ) -> ProfileId {
        match new {
            Some((identifier, moment)) => self.make_part(work, index, profile, identifier, moment, states),
            None => profile,
        }
    }

    /// Makes the profile that an identifier would have had before it was joined to another one, and merges it into that.
    fn make_part(
        &mut self,
        work: &mut UnitOfWork<'_>,
        index: usize,
        survivor: ProfileId,
        identifier: Identifier,
        moment: Moment,
        states: &mut States,
    ) -> ProfileId {
        let received_at = work.batch.received_at;
        let id = new_id(received_at);
        let part = ProfileId(id);
        let mut state = work.born(part, index);
        let at = work.at(part, received_at, index);
        state.identified(&identifier, at, &mut work.changes);
        state.merged_into = Some(survivor);
        states.insert(part, state);
        let at = work.at(part, moment.time(), index);
        work.changes.extend(join::told(survivor, part, at));
        let pair = Pair { from: part, to: survivor };
        self.insert(PastMerge { id, pair, moment, taken: Vec::new() });
        for profile in [part, survivor] {
            self.listed.insert((profile, identifier.clone()), None);
        }
        self.rejoined.insert((survivor, identifier.clone()), None);
        self.new.insert(part, (identifier, survivor));
        part
    }

    /// Adds a merge in the order in which they were said.
    fn insert(&mut self, merge: PastMerge) {
        let order = |merge: &PastMerge| (merge.moment.at, merge.moment.index, merge.id);
        let place = self.merges.partition_point(|it| order(it) <= order(&merge));
        self.merges.insert(place, merge);
    }

    /// Changes the state of a profile as it was at a statement's time, before later merges into it.
    pub fn under_later(
        &mut self,
        profile: ProfileId,
        states: &mut States,
        at: Context,
        changes: &mut Vec<Change>,
        act: impl FnOnce(&mut State),
    ) {
        let place = self.merges.partition_point(|merge| merge.moment.is_before(at.stamp));
        self.change_under(profile, place, states, at, changes, act);
    }

    /// Takes the merges into a profile from `place` on off its state, changes that, and makes them again. Returns the keys, as texts, whose
    /// rows must be deleted.
    pub fn change_under(
        &mut self,
        profile: ProfileId,
        place: usize,
        states: &mut States,
        at: Context,
        changes: &mut Vec<Change>,
        act: impl FnOnce(&mut State),
    ) -> BTreeMap<ChangeKind, Vec<String>> {
        let Some(mut state) = states.remove(&profile) else { return BTreeMap::new() };
        let mut before = state.clone();
        let later: Vec<usize> =
            (place..self.merges.len()).filter(|place| self.merges[*place].pair.to == profile).collect();
        for merge in later.iter().rev().map(|place| &self.merges[*place]) {
            join::give_back(self.registers, &mut before, &states[&merge.pair.from], &merge.taken, at);
        }
        act(&mut before);
        for place in later {
            let merge = &mut self.merges[place];
            let part = &states[&merge.pair.from];
            let taken = join::take_over(self.registers, &mut before, part, merge.moment, at);
            if taken != merge.taken {
                merge.taken = taken;
                self.changed.insert(merge.id);
            }
        }
        let gone = state.become_as(&before, self.registers, at, changes);
        states.insert(profile, state);
        gone
    }
}

impl Statement {
    /// Whether the statement sets rows of registers by itself: a correction is of now, and what is said of an address is of whoever has it.
    fn is_of_registers(&self) -> bool {
        matches!(self, Self::Identify(_) | Self::Tags { .. } | Self::Subscription(..) | Self::Restriction(..))
    }
}
