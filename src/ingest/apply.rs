//! Applying a batch: resolve, fold, write. The statements of a batch are the same few whatever its size.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Item, Person, Stamp, Statement,
    resolve::{Resolved, resolve},
    state::{Context, State},
};
use crate::{
    activity::{self, Event, NewEvent, Seen},
    db::{
        Db,
        ids::{DefinitionId, EnvironmentId, ProfileId, SourceId, new_id},
        partitions::{self, Partitioned},
    },
    error::AppError,
    history::{self, Change, Kind, Said},
    identities,
    notes::{self, NoteChange},
    profiles::store as rows,
};

/// What all items of a batch have in common.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where it belongs.
    pub environment: EnvironmentId,
    /// Who says it.
    pub source: SourceId,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Ties the changes of one form, import or call together.
    pub group: Uuid,
    /// How many items of that import or call went before this batch, so that a cut does not change their order.
    pub before: usize,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The profile that it is about.
    pub profile: ProfileId,
    /// What it did.
    pub effect: Effect,
}

/// What an item did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It made the profile.
    Created,
    /// It changed something.
    Changed,
    /// All of it was known, or something newer was.
    Unchanged,
    /// It was made from an older version than the one that is there, and was not applied.
    Conflict,
    /// There is no such profile or note.
    Missing,
}

impl Said for Context {
    fn said(&self) -> (ProfileId, DateTime<Utc>) {
        (self.profile, self.stamp.time())
    }
}

type Definitions = HashMap<String, (DefinitionId, bool)>;

/// Applies a batch in one transaction, off the web threads.
pub async fn submit(db: &Db, batch: Batch, items: Vec<Item>) -> Result<Vec<Outcome>, AppError> {
    let said = Arc::new((batch, items));
    let prepared = said.clone();
    let definitions = db.read(move |conn| prepare(conn, &prepared.0, &prepared.1)).await?;
    db.tx(move |conn| apply(conn, &said.0, &said.1, &definitions)).await
}

/// [`submit`] on this thread, for commands.
pub fn submit_now(db: &Db, batch: &Batch, items: &[Item]) -> Result<Vec<Outcome>, AppError> {
    let definitions = db.read_now(|conn| prepare(conn, batch, items))?;
    db.tx_now(|conn| apply(conn, batch, items, &definitions))
}

/// What must exist before the transaction: partitions and event definitions. Both are useful even if it fails.
fn prepare(conn: &mut PgConnection, batch: &Batch, items: &[Item]) -> QueryResult<Definitions> {
    let events = || {
        items.iter().filter_map(|item| if let Statement::Event(event) = &item.statement { Some(event) } else { None })
    };
    partitions::ensure(conn, Partitioned::Changes, std::iter::once(batch.received_at))?;
    if events().next().is_none() {
        return Ok(Definitions::new());
    }
    partitions::ensure(conn, Partitioned::Events, events().map(|event| event.occurred_at))?;
    let names: BTreeSet<_> = events().map(|event| &event.name).collect();
    activity::ensure_definitions(conn, batch.environment, &names, batch.received_at)
}

/// Runs inside one transaction.
fn apply(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[Item],
    definitions: &Definitions,
) -> QueryResult<Vec<Outcome>> {
    let resolved = resolve(conn, batch.environment, items, batch.received_at)?;
    let mut states = load_states(conn, batch, items, &resolved)?;
    resolved.check_ids(conn, batch.environment)?;
    let mut work =
        Work { batch, definitions, changes: Vec::new(), events: Vec::new(), seen: BTreeMap::new(), notes: Vec::new() };
    for (profile, at) in &resolved.created {
        states.insert(*profile, State { created_at: *at, is_dirty: true, is_changed: true, ..State::default() });
        work.saw(*profile, *at, DateTime::UNIX_EPOCH);
        work.changes.push(Change::new(work.at(*profile, *at, 0), Kind::Created, "profile", None, None));
    }
    for (identifier, profile) in &resolved.claimed {
        let at = work.at(*profile, batch.received_at, 0);
        if let Some(state) = states.get_mut(profile) {
            state.identified(identifier, at, &mut work.changes);
        }
    }
    let mut first_of: HashSet<ProfileId> = HashSet::new();
    let mut outcomes = Vec::with_capacity(items.len());
    for (index, (item, profile)) in items.iter().zip(&resolved.profiles).enumerate() {
        let mut effect = work.fold(index, item, *profile, &mut states);
        if resolved.created.contains_key(profile) && first_of.insert(*profile) {
            effect = Effect::Created;
        }
        outcomes.push(Outcome { profile: *profile, effect });
    }
    work.write(conn, &resolved, &states, &mut outcomes)?;
    Ok(outcomes)
}

/// Reads the rows that this batch may change: not those that only events are about.
fn load_states(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[Item],
    resolved: &Resolved<'_>,
) -> QueryResult<HashMap<ProfileId, State>> {
    let mut wanted: BTreeSet<Uuid> = resolved.claimed.iter().map(|(_, profile)| profile.0).collect();
    let mut addressed: BTreeSet<Uuid> = BTreeSet::new();
    for (item, profile) in items.iter().zip(&resolved.profiles) {
        match &item.statement {
            Statement::Event(_) if matches!(item.person, Person::Identifiers(_)) => {}
            _ => drop(wanted.insert(profile.0)),
        }
        if matches!(&item.statement, Statement::Identify(said) if !said.addresses.is_empty()) {
            addressed.insert(profile.0);
        }
    }
    let is_old = |id: &Uuid| !resolved.created.contains_key(&ProfileId(*id));
    let wanted: Vec<Uuid> = wanted.into_iter().filter(is_old).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let mut states = rows::load_states(conn, batch.environment, &wanted)?;
    let addressed: Vec<Uuid> = addressed.into_iter().filter(is_old).collect();
    if !addressed.is_empty() {
        for ((profile, channel), known) in identities::stamped_addresses(conn, batch.environment, &addressed)? {
            if let Some(state) = states.get_mut(&profile) {
                state.addresses.insert(channel, known);
            }
        }
    }
    Ok(states)
}

