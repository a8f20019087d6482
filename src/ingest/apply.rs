//! Applies a batch: resolves its profiles, folds its items, writes the result, in a constant number of SQL statements.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    ops::Range,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    Item, State, Statement, erase,
    limits::Beyond,
    lineage::Lineage,
    load::load_states,
    profile_rows,
    reactions::Bounces,
    registers::registers,
    resolve::{Rooted, Target, resolve},
    rules,
    trust::{Allowed, LeftOut, Protected, Trust},
    unit_of_work::UnitOfWork,
};
use crate::{
    attributes::{self, Rules},
    db::{
        Db, Decided,
        ids::ProfileId,
        partitions::{self, Partitioned},
    },
    error::AppError,
    events::{self, Definitions},
    identities::{self, Addresses},
    ledger::{Batch, Change, Effect, Leave, Outcome, is_job},
    registers::Registers,
    segments,
    settings::WorkspaceSettings,
    tags,
    topics::Catalogue,
};

/// Applies a batch in one transaction, off the web threads. Returns one outcome for each item, in their order.
///
/// # Errors
/// - [`AppError::Busy`]: the transaction lost a race with another one each time it was tried.
/// - [`AppError::Unstorable`]: Postgres refuses a value; nothing of the batch is stored.
pub async fn submit(db: &Db, batch: Batch, trust: Trust, items: Vec<Item>) -> Result<Vec<Outcome>, AppError> {
    db.work(move |db| submit_now(db, &batch, &trust, &items)).await
}

/// A version of a profile that a sender saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub profile: ProfileId,
    pub version: i64,
}

/// [`submit`] at `present` of what `trust` allows the sender to say; also returns what was left out of the items. If the profile is no
/// longer as it was `seen`, each outcome is [`Effect::Conflict`]. Fails as [`submit`] does.
pub async fn submit_trusting(
    db: &Db,
    batch: Batch,
    items: Vec<Item>,
    trust: Trust,
    present: DateTime<Utc>,
    seen: Option<Seen>,
) -> Result<(Vec<Outcome>, LeftOut), AppError> {
    db.work(move |db| submit_as(db, &batch, &items, &trust, present, seen)).await
}

/// [`submit`] on this thread, for commands. Fails as [`submit`] does.
pub fn submit_now(db: &Db, batch: &Batch, trust: &Trust, items: &[Item]) -> Result<Vec<Outcome>, AppError> {
    Ok(submit_at(db, batch, trust, items, batch.received_at)?.0)
}

/// [`submit_now`] for items written much later than received, as in a long import: statements of others until `present` count. Also returns
/// what was left out of the items.
pub fn submit_at(
    db: &Db,
    batch: &Batch,
    trust: &Trust,
    items: &[Item],
    present: DateTime<Utc>,
) -> Result<(Vec<Outcome>, LeftOut), AppError> {
    submit_as(db, batch, items, trust, present, None)
}

fn submit_as(
    db: &Db,
    batch: &Batch,
    items: &[Item],
    trust: &Trust,
    present: DateTime<Utc>,
    seen: Option<Seen>,
) -> Result<(Vec<Outcome>, LeftOut), AppError> {
    let mut known = prepare(db, batch, trust, items.iter().map(|item| &item.statement))?;
    known.present = present;
    let (outcomes, left_out) = db.tx_now(|conn| match seen {
        Some(seen) if !profile_rows::hold(conn, batch.environment, seen)? => {
            let conflict = || Outcome { profile: None, effect: Effect::Conflict };
            Ok((items.iter().map(|_| conflict()).collect(), LeftOut::new()))
        }
        _ => apply(conn, batch, items, trust, &known),
    })?;
    let used = items.iter().zip(&outcomes).filter(|(_, outcome)| outcome.effect != Effect::Protected);
    let used = used.filter_map(|(item, outcome)| Some((outcome.profile?, item)));
    let used = used.flat_map(|(profile, item)| item.person.identifiers().iter().map(move |it| (profile, it)));
    // The batch is stored: a failure to note sightings must not make the sender believe otherwise.
    if let Err(error) = identities::note_sightings(db, batch.environment, batch.received_at, used) {
        error.log();
    }
    Ok((outcomes, left_out))
}

