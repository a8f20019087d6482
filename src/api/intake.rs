//! Stores the entries of a call in one group, and the rejections for the console.

use std::{borrow::Cow, ops::Range};

use actix_web::web::Data;
use serde_json::Value;
use uuid::Uuid;

use super::{Budget, Caller, Meter, formats::Entry, left_out, turns::Turns};
use crate::{
    attributes::{self, Rules},
    db::ids::{EnvironmentId, KeyId, ProfileId, new_id},
    error::AppError,
    events::MessageId,
    identities::Identifier,
    ingest::{self, Item, Protected, Statement},
    keys::Format,
    ledger::{Batch, Effect, Invalid, Outcome},
    profiles,
    rejections::{self, Fate, Refused, Rejection, codes},
    state::AppState,
    stream::{Arrived, Ring, Sent},
    subscriptions::{Reason, SubscriptionState},
};

/// Items in one transaction at most. Few calls have more; the time limit of statements is the same for all calls.
const AT_ONCE: usize = 2_000;
/// Bytes of entries in one transaction at most: they are held several times over while they are written.
const BYTES_AT_ONCE: usize = 2 << 20;
/// Unstorable entries before the fault counts as ours rather than the sender's.
const MOST_POISON: usize = 3;

/// State that all calls share.
pub struct Intake {
    /// Calls per minute of each key.
    pub meter: Meter,
    /// Calls with an `Idempotency-Key` that are being done.
    pub turns: Turns<(KeyId, String)>,
    /// Turns of calls about one person.
    pub people: Turns<(EnvironmentId, Identifier)>,
    /// Memory for the bodies of calls with a known key.
    pub bodies: Budget,
    /// Memory for the bodies of calls whose key is in the body.
    pub strangers: Budget,
    /// Bounds the rejections that are kept.
    pub sweeper: rejections::Sweeper,
    /// The latest calls, for the stream.
    pub stream: Data<Ring>,
}

impl Intake {
    /// With memory for four bodies of `bytes` at a time.
    pub fn new(bytes: usize, stream: Data<Ring>) -> Self {
        Self {
            meter: Meter::default(),
            turns: Turns::default(),
            people: Turns::default(),
            bodies: Budget::new(4 * bytes),
            strangers: Budget::new(4 << 20),
            sweeper: rejections::Sweeper::default(),
            stream,
        }
    }
}

/// An entry of a call while it is processed.
struct Slot {
    kind: &'static str,
    raw: String,
    /// Its items in the list of all items of the call.
    items: Range<usize>,
    /// Refused parts, while the rest is kept.
    left_out: Vec<Refused>,
    /// Profile that its items are about, once known.
    profile: Option<ProfileId>,
    fate: Fate,
}

impl Slot {
    fn new(kind: &'static str, raw: String, items: Range<usize>) -> Self {
        Self { kind, raw, items, left_out: Vec::new(), profile: None, fate: Fate::Accepted }
    }

    /// Sets fate, profile and refused parts from the outcomes of its items.
    fn settle<'a>(
        &mut self,
        format: Format,
        items: &[Item],
        outcomes: &[Outcome],
        not_said: impl Iterator<Item = &'a Protected>,
    ) {
        match left_out::told(format, self.kind, outcomes, not_said) {
            Some(Err(fate)) => self.fate = fate,
            Some(Ok(reasons)) => {
                if let Some(kept) = reasons.iter().find(|reason| reason.code == codes::KEPT_STRICTER) {
                    self.fate = Fate::KeptStricter(kept.clone());
                }
                self.left_out.extend(reasons);
            }
            None => {}
        }
        self.profile = outcomes.iter().find_map(|outcome| outcome.profile);
        if let Some(fate) = fate(items, outcomes) {
            self.fate = fate;
        }
    }

    /// Whether it is not about the version of the profile that its sender saw: nothing is wrong with it, and it is not listed.
    fn is_outdated(&self) -> bool {
        matches!(&self.fate, Fate::Rejected(reason) if reason.code == codes::CHANGED)
    }

    /// Nothing that was sent is kept of people who were erased.
    fn is_erased(&self) -> bool {
        matches!(&self.fate, Fate::Rejected(reason) if [codes::ERASED, codes::BLOCKED].contains(&reason.code))
    }

    /// The rejections to keep of the entry, which has this index in the call.
    fn rejections(&self, format: Format, index: usize) -> impl Iterator<Item = Rejection> {
        let refused = if let Fate::Rejected(reason) = &self.fate { Some(reason) } else { None };
        // What is said of a part that was left out quotes it.
        let (raw, left_out) = if self.is_erased() { (ERASED, &[][..]) } else { (&*self.raw, &*self.left_out) };
        let reasons = left_out.iter().map(|reason| (reason, true)).chain(refused.map(|reason| (reason, false)));
        reasons.map(move |(reason, is_rest_kept)| Rejection {
            format,
            kind: self.kind,
            raw: raw.to_owned(),
            refused: reason.clone(),
            index,
            is_rest_kept,
        })
    }
}

