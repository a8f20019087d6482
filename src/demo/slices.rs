//! Cuts the story into batches, as they arrive.

use std::{collections::BTreeMap, iter};

use chrono::{DateTime, TimeDelta, Utc};

use super::story::Story;
use crate::{
    ingest::{Item, Person},
    ledger::Invalid,
    simulate::{Happening, Speaker},
};

/// Items of a batch at most.
const LARGEST: usize = 1500;

/// Statements of one source that arrive at one time: a batch to be.
#[derive(Clone, Debug)]
pub struct Slice {
    pub speaker: Speaker,
    /// Arrival, after all its items.
    pub received_at: DateTime<Utc>,
    /// Items, in the order of time.
    pub items: Vec<Item>,
}

impl Story {
    /// The story as batches, in the order of their arrival. A refusal would be a mistake in the tables of the demo.
    pub fn slices(self) -> impl Iterator<Item = Result<Slice, Invalid>> {
        let Self { seed, world, customers, happenings, .. } = self;
        let mut happenings = happenings.into_iter().enumerate().peekable();
        let (mut end, mut ready) = (world.start, Vec::new().into_iter());
        iter::from_fn(move || {
            loop {
                if let Some(slice) = ready.next() {
                    return Some(Ok(slice));
                }
                happenings.peek()?;
                end = next_end(end, world.now);
                // By arrival: operators and files state things at once, the others when the window ends.
                let mut window: BTreeMap<(DateTime<Utc>, Speaker), Vec<Item>> = BTreeMap::new();
                while let Some((number, (who, happening))) =
                    happenings.next_if(|(_, (_, happening))| end >= world.now || happening.at < end)
                {
                    let Happening { at, speaker, .. } = happening;
                    let is_by_hand = matches!(speaker, Speaker::Operator(_) | Speaker::Import(_));
                    let person = Person::Identifiers(happening.identifiers(&customers[who]));
                    let statement = match happening.statement(&customers[who], format_args!("demo-{seed}-{number}")) {
                        Ok(statement) => statement,
                        Err(invalid) => return Some(Err(invalid)),
                    };
                    let said = window.entry((if is_by_hand { at } else { end }, speaker)).or_default();
                    said.push(Item { person, as_of: at, statement });
                }
                ready = cut(window).into_iter();
            }
        })
    }
}

/// Slices of a window, one after the other where several arrive at one time.
fn cut(window: BTreeMap<(DateTime<Utc>, Speaker), Vec<Item>>) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    for ((at, speaker), items) in window {
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let before = slices.last().map(|slice| slice.received_at + TimeDelta::milliseconds(7));
            let received_at = before.map_or(at, |before| before.max(at));
            slices.push(Slice { speaker, received_at, items: items.by_ref().take(LARGEST).collect() });
        }
    }
    slices
}

/// End of the next window: the nearer to `now`, the shorter, for people look at recent events first.
fn next_end(end: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let hours = (now - end).num_hours();
    let length = match hours {
        0..=1 => TimeDelta::minutes(10),
        2..=24 => TimeDelta::hours(1),
        25..=168 => TimeDelta::hours(4),
        169..=720 => TimeDelta::hours(12),
        _ => TimeDelta::hours(24),
    };
    // The last one ends at `now`.
    if now - end < length * 2 { now } else { end + length }
}
