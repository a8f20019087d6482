//! From entries to what is stored: one batch for a call, and what was refused of it kept for the console.

use std::{borrow::Cow, ops::Range};

use actix_web::web::Data;
use serde_json::Value;
use uuid::Uuid;

use super::{Budget, Caller, Meter, formats::Entry, left_out};
use crate::{
    attributes::{self, Rules},
    db::ids::{ProfileId, new_id},
    error::AppError,
    events::MessageId,
    ingest::{self, Item, Statement},
    keys::Format,
    ledger::{Batch, Effect, Invalid, Outcome},
    rejections::{self, Fate, Refused, Rejection, codes},
    state::AppState,
    stream::{Arrived, Ring, Sent},
};

/// Items written in one transaction. Few calls have more; the time limit of statements is for all calls alike.
const AT_ONCE: usize = 2_000;
/// Bytes of entries in one transaction, which are held several times over while they are written.
const BYTES_AT_ONCE: usize = 2 << 20;
/// Entries that cannot be stored, before it is taken for a fault of ours rather than of theirs.
const MOST_POISON: usize = 3;

/// What all calls share.
pub struct Intake {
    /// Counts the calls of each key.
    pub meter: Meter,
    /// The memory that the bodies of all calls share.
    pub bodies: Budget,
    /// That of calls whose key is not known before their body.
    pub strangers: Budget,
    /// Bounds what is kept of refused items.
    pub sweeper: rejections::Sweeper,
    /// The latest calls.
    pub stream: Data<Ring>,
}

impl Intake {
    /// With room for bodies of `bytes` each, four of them at a time.
    pub fn new(bytes: usize, stream: Data<Ring>) -> Self {
        Self {
            meter: Meter::default(),
            bodies: Budget::new(4 * bytes),
            strangers: Budget::new(4 << 20),
            sweeper: rejections::Sweeper::default(),
            stream,
        }
    }
}

/// Stores the entries of a call, and the reasons why some of them are refused. Whatever is not rejected is durable
/// when this returns.
pub async fn take(
    state: &AppState,
    caller: &Caller,
    format: Format,
    entries: Vec<Entry>,
) -> Result<Vec<Fate>, AppError> {
    let (mut items, mut spans, mut sent) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused = Vec::new();
    let rules = attributes::rules(&state.db, caller.environment(), caller.received_at).await?;
    for (index, mut entry) in entries.into_iter().enumerate() {
        refuse_fixed(&mut entry, format, &rules);
        let start = items.len();
        refused.extend(entry.warnings.into_iter().map(|warning| (index, warning, true)));
        match entry.said {
            Ok(said) => items.extend(said.into_iter().enumerate().map(|(nth, item)| named(caller, (index, nth), item))),
            Err(reason) => refused.push((index, reason, false)),
        }
        spans.push(start..items.len());
        sent.push((entry.kind, entry.raw));
    }
    let group = new_id(caller.received_at);
    let sorts: Vec<_> = sent.iter().map(|(kind, raw)| (*kind, raw.len())).collect();
    let mut done =
        Done { fates: vec![Fate::Accepted; spans.len()], profiles: vec![None; spans.len()], left_out: Vec::new() };
    store(state, caller, group, (&items, &spans), (format, &sorts), &mut done).await?;
    let Done { mut fates, profiles, left_out } = done;
    refused.extend(left_out.into_iter().map(|(index, reason)| (index, reason, true)));
    for (index, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Rejected(reason) if !is_erased(fate) => refused.push((index, reason.clone(), false)),
            _ => {}
        }
    }
    let mut kept = Vec::new();
    for (index, reason, is_rest_kept) in refused {
        if !is_rest_kept {
            fates[index] = Fate::Rejected(reason.clone());
        }
        if kept.len() < rejections::MOST_AT_ONCE {
            let (kind, raw) = &sent[index];
            kept.push(Rejection { format, kind, raw: raw.clone(), refused: reason, index, is_rest_kept });
        }
    }
    let place = (caller.environment(), caller.key(), caller.received_at);
    rejections::keep(&state.db, &caller.intake.sweeper, place, kept).await?;
    let items = sent.into_iter().zip(&fates).zip(profiles).map(|(((kind, raw), fate), profile)| Sent {
        kind,
        raw: (!is_erased(fate)).then_some(raw),
        profile,
        fate: fate.clone(),
    });
    caller.intake.stream.add(Arrived {
        id: group,
        environment: caller.environment(),
        key: caller.key(),
        key_name: caller.name().to_owned(),
        format,
        at: caller.received_at,
        items: items.collect(),
    });
    Ok(fates)
}

