//! Events about one message, as one entry of the timeline: its furthest status, with the steps to it.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;

use super::{bots, entry_id::EntryId, events::EventRow, timeline::Row};

/// A row of the timeline with the other events about its message, oldest first.
pub struct Grouped {
    pub row: Row,
    /// All events about the message, the row's own included; empty if there is only one.
    pub steps: Vec<Step>,
}

/// A step of a message.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: EntryId,
    pub status: String,
    pub event: EventRow,
    /// Why this step may be a program's and not the person's.
    pub doubt: Option<&'static str>,
    place: u8,
}

/// Keeps of the events about a message, of which rows hold the newest first, the one of the furthest status; or the one that is asked for,
/// so that a link to it leads there. Only events on the same page are grouped.
pub fn grouped(rows: Vec<Row>, delays: &BTreeMap<EntryId, TimeDelta>, asked: Option<EntryId>) -> Vec<Grouped> {
    let mut groups: Vec<Vec<Step>> = Vec::new();
    let mut open: HashMap<(String, String), usize> = HashMap::new();
    for (key, step) in rows.iter().filter_map(|row| step(row, delays)) {
        let is_first = bots::is_first(step.place);
        match open.get(&key) {
            Some(group) => groups[*group].push(step),
            None => {
                open.insert(key.clone(), groups.len());
                groups.push(vec![step]);
            }
        }
        if is_first {
            open.remove(&key);
        }
    }
    groups.retain(|steps| steps.len() > 1);
    let mut head: BTreeMap<EntryId, Vec<Step>> = BTreeMap::new();
    let mut hidden: Vec<EntryId> = Vec::new();
    for mut steps in groups {
        steps.reverse();
        let kept = steps.iter().find(|step| Some(step.id) == asked);
        let Some(kept) = kept.or_else(|| steps.iter().max_by_key(|step| step.place)).map(|step| step.id) else {
            continue;
        };
        hidden.extend(steps.iter().map(|step| step.id).filter(|id| *id != kept));
        head.insert(kept, steps);
    }
    let shown = rows.into_iter().filter(|row| !hidden.contains(&row.entry_id()));
    shown.map(|row| Grouped { steps: head.remove(&row.entry_id()).unwrap_or_default(), row }).collect()
}

/// What an event about a message says of it, with the message's identity: on which channel, and its id.
fn step(row: &Row, delays: &BTreeMap<EntryId, TimeDelta>) -> Option<((String, String), Step)> {
    let Row::Event(event) = row else { return None };
    let (place, status) = bots::status(&event.name).filter(|_| event.look.is_message)?;
    let (name, value) = bots::message(&event.properties)?;
    let key = (bots::channel(&event.name), format!("{name} {value}"));
    let (id, event) = (row.entry_id(), (**event).clone());
    let doubt = match bots::is_opening(&event.name, &event.properties) {
        true => bots::suspicion(&event.properties, event.context.as_deref(), delays.get(&id).copied()),
        false => None,
    };
    Some((key, Step { id, status, event, doubt, place }))
}

/// The furthest of these steps, and all of them in words: "sent, delivered, opened".
pub fn told(steps: &[Step]) -> Option<(&Step, String)> {
    let furthest = steps.iter().max_by_key(|step| step.place)?;
    let mut words: Vec<&str> = steps.iter().map(|step| step.status.as_str()).collect();
    words.dedup();
    Some((furthest, words.join(", ")))
}