/// In place of an item about somebody who was erased.
const ERASED: &str = "\"What was sent is not kept, because it is about somebody who was erased.\"";

/// Stores the entries of a call, and the reasons why some of them are refused. Whatever is not rejected is durable
/// when this returns.
pub async fn take(
    state: &AppState,
    caller: &Caller,
    format: Format,
    entries: Vec<Entry>,
) -> Result<Vec<Fate>, AppError> {
    let (mut items, mut slots) = (Vec::new(), Vec::with_capacity(entries.len()));
    let rules = attributes::rules(&state.senders, caller.environment(), caller.received_at).await?;
    for (index, mut entry) in entries.into_iter().enumerate() {
        refuse_fixed(&mut entry, format, &rules);
        let mut slot = Slot::new(entry.kind, entry.raw, items.len()..items.len());
        slot.left_out = entry.warnings;
        match entry.said {
            Ok(said) => {
                items.extend(said.into_iter().enumerate().map(|(nth, item)| completed(caller, index, nth, item)))
            }
            Err(reason) => slot.fate = Fate::Rejected(reason),
        }
        slot.items.end = items.len();
        slots.push(slot);
    }
    let group = new_id(caller.received_at);
    store(state, caller, group, format, &items, &mut slots).await?;
    let kept = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| !slot.is_outdated())
        .flat_map(|(index, slot)| slot.rejections(format, index));
    let kept = kept.take(rejections::MOST_AT_ONCE).collect();
    let (environment, key, received_at) = (caller.environment(), caller.key(), caller.received_at);
    rejections::keep(&state.senders, &caller.intake.sweeper, environment, key, received_at, kept).await?;
    let fates = slots.iter().map(|slot| slot.fate.clone()).collect();
    let erases = |item: &Item| matches!(item.statement, Statement::Delete { .. });
    if items.iter().any(erases) {
        forget_erased(state, caller).await?;
    }
    let sent = slots.into_iter().map(|slot| {
        let is_kept = !slot.is_erased() && !items[slot.items.clone()].iter().any(erases);
        Sent { kind: slot.kind, raw: is_kept.then_some(slot.raw), profile: slot.profile, fate: slot.fate }
    });
    caller.intake.stream.add(Arrived {
        id: group,
        environment: caller.environment(),
        key: caller.key(),
        key_name: caller.name().to_owned(),
        format,
        at: caller.received_at,
        items: sent.collect(),
    });
    Ok(fates)
}

/// Forgets what the stream shows of profiles that are gone.
async fn forget_erased(state: &AppState, caller: &Caller) -> Result<(), AppError> {
    let (environment, asked) = (caller.environment(), caller.intake.stream.profiles(caller.environment()));
    let there = state.senders.read(move |conn| profiles::store::versions(conn, environment, &asked)).await?;
    caller.intake.stream.keep_only(environment, &there.into_keys().collect());
    Ok(())
}