/// Entries of the catalogues for what a batch names, and the time of writing.
pub(super) struct Catalogues {
    /// Definitions of the batch's events.
    pub events: Definitions,
    /// Rules of the environment's attributes.
    pub attributes: Arc<Rules>,
    /// Names that the batch's key may not add.
    pub beyond: Beyond,
    /// Segments that the batch names.
    pub segments: segments::Named,
    /// Whether a new id with the email of one known person is that person.
    pub matches_email: bool,
    /// Registers of the database, in their order.
    pub registers: Registers,
    /// What the batch may loosen.
    pub leave: Leave,
    /// Since when a new subscription to email is to be confirmed; `None`: it is not.
    pub confirms_since: Option<DateTime<Utc>>,
    /// Time of writing. A stamp later than this comes from a clock that was ahead.
    pub present: DateTime<Utc>,
}

/// Makes what must exist before the transaction: partitions and definitions. They are useful even if the transaction fails.
pub(super) fn prepare<'a>(
    db: &Db,
    batch: &Batch,
    trust: &Trust,
    statements: impl Iterator<Item = &'a Statement> + Clone,
) -> Result<Catalogues, AppError> {
    let beyond = match trust {
        Trust::Key { .. } => Beyond::find(db, batch, statements.clone())?,
        _ => Beyond::default(),
    };
    partitions::ensure(db, Partitioned::Changes, std::iter::once(batch.received_at), batch.received_at)?;
    let said = statements.clone().flat_map(rules::said).filter(|(name, _)| !beyond.has_attribute(name));
    let mut attributes = attributes::ensure(db, batch.environment, said, batch.received_at)?;
    if statements.clone().any(|said| attributes.forbid(said)) && db.read_now(|conn| is_job(conn, batch.source))? {
        attributes = Arc::new(attributes.of_job());
    }
    let worn = statements.clone().flat_map(Statement::new_tags).filter(|tag| !beyond.has_tag(tag));
    tags::ensure_definitions(db, batch.environment, worn, batch.received_at)?;
    let (registers, leave, present) = (registers(db), trust.leave(batch), batch.received_at);
    let segments = segments::Named::load(db, batch.environment, statements.clone().flat_map(Statement::facts))?;
    let matches_email = WorkspaceSettings::remembered_now(db, batch.environment, batch.received_at)?.match_on_email;
    let confirms_since = Catalogue::remembered_now(db, batch.environment, batch.received_at)?.rules.confirms_since;
    let events = statements.filter_map(Statement::event);
    if events.clone().next().is_none() {
        return Ok(Catalogues {
            events: Definitions::new(),
            attributes,
            beyond,
            segments,
            matches_email,
            registers,
            leave,
            confirms_since,
            present,
        });
    }
    partitions::ensure(db, Partitioned::Events, events.clone().map(|event| event.occurred_at), batch.received_at)?;
    let wanted = events.map(|event| (event.kind, &event.name));
    let wanted: BTreeSet<_> = wanted.filter(|(kind, name)| !beyond.has_event(*kind, name)).collect();
    let events = events::ensure_definitions(db, batch.environment, &wanted, batch.received_at)?;
    Ok(Catalogues { events, attributes, beyond, segments, matches_email, registers, leave, confirms_since, present })
}