/// Refuses what an entry says of attributes whose values kith alone keeps. Our own format takes an item whole or not at all; of
/// others the value is left out.
fn refuse_fixed(entry: &mut Entry, format: Format, rules: &Rules) {
    let Ok(items) = &entry.said else { return };
    let refuse = |(name, value, why): (&str, Option<Cow<'_, Value>>, &'static str)| {
        let field = match (format, entry.kind) {
            (Format::Native, "identify" | "profile") => format!("attributes.{name}"),
            _ => name.to_owned(),
        };
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

/// Gives an event without an id of its own one that a repeat of the call has too.
fn named(caller: &Caller, (index, nth): (usize, usize), mut item: Item) -> Item {
    if let (Statement::Event(event), Some(call)) = (&mut item.statement, &caller.repeat_as)
        && event.message_id.is_none()
    {
        event.message_id = Some(MessageId(format!("{} {call} {index} {nth}", caller.key())));
    }
    item
}

/// Nothing more is kept of people who were erased.
fn is_erased(fate: &Fate) -> bool {
    matches!(fate, Fate::Rejected(reason) if reason.code == codes::ERASED)
}

/// What became of the entries of a call so far.
struct Done {
    fates: Vec<Fate>,
    profiles: Vec<Option<ProfileId>>,
    /// What is not kept of entries of which the rest is.
    left_out: Vec<(usize, Refused)>,
}

/// Submits all items in as few batches as possible. An entry that the database itself refuses costs only itself.
async fn store(
    state: &AppState,
    caller: &Caller,
    group: Uuid,
    (items, spans): (&[Item], &[Range<usize>]),
    (format, sorts): (Format, &[(&'static str, usize)]),
    done: &mut Done,
) -> Result<(), AppError> {
    let (mut todo, mut poison, mut is_any_stored) = (cuts(spans, sorts), 0, false);
    todo.reverse();
    while let Some(part) = todo.pop() {
        let (Some(first), Some(last)) = (spans.get(part.start), part.end.checked_sub(1).and_then(|end| spans.get(end)))
        else {
            continue;
        };
        let said = &items[first.start..last.end];
        if said.is_empty() {
            continue;
        }
        let batch = Batch {
            environment: caller.environment(),
            source: caller.source(),
            received_at: caller.received_at,
            group,
            before: first.start,
            reason: None,
        };
        let turn = state.db.sender_turn().await?;
        let trust = left_out::trust(caller, format, (&spans[part.clone()], first.start));
        let submitted = ingest::submit_trusting(&state.db, batch, said.to_vec(), trust).await;
        drop(turn);
        match submitted {
            Ok((outcomes, not_said)) => {
                is_any_stored = true;
                for index in part {
                    let span = spans[index].start - first.start..spans[index].end - first.start;
                    let outcomes = &outcomes[span.clone()];
                    let reasons = not_said.iter().filter(|(place, _)| span.contains(place)).map(|(_, why)| why);
                    match left_out::told((format, sorts[index].0), outcomes, reasons) {
                        Some(Err(fate)) => done.fates[index] = fate,
                        Some(Ok(reasons)) => done.left_out.extend(reasons.into_iter().map(|it| (index, it))),
                        None => {}
                    }
                    done.profiles[index] = outcomes.iter().find_map(|outcome| outcome.profile);
                    if let Some(fate) = fate(&items[spans[index].clone()], outcomes) {
                        done.fates[index] = fate;
                    }
                }
            }
            Err(error @ AppError::Unstorable(_)) => {
                poison += usize::from(part.len() == 1);
                // Nothing at all can be stored: better that the sender keeps it than that it is lost.
                if !is_any_stored && (poison == MOST_POISON || todo.is_empty() && part.len() == 1) {
                    return Err(error);
                }
                if part.len() == 1 {
                    error.log();
                    let message = "kith cannot store this item; its log has the cause.";
                    done.fates[part.start] = Fate::Rejected(Refused::new(codes::NOT_STORED, "", message));
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

/// Ranges of entries whose items make batches of a bearable size.
fn cuts(spans: &[Range<usize>], sorts: &[(&str, usize)]) -> Vec<Range<usize>> {
    let (mut cuts, mut bytes): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
    for (index, (span, (_, size))) in spans.iter().zip(sorts).enumerate() {
        bytes += size;
        match cuts.last_mut() {
            Some(cut) if span.end - spans[cut.start].start <= AT_ONCE && bytes <= BYTES_AT_ONCE => cut.end = index + 1,
            _ => {
                bytes = *size;
                cuts.push(index..index + 1);
            }
        }
    }
    cuts
}

/// What became of an entry that was written, unless it is simply stored. An entry with an event says something new exactly if its event does.
fn fate(items: &[Item], outcomes: &[Outcome]) -> Option<Fate> {
    let mut effects = outcomes.iter().map(|outcome| outcome.effect);
    if effects.clone().any(|effect| effect == Effect::Suggested) {
        let rule = "joins two people who are both known. It is suggested to the operators, who can merge them.";
        return Some(Fate::Rejected(Refused::new(codes::NOT_ALLOWED, "", rule)));
    }
    if !outcomes.is_empty() && effects.all(|effect| effect == Effect::Erased) {
        let rule = "is about somebody who was erased since it was said.";
        return Some(Fate::Rejected(Refused::new(codes::ERASED, "", rule)));
    }
    let mut events = items.iter().zip(outcomes).filter(|(item, _)| matches!(item.statement, Statement::Event(_)));
    let is_repeated = |(_, outcome): (&Item, &Outcome)| outcome.effect == Effect::Unchanged;
    (events.clone().next().is_some() && events.all(is_repeated)).then_some(Fate::Duplicate)
}

#[cfg(test)]
mod tests {
    use super::cuts;

    #[test]
    fn cuts_follow_the_entries() {
        let cut = |ends: &[usize]| {
            let starts = [0].into_iter().chain(ends.iter().copied());
            let spans: Vec<_> = starts.zip(ends).map(|(start, end)| start..*end).collect();
            cuts(&spans, &vec![("track", 100); ends.len()])
                .into_iter()
                .map(|cut| (cut.start, cut.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(cut(&[]), []);
        assert_eq!(cut(&[1, 1, 3]), [(0, 3)]);
        assert_eq!(cut(&[1500, 2000, 2001, 9000, 9001]), [(0, 2), (2, 3), (3, 4), (4, 5)]);
    }

    #[test]
    fn cuts_follow_what_entries_weigh() {
        let sizes = [1 << 20, 1 << 20, 1, 3 << 20, 1, 1].map(|size| ("track", size));
        let spans: Vec<_> = (0..sizes.len()).map(|n| n..n + 1).collect();
        let cut: Vec<_> = cuts(&spans, &sizes).into_iter().map(|cut| (cut.start, cut.end)).collect();
        assert_eq!(cut, [(0, 2), (2, 3), (3, 4), (4, 6)]);
    }
}