/// Refuses what an entry says of attributes whose values kith alone keeps. Our own format takes an item whole or not at all; of
/// others the value is left out.
fn refuse_fixed(entry: &mut Entry, format: Format, rules: &Rules) {
    let Ok(items) = &entry.said else { return };
    let refuse = |(name, value, why): (&str, Option<Cow<'_, Value>>, &'static str)| {
        let field = left_out::attribute_field(format, entry.kind, name);
        Refused::from(Invalid::new(&field, why, &value.map_or_else(|| "null".to_owned(), |it| attributes::show(&it))))
    };
    let mut wrong = items.iter().flat_map(|item| rules.fixed(&item.statement)).map(refuse);
    match format {
        Format::Native => {
            if let Some(refused) = wrong.next() {
                drop(wrong);
                entry.said = Err(refused);
            }
        }
        _ => {
            let wrong: Vec<Refused> = wrong.collect();
            entry.warnings.extend(wrong);
        }
    }
}

/// Gives an event without a message id one that a repeat of the call produces too. A key for browsers is believed about the present alone:
/// of who subscribed long ago, or somewhere else, anybody could tell anything.
fn completed(caller: &Caller, index: usize, nth: usize, mut item: Item) -> Item {
    if let (Statement::Event(event), Some(call)) = (&mut item.statement, &caller.repeat_as)
        && event.message_id.is_none()
    {
        event.message_id = Some(MessageId(format!("{} {call} {index} {nth}", caller.key())));
    }
    if caller.is_browser()
        && let Statement::Subscription(_, said) = &mut item.statement
        && said.state == SubscriptionState::Subscribed
    {
        said.reason = Reason::Api;
        item.as_of = item.as_of.max(caller.received_at);
    }
    item
}

fn busy() -> AppError {
    AppError::Busy(anyhow::anyhow!("calls about the same person took too long"))
}

/// The identifier that all items name first, if it is one.
fn only_person(items: &[Item]) -> Option<&Identifier> {
    let first = items.first()?.person.strongest()?;
    items.iter().all(|item| item.person.strongest() == Some(first)).then_some(first)
}