/// What a batch is going to write.
struct Work<'a> {
    batch: &'a Batch,
    definitions: &'a Definitions,
    changes: Vec<Change>,
    /// With the place of the item.
    events: Vec<(usize, NewEvent)>,
    seen: BTreeMap<ProfileId, Seen>,
    notes: Vec<(usize, Context, &'a NoteChange)>,
}

impl<'a> Work<'a> {
    fn at(&self, profile: ProfileId, as_of: DateTime<Utc>, index: usize) -> Context {
        let stamp = Stamp {
            as_of: as_of.timestamp_micros(),
            received_at: self.batch.received_at.timestamp_micros(),
            index: i32::try_from(self.batch.before + index).unwrap_or(i32::MAX),
            source: self.batch.source,
        };
        Context { profile, stamp }
    }

    /// Folds one item into the state of its profile.
    fn fold(
        &mut self,
        index: usize,
        item: &'a Item,
        profile: ProfileId,
        states: &mut HashMap<ProfileId, State>,
    ) -> Effect {
        let at = self.at(profile, item.as_of, index);
        if let (Statement::Event(event), Person::Identifiers(_)) = (&item.statement, &item.person) {
            return self.event(index, event, profile);
        }
        let Some(state) = states.get_mut(&profile) else { return Effect::Missing };
        let known = self.changes.len();
        match &item.statement {
            Statement::Identify(said) => {
                let before = state.created_at;
                state.identify(said, at, &mut self.changes);
                if state.created_at != before {
                    let earlier = state.created_at;
                    self.saw(profile, earlier, DateTime::UNIX_EPOCH);
                    return Effect::Changed;
                }
            }
            Statement::Tags { add, remove } => state.tag(add, remove, at, &mut self.changes),
            Statement::Event(event) => return self.event(index, event, profile),
            Statement::Note(change) => self.notes.push((index, at, change)),
        }
        if self.changes.len() > known { Effect::Changed } else { Effect::Unchanged }
    }

    fn saw(&mut self, profile: ProfileId, first: DateTime<Utc>, last: DateTime<Utc>) {
        let seen = self.seen.entry(profile).or_insert(Seen { first, last });
        *seen = Seen { first: seen.first.min(first), last: seen.last.max(last) };
    }

    fn event(&mut self, index: usize, event: &Event, profile: ProfileId) -> Effect {
        let Some((definition, is_activity)) = self.definitions.get(event.name.as_str()).copied() else {
            return Effect::Missing;
        };
        let id = match &event.message_id {
            Some(message) => message.event_id(self.batch.environment).0,
            None => new_id(self.batch.received_at),
        };
        let occurred_at = event.occurred_at;
        self.saw(profile, occurred_at, if is_activity { occurred_at } else { DateTime::UNIX_EPOCH });
        let properties = Value::Object(event.properties.clone());
        self.events.push((index, NewEvent { profile, id, definition, occurred_at, properties }));
        Effect::Unchanged
    }

    /// Writes everything, and corrects the outcomes that only the database can tell.
    fn write(
        mut self,
        conn: &mut PgConnection,
        resolved: &Resolved<'_>,
        states: &HashMap<ProfileId, State>,
        outcomes: &mut [Outcome],
    ) -> QueryResult<()> {
        let (batch, environment) = (self.batch, self.batch.environment);
        rows::write_states(conn, batch, states, &|profile| resolved.created.contains_key(&profile))?;
        if !resolved.claimed.is_empty() {
            identities::add_identifiers(conn, environment, &resolved.claimed, batch.source, batch.received_at)?;
        }
        let addresses: Vec<_> = states
            .iter()
            .flat_map(|(profile, state)| {
                state
                    .new_addresses
                    .iter()
                    .map(|(channel, (address, stamp))| (*profile, *channel, address.clone(), *stamp))
            })
            .collect();
        if !addresses.is_empty() {
            identities::put_addresses(conn, environment, &addresses)?;
        }
        let note_items = std::mem::take(&mut self.notes);
        if !note_items.is_empty() {
            for (index, effect) in notes::apply(conn, batch, &note_items, &mut self.changes)? {
                outcomes[index].effect = effect;
            }
        }
        self.write_events(conn, outcomes)?;
        if !self.seen.is_empty() {
            activity::mark_seen(conn, environment, &self.seen)?;
        }
        if !self.changes.is_empty() {
            history::append(conn, batch, &self.changes)?;
        }
        Ok(())
    }

    fn write_events(&mut self, conn: &mut PgConnection, outcomes: &mut [Outcome]) -> QueryResult<()> {
        if self.events.is_empty() {
            return Ok(());
        }
        let (places, events): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.events).into_iter().map(|(index, event)| ((index, event.id), event)).unzip();
        let mut stored = activity::insert_events(conn, self.batch, events)?;
        for (index, id) in places {
            // Taken out once: a repeat within the batch is a repeat too.
            if stored.remove(&id) && outcomes[index].effect != Effect::Created {
                outcomes[index].effect = Effect::Changed;
            }
        }
        Ok(())
    }
}