/// Applies all items inside one transaction: what an item erases is gone before the next item is looked at; items between erasures are
/// folded together.
fn apply(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[Item],
    trust: &Trust,
    known: &Catalogues,
) -> QueryResult<(Vec<Outcome>, LeftOut)> {
    let Allowed { items, refused, mut left_out } = trust.admit(items, known);
    let mut outcomes = Vec::with_capacity(items.len());
    let mut runs: VecDeque<(Range<usize>, bool)> = runs(&items).into();
    while let Some((range, erases)) = runs.pop_front() {
        let (start, trust) = (range.start, trust.part(range.clone()));
        let (batch, part) = (Batch { before: batch.before + start, ..batch.clone() }, &items[range.clone()]);
        if erases && trust.is_page() {
            outcomes.extend(part.iter().map(|_| Outcome { profile: None, effect: Effect::Protected }));
        } else if erases {
            outcomes.extend(erase::apply(conn, &batch, known.registers, part)?);
        } else {
            let refused = refused.range(range.clone()).map(|place| place - start).collect();
            let (folded, left) = fold(conn, &batch, part, &trust, &Refused { items: refused, is_sure: false }, known)?;
            let next = start + folded.len();
            outcomes.extend(folded);
            left_out.extend(left.into_iter().map(|(place, why)| (start + place, why)));
            if next < range.end {
                // Where one run was cut, others may be: what lies far ahead is not read each time.
                let middle = range.end.min(next + 2 * (next - start) + FEW);
                for part in [middle..range.end, next..middle] {
                    if !part.is_empty() {
                        runs.push_front((part, false));
                    }
                }
            }
        }
    }
    Ok((outcomes, left_out))
}

/// Items of a run that follows a cut, at least.
const FEW: usize = 16;

/// The longest runs of items that all erase a profile, or of which none does.
fn runs(items: &[Item]) -> Vec<(Range<usize>, bool)> {
    let mut runs: Vec<(Range<usize>, bool)> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let erases = matches!(item.statement, Statement::Delete { .. });
        match runs.last_mut() {
            Some((range, same)) if *same == erases => range.end = place + 1,
            _ => runs.push((place..place + 1, erases)),
        }
    }
    runs
}

/// Items of a batch that are not applied.
struct Refused {
    items: BTreeSet<usize>,
    /// Whether the people of the others are those of a batch without these.
    is_sure: bool,
}