/// Submits all items in as few batches as possible. An entry that the database refuses costs only itself.
async fn store(
    state: &AppState,
    caller: &Caller,
    group: Uuid,
    format: Format,
    items: &[Item],
    slots: &mut [Slot],
) -> Result<(), AppError> {
    let (mut todo, mut poison, mut is_any_stored) = (cuts(slots), 0, false);
    todo.reverse();
    while let Some(part) = todo.pop() {
        let slots = &mut slots[part.clone()];
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else { continue };
        let (before, said) = (first.items.start, &items[first.items.start..last.items.end]);
        if said.is_empty() {
            continue;
        }
        let batch = Batch {
            environment: caller.environment(),
            source: caller.source(),
            received_at: caller.received_at,
            group,
            before,
            reason: None,
        };
        let person = match only_person(said) {
            Some(person) => {
                Some(caller.intake.people.take((batch.environment, person.clone())).await.ok_or_else(busy)?)
            }
            None => None,
        };
        let turn = state.senders.writer_turn().await?;
        let trust = left_out::trust(caller, format, slots.iter().map(|slot| slot.items.len()));
        let (senders, present) = (&state.senders, state.clock.now().max(caller.received_at));
        let submitted = ingest::submit_trusting(senders, batch, said.to_vec(), trust, present, caller.seen).await;
        drop((turn, person));
        match submitted {
            Ok((outcomes, not_said)) => {
                is_any_stored = true;
                for slot in slots {
                    let own = slot.items.start - before..slot.items.end - before;
                    let reasons = not_said.iter().filter(|(place, _)| own.contains(place)).map(|(_, why)| why);
                    slot.settle(format, &said[own.clone()], &outcomes[own.clone()], reasons);
                }
            }
            Err(error @ AppError::Unstorable(_)) => {
                let is_alone = part.len() == 1;
                poison += usize::from(is_alone);
                // If nothing can be stored at all, it is better that the sender keeps the call than that it is lost.
                if !is_any_stored && (poison == MOST_POISON || todo.is_empty() && is_alone) {
                    return Err(error);
                }
                if is_alone {
                    error.log();
                    let message = "kith cannot store this item; its log has the cause.";
                    slots[0].fate = Fate::Rejected(Refused::new(codes::NOT_STORED, "", message));
                } else {
                    let middle = part.start + part.len() / 2;
                    todo.extend([middle..part.end, part.start..middle]);
                }
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// Ranges of entries whose items make batches of at most [`AT_ONCE`] items and [`BYTES_AT_ONCE`] bytes.
fn cuts(slots: &[Slot]) -> Vec<Range<usize>> {
    let (mut cuts, mut bytes): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
    for (index, Slot { items, raw, .. }) in slots.iter().enumerate() {
        bytes += raw.len();
        match cuts.last_mut() {
            Some(cut) if items.end - slots[cut.start].items.start <= AT_ONCE && bytes <= BYTES_AT_ONCE => {
                cut.end = index + 1;
            }
            _ => {
                bytes = raw.len();
                cuts.push(index..index + 1);
            }
        }
    }
    cuts
}

/// Fate of a written entry; `None` if it is simply stored. An entry with an event is a duplicate exactly if its event is.
fn fate(items: &[Item], outcomes: &[Outcome]) -> Option<Fate> {
    let mut effects = outcomes.iter().map(|outcome| outcome.effect);
    if effects.clone().any(|effect| effect == Effect::Suggested) {
        let rule = "joins two people who are both known. It is suggested to the operators, who can merge them.";
        return Some(Fate::Rejected(Refused::new(codes::NOT_ALLOWED, "", rule)));
    }
    if effects.clone().any(|effect| effect == Effect::Ambiguous) {
        return Some(Fate::Rejected(Refused::new(
            codes::AMBIGUOUS,
            "email",
            "email is that of several people; name one by an id",
        )));
    }
    if !outcomes.is_empty() && effects.clone().all(|effect| matches!(effect, Effect::Erased | Effect::Blocked)) {
        let is_blocked = effects.any(|effect| effect == Effect::Blocked);
        let code = if is_blocked { codes::BLOCKED } else { codes::ERASED };
        return Some(Fate::Rejected(Refused::new(code, "", code.meaning())));
    }
    if !outcomes.is_empty() && effects.clone().all(|effect| effect == Effect::Conflict) {
        return Some(Fate::Rejected(Refused::new(codes::CHANGED, "If-Match", codes::CHANGED.meaning())));
    }
    let mut events = items.iter().zip(outcomes).filter(|(item, _)| matches!(item.statement, Statement::Event(_)));
    let is_repeated = |(_, outcome): (&Item, &Outcome)| outcome.effect == Effect::Unchanged;
    (events.clone().next().is_some() && events.all(is_repeated)).then_some(Fate::Duplicate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ranges of entries that are submitted together, for entries given as the number of items up to their end, and their bytes.
    fn cut(entries: impl IntoIterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
        let mut start = 0;
        let slot = |(end, bytes): (usize, usize)| {
            Slot::new("track", " ".repeat(bytes), std::mem::replace(&mut start, end)..end)
        };
        cuts(&entries.into_iter().map(slot).collect::<Vec<_>>()).into_iter().map(|cut| (cut.start, cut.end)).collect()
    }

    #[test]
    fn cuts_follow_the_entries() {
        let cut = |ends: &[usize]| cut(ends.iter().map(|end| (*end, 100)));
        assert_eq!(cut(&[]), []);
        assert_eq!(cut(&[1, 1, 3]), [(0, 3)]);
        assert_eq!(cut(&[1500, 2000, 2001, 9000, 9001]), [(0, 2), (2, 3), (3, 4), (4, 5)]);
    }

    #[test]
    fn cuts_follow_what_entries_weigh() {
        let sizes = [1 << 20, 1 << 20, 1, 3 << 20, 1, 1];
        assert_eq!(cut((1..).zip(sizes)), [(0, 2), (2, 3), (3, 4), (4, 6)]);
    }
}
