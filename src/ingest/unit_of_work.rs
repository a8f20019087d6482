//! Collects everything that a batch will write, and writes it.

mod named;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Item, Statement,
    apply::Catalogues,
    awaiting,
    join::{self, Joined},
    lineage::Lineage,
    profile_rows,
    reactions::Bounces,
    registers::write_rows,
    resolve::{Join, Resolved, Rooted, Step},
    state::State,
    touched,
    waiting::Waiting,
};
use crate::{
    activity::{self, NewEvent, Seen},
    db::ids::{Pair, ProfileId, new_id},
    events::{self, Event},
    identities::{self, Address, Addresses, Channel, Identifier},
    ledger::{self, Batch, Change, ChangeKind, Context, Effect, Leave, Outcome, Stamp},
    merges::{shared, store as merges},
    notes::{self, NoteChange},
    registers::{Fact, OfAddress, Registers},
    restrictions::Restrictions,
    segments,
    subscriptions::Subscriptions,
    tags::Tags,
};

/// Everything that a batch will write.
pub struct UnitOfWork<'a> {
    /// What all items have in common.
    pub batch: &'a Batch,
    known: &'a Catalogues,
    waiting: Waiting,
    pub bounces: Bounces,
    /// Rows for the ledger.
    pub changes: Vec<Change>,
    /// Events with the index of their item, and the time within which an equal message id is a repeat whatever its time; `None`: the id is
    /// not kept.
    pub events: Vec<(usize, NewEvent, Option<chrono::TimeDelta>)>,
    /// When each profile was first and last seen.
    pub seen: BTreeMap<ProfileId, Seen>,
    /// Changes of notes, with the index of their item.
    pub notes: Vec<(usize, Context, &'a NoteChange)>,
    released: Vec<(ProfileId, &'a Identifier)>,
    joined: Vec<Joined>,
    /// What is said of addresses.
    of_addresses: Vec<OfAddress>,
}

impl<'a> UnitOfWork<'a> {
    /// A unit of work without changes.
    pub fn new(batch: &'a Batch, known: &'a Catalogues, waiting: Waiting) -> Self {
        Self {
            batch,
            known,
            waiting,
            bounces: Bounces::default(),
            changes: Vec::new(),
            events: Vec::new(),
            seen: BTreeMap::new(),
            notes: Vec::new(),
            released: Vec::new(),
            joined: Vec::new(),
            of_addresses: Vec::new(),
        }
    }

    pub fn registers(&self) -> Registers {
        self.known.registers
    }

    /// Profile and stamp of a statement about it.
    pub fn at(&self, profile: ProfileId, as_of: DateTime<Utc>, index: usize) -> Context {
        let stamp = Stamp {
            as_of: as_of.timestamp_micros(),
            received_at: self.batch.received_at.timestamp_micros(),
            index: i32::try_from(self.batch.before + index).unwrap_or(i32::MAX),
            source: self.batch.source,
        };
        Context { profile, stamp, leave: self.known.leave }
    }

    /// Makes a profile that is seen from now on.
    pub fn create(&mut self, profile: ProfileId, index: usize) -> State {
        self.saw(profile, self.batch.received_at, DateTime::UNIX_EPOCH);
        self.born(profile, index)
    }

    /// Makes a profile: its state and its ledger row.
    pub fn born(&mut self, profile: ProfileId, index: usize) -> State {
        let received_at = self.batch.received_at;
        self.changes.push(Change::new(
            self.at(profile, received_at, index),
            ChangeKind::Created,
            "profile",
            None,
            None,
        ));
        State { created_at: received_at, is_dirty: true, is_changed: true, ..State::default() }
    }

    /// Applies a step of an item to the states. Returns who survives, if a late merge makes it another than the step has it.
    pub fn step(
        &mut self,
        index: usize,
        item: &Item,
        step: &Step<'a>,
        states: &mut HashMap<ProfileId, State>,
        lineage: &mut Lineage,
    ) -> QueryResult<Option<Rooted>> {
        let received_at = self.batch.received_at;
        match step {
            Step::Create(profile) => {
                let state = self.create(*profile, index);
                states.insert(*profile, state);
            }
            Step::Reach { profile, channel, address } => {
                // Whatever anybody says of the address counts more, even of an earlier time.
                let at = self.at(*profile, item.said_at(), index);
                let at = Context { stamp: at.stamp.of_default(), ..at };
                if let Some(state) = states.get_mut(profile) {
                    state.put::<Addresses>(channel, Some((*address).clone()), at, &mut self.changes);
                    self.tell_waiting(std::iter::once((*channel, *address)), state, at);
                }
            }
            Step::Claim(claim) if lineage.is_joined_after(&[claim.profile], item.said_at()) => {
                lineage.claim(self, index, item, claim, states);
            }
            Step::Claim(claim) => {
                let at = self.at(claim.profile, received_at, index);
                if let Some(state) = states.get_mut(&claim.profile) {
                    state.identified(claim.identifier, at, &mut self.changes);
                    claim.joined.into_iter().for_each(|moment| state.joined(moment));
                }
            }
            Step::Release { identifier, from } => {
                let at = self.at(*from, received_at, index);
                if let Some(state) = states.get_mut(from) {
                    state.lost(identifier, at, &mut self.changes);
                }
                self.released.push((*from, identifier));
            }
            Step::Pass { claim, from } => {
                let at = self.at(*from, claim.claimed_at, index);
                if let Some(state) = states.get_mut(from) {
                    state.lost(claim.identifier, at, &mut self.changes);
                }
                if let Some(state) = states.get_mut(&claim.profile) {
                    state.identified(claim.identifier, Context { profile: claim.profile, ..at }, &mut self.changes);
                }
            }
            Step::Join(Join { loser: from, survivor: to, .. }, Some(by))
                if lineage.is_joined_after(&[*from, *to], item.said_at()) =>
            {
                let root = lineage.join(self, index, item, Pair { from: *from, to: *to }, by, states);
                return Ok(Some(Rooted { roots: [*from, *to].into(), root }).filter(|_| root != *to));
            }
            Step::Again { profile, by } if lineage.is_joined_after(&[*profile], item.said_at()) => {
                let root = lineage.join(self, index, item, Pair { from: *profile, to: *profile }, by, states);
                return Ok(Some(Rooted { roots: [*profile].into(), root }).filter(|_| root != *profile));
            }
            Step::Again { .. } => {}
            Step::Join(join, _) => {
                let at = self.at(join.survivor, item.said_at(), index);
                self.joined.push(join::fold(lineage, states, *join, at, &mut self.changes)?);
            }
        }
        Ok(None)
    }

    /// Folds one item into the state of a profile.
    pub fn fold(
        &mut self,
        index: usize,
        item: &'a Item,
        profile: ProfileId,
        states: &mut HashMap<ProfileId, State>,
    ) -> Effect {
        if let (Statement::Event(event), None) = (&item.statement, item.person.profile()) {
            return self.event(index, event, profile, states.get_mut(&profile));
        }
        let Some(state) = states.get_mut(&profile) else { return Effect::Missing };
        if let Some((_, _, fact)) = item.of_address() {
            let known = self.changes.len();
            state.say_of_address(&fact, self.at(profile, item.as_of, index), &mut self.changes);
            return if self.is_changed_since(known) { Effect::Changed } else { Effect::Unchanged };
        }
        self.say(index, item.as_of, &item.statement, profile, state)
    }

    /// Folds one statement, true at `as_of`, into the state of its profile.
    pub fn say(
        &mut self,
        index: usize,
        as_of: DateTime<Utc>,
        statement: &'a Statement,
        profile: ProfileId,
        state: &mut State,
    ) -> Effect {
        let (at, known) = (self.at(profile, as_of, index), self.changes.len());
        match statement {
            Statement::Identify(said) => {
                let before = state.created_at;
                state.identify(&self.known.attributes.read(said), at, &mut self.changes);
                self.tell_waiting(statement.new_addresses(), state, at);
                if state.created_at != before {
                    let earlier = state.created_at;
                    self.saw(profile, earlier, DateTime::UNIX_EPOCH);
                    return Effect::Changed;
                }
            }
            Statement::Tags { add, remove } => {
                let said = add.iter().map(|tag| (tag, true)).chain(remove.iter().map(|tag| (tag, false)));
                said.for_each(|(tag, is_on)| state.put::<Tags>(tag, is_on, at, &mut self.changes));
            }
            Statement::Subscription(line, said) => {
                state.say(&Fact::new::<Subscriptions>(line.clone(), *said), at, &mut self.changes);
            }
            Statement::Restriction(stop, held) => {
                let key = stop.of_person(|channel| state.facts.get::<Addresses>(&channel)?.as_ref());
                state.put::<Restrictions>(&key, held.clone(), at, &mut self.changes);
            }
            Statement::Event(event) => return self.event(index, event, profile, Some(state)),
            Statement::Note(change) => self.notes.push((index, at, change)),
            Statement::Correct(_) if self.known.attributes.forbid(statement) => return Effect::Fixed,
            Statement::Correct(said) if !said.iter().all(|it| it.is_as_seen(&state.facts)) => return Effect::Conflict,
            Statement::Correct(said) => {
                state.correct(said, at, &mut self.changes);
                self.tell_waiting(statement.new_addresses(), state, at);
            }
            // The steps of an item do these, and `erase` does deletions.
            Statement::Merge(_) | Statement::MergeProfile(_) | Statement::Release(_) | Statement::Delete { .. } => {}
        }
        if self.is_changed_since(known) { Effect::Changed } else { Effect::Unchanged }
    }

    /// Whether the changes after the first `known` ones are more than refused statements.
    pub fn is_changed_since(&self, known: usize) -> bool {
        !self.changes.get(known..).unwrap_or_default().iter().all(Change::is_refused)
    }

    /// Applies what is stored of addresses to a profile that gets such an address.
    fn tell_waiting<'i>(&mut self, new: impl Iterator<Item = (Channel, &'i Address)>, state: &mut State, at: Context) {
        for (channel, address) in new {
            for OfAddress { fact, stamp, may_loosen, .. } in self.waiting.of(channel, address) {
                let leave = if *may_loosen { Leave::Everything } else { Leave::Nothing };
                state.say_of_address(fact, Context { stamp: *stamp, leave, ..at }, &mut self.changes);
            }
        }
    }

    /// Keeps what is said of an address for profiles that get the address later.
    pub fn keep_for_address(&mut self, index: usize, item: &Item) {
        let Some((channel, address, fact)) = item.of_address() else { return };
        let Context { stamp, leave, .. } = self.at(ProfileId(Uuid::nil()), item.as_of, index);
        let (address, may_loosen) = (address.normalised.clone(), fact.may_loosen(leave));
        let said = OfAddress { channel: channel.as_str().to_owned(), address, fact, stamp, may_loosen };
        self.of_addresses.push(said.clone());
        self.waiting.add(channel, said);
    }

    fn saw(&mut self, profile: ProfileId, first: DateTime<Utc>, last: DateTime<Utc>) {
        let seen = self.seen.entry(profile).or_insert(Seen { first, last });
        *seen = Seen { first: seen.first.min(first), last: seen.last.max(last) };
    }

    fn event(&mut self, index: usize, event: &Event, profile: ProfileId, state: Option<&mut State>) -> Effect {
        let Some(known) = self.known.events.get(&(event.kind, event.name.clone())) else { return Effect::Missing };
        if let Some(state) = state {
            self.react(index, event, profile, state);
        }
        let id = match &event.message_id {
            Some(message) => message.event_id(self.batch.environment).0,
            None => new_id(self.batch.received_at),
        };
        let occurred_at = event.occurred_at;
        let is_activity = known.is_activity && !event.is_of_staff;
        self.saw(profile, occurred_at, if is_activity { occurred_at } else { DateTime::UNIX_EPOCH });
        let properties = Value::Object(event.properties.clone());
        let context = (!event.context.is_empty()).then(|| Value::Object(event.context.clone()));
        let lookup_keys = events::keys_of(&event.properties, &known.lookup_keys);
        let new = NewEvent { profile, id, definition: known.id, occurred_at, properties, context, lookup_keys };
        // An id is kept where another time is likely if it comes again; to keep all of them would cost every sender.
        let is_late = self.batch.received_at - occurred_at > activity::LATE;
        let repeats_within = event.repeats_within.or(is_late.then_some(activity::REMEMBERED));
        let repeats_within = repeats_within.filter(|_| event.message_id.is_some());
        self.events.push((index, new, repeats_within));
        Effect::Unchanged
    }

    /// Writes everything, and sets the outcomes that only the database knows.
    pub fn write(
        mut self,
        conn: &mut PgConnection,
        resolved: &Resolved<'_>,
        states: &HashMap<ProfileId, State>,
        lineage: &Lineage,
        outcomes: &mut [Outcome],
    ) -> QueryResult<()> {
        let (batch, environment) = (self.batch, self.batch.environment);
        let created: HashSet<ProfileId> = resolved.created().chain(lineage.made()).collect();
        profile_rows::write_states(conn, batch, self.known.present, states, &|profile| created.contains(&profile))?;
        identities::release(conn, environment, &self.released)?;
        identities::claim(conn, environment, &resolved.claimed)?;
        identities::check_erased(conn, environment, &resolved.claimed)?;
        identities::pass(conn, environment, &resolved.passed)?;
        let handed = resolved.passed.iter().filter(|passed| passed.from != passed.claim.profile);
        let added: Vec<_> = resolved.claimed.iter().copied().chain(handed.map(|passed| passed.claim)).collect();
        identities::add_identifiers(conn, batch, &added)?;
        lineage.forget(conn, batch)?;
        write_rows(conn, self.known.registers, environment, states)?;
        let note_items = std::mem::take(&mut self.notes);
        if !note_items.is_empty() {
            for (index, effect) in notes::apply(conn, batch, &note_items, &mut self.changes)? {
                // A note about somebody new made them, too.
                if (outcomes[index].effect, effect) != (Effect::Created, Effect::Changed) {
                    outcomes[index].effect = effect;
                }
            }
        }
        let mut touched = touched::of_events(&self, |profile| resolved.last(profile));
        self.write_events(conn, outcomes)?;
        let mut seen: BTreeMap<ProfileId, Seen> = BTreeMap::new();
        for (profile, span) in &self.seen {
            let seen = seen.entry(resolved.last(*profile)).or_insert(*span);
            *seen = Seen { first: seen.first.min(span.first), last: seen.last.max(span.last) };
        }
        if !seen.is_empty() {
            activity::mark_seen(conn, environment, &seen)?;
        }
        lineage.write(conn, batch, &added)?;
        if !self.joined.is_empty() {
            join::write(conn, batch, std::mem::take(&mut self.joined), resolved)?;
        }
        if !resolved.renamed.is_empty() {
            self.rename(conn, resolved, outcomes)?;
        }
        let mut suggestions = shared::suggestions(conn, batch, &self.given(resolved, states))?;
        suggestions.extend(resolved.suggestions.iter().cloned());
        merges::suggest(conn, batch, &suggestions, |profile| resolved.last(profile))?;
        if !self.of_addresses.is_empty() {
            for register in self.registers().of_addresses() {
                register.put_of_addresses(conn, environment, self.known.present, &self.of_addresses)?;
            }
        }
        if !self.changes.is_empty() {
            ledger::append(conn, batch, &self.changes)?;
        }
        touched::add_changes(&mut touched, &self.changes);
        let since = self.known.confirms_since;
        awaiting::note(conn, environment, since, states, &mut touched, self.known.present)?;
        segments::touch(conn, batch, &touched).map(drop)
    }

    /// Writes each event under the profile that it had at its place in the batch: merges move it on, and can be undone.
    fn write_events(&mut self, conn: &mut PgConnection, outcomes: &mut [Outcome]) -> QueryResult<()> {
        let timeless: BTreeMap<Uuid, chrono::TimeDelta> =
            self.events.iter().filter_map(|(_, event, within)| Some((event.id, (*within)?))).collect();
        if !timeless.is_empty() {
            let mut new = activity::receive(conn, self.batch, &timeless)?;
            self.events.retain(|(_, event, within)| within.is_none() || new.remove(&event.id));
        }
        if self.events.is_empty() {
            return Ok(());
        }
        let (places, new): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.events).into_iter().map(|(index, event, _)| ((index, event.id), event)).unzip();
        let kept: BTreeSet<Uuid> = timeless.into_keys().collect();
        let mut stored = activity::insert_events(conn, self.batch, &new, &kept)?;
        let new = new.iter().filter(|event| stored.contains(&event.id));
        events::write_keys(conn, self.batch.environment, &new.flat_map(NewEvent::keys).collect::<Vec<_>>())?;
        for (index, id) in places {
            // Each id is taken out once: a repeat within the batch is a repeat too.
            if stored.remove(&id) && outcomes[index].effect != Effect::Created {
                outcomes[index].effect = Effect::Changed;
            }
        }
        Ok(())
    }
}