/// Folds items into the profiles that they are about, as far as these are certain, and writes the result. There is an outcome for each item
/// that was folded: for the first at least.
fn fold(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[Item],
    trust: &Trust,
    refused: &Refused,
    known: &Catalogues,
) -> QueryResult<(Vec<Outcome>, LeftOut)> {
    let matches_email = known.matches_email && !trust.is_page();
    let mut resolved = resolve(conn, batch, items, trust, &refused.items, matches_email)?;
    let items = &items[..resolved.targets.len()];
    if let Some(late) = resolved.first_late(items) {
        return fold(conn, batch, &items[..late], &trust.part(0..late), refused, known);
    }
    let (mut states, waiting) = load_states(conn, batch.environment, known, items, &resolved)?;
    resolved.check(conn, batch.environment)?;
    let allowed = trust.allow(conn, batch, items, &resolved.targets, &states, known)?;
    let mut new = allowed.refused.difference(&refused.items);
    if let Some(first) = new.find(|place| resolved.is_moved_by(**place, &items[**place])) {
        if refused.is_sure && *first > 0 {
            return fold(conn, batch, &items[..*first], &trust.part(0..*first), refused, known);
        }
        return fold_without(conn, batch, items, trust, &allowed, refused, known);
    }
    let created: HashSet<ProfileId> = resolved.created().collect();
    let mut work = UnitOfWork::new(batch, known, waiting);
    work.bounces = Bounces::load(conn, batch, items, &resolved.targets)?;
    let mut lineage = Lineage::load(conn, batch.environment, known, items, &resolved, &mut states)?;
    let mut steps = resolved.steps.iter().peekable();
    let mut first_of: HashSet<ProfileId> = HashSet::new();
    let mut outcomes = Vec::with_capacity(items.len());
    let mut rooted: Option<Rooted> = None;
    let mut left_out = allowed.left_out;
    for (index, (item, target)) in allowed.items.iter().zip(&resolved.targets).enumerate() {
        let (before, mut effect) = (work.changes.len(), Effect::Unchanged);
        while let Some((_, step)) = steps.next_if(|(place, _)| *place == index) {
            let Some(other) = work.step(index, item, step, &mut states, &mut lineage)? else { continue };
            if items.len() > 1 {
                // Items around it rely on who survives: it is folded by itself.
                let before = index.max(1);
                return fold(conn, batch, &items[..before], &trust.part(0..before), refused, known);
            }
            let roots = rooted.into_iter().flat_map(|it| it.roots).chain(other.roots).collect();
            rooted = Some(Rooted { roots, ..other });
        }
        match target {
            _ if allowed.refused.contains(&index) => effect = Effect::Protected,
            Target::One(profile) if lineage.is_late(item, *profile) => {
                effect = lineage.say(&mut work, index, item, *profile, &mut states);
            }
            Target::One(profile) => effect = work.fold(index, item, *profile, &mut states),
            Target::All(_) => {
                for profile in holders(&states, item) {
                    work.fold(index, item, profile, &mut states);
                }
                work.keep_for_address(index, item);
            }
            Target::Erased(erased) => effect = if erased.is_blocked { Effect::Blocked } else { Effect::Erased },
            Target::Suggested(_) => effect = Effect::Suggested,
            Target::Refused(_, reason) => effect = *reason,
        }
        let told = work.changes.get(before..).unwrap_or_default();
        if effect == Effect::Unchanged && !told.iter().all(Change::is_refused) {
            effect = Effect::Changed;
        }
        left_out.extend(told.iter().filter(|it| it.is_refused()).map(|it| (index, Protected::looser(it))));
        let profile = target.profile();
        let is_first = |profile| created.contains(&profile) && first_of.insert(profile);
        if effect != Effect::Protected && profile.is_some_and(is_first) {
            effect = Effect::Created;
        }
        outcomes.push(Outcome { profile: profile.map(|profile| resolved.last(profile)), effect });
    }
    if let Some(rooted) = rooted {
        resolved.root(rooted);
        outcomes.iter_mut().for_each(|it| it.profile = it.profile.map(|profile| resolved.last(profile)));
    }
    work.write(conn, &resolved, &states, &lineage, &mut outcomes)?;
    Ok((outcomes, left_out))
}

/// [`fold`] without the items that were found to be refused: they must not make, join or name anybody.
fn fold_without(
    conn: &mut PgConnection,
    batch: &Batch,
    items: &[Item],
    trust: &Trust,
    allowed: &Allowed<'_>,
    refused: &Refused,
    known: &Catalogues,
) -> QueryResult<(Vec<Outcome>, LeftOut)> {
    let all = Refused { items: refused.items.union(&allowed.refused).copied().collect(), is_sure: true };
    let (outcomes, mut left_out) = fold(conn, batch, items, trust, &all, known)?;
    let is_told = |place: usize| place < outcomes.len() && allowed.refused.contains(&place);
    left_out.extend(allowed.left_out.iter().filter(|(place, _)| is_told(*place)).cloned());
    Ok((outcomes, left_out))
}

/// Profiles that have the item's address at its place in the batch. `states` has all that had the address before and all that changed.
fn holders(states: &HashMap<ProfileId, State>, item: &Item) -> Vec<ProfileId> {
    let Some((channel, asked)) = item.person.reached() else { return Vec::new() };
    let has = |state: &State| {
        let address = state.facts.get::<Addresses>(&channel).and_then(Option::as_ref);
        state.merged_into.is_none() && address.is_some_and(|address| address.normalised == asked.normalised)
    };
    let mut found: Vec<ProfileId> =
        states.iter().filter(|(_, state)| has(state)).map(|(profile, _)| *profile).collect();
    found.sort_unstable();
    found
}
