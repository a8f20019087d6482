//! How far counting is, as far as that is known. Everybody is counted for one segment at a time, in one statement, of which only its
//! beginning is known and how long it took last time.

use chrono::{DateTime, Utc};

use super::segment::{Count, Segment};
use crate::{profiles, web::words::grouped};

/// Counting that takes no longer is quick, in milliseconds; longer than the second it is slow.
const COSTS: [i32; 2] = [1_000, 10_000];

/// "40 ms", "12.3 s".
pub fn duration(ms: i64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{}.{} s", grouped(ms / 1_000), ms % 1_000 / 100) }
}

/// What counting everybody costs, going by the last time: "Low, 40 ms".
pub fn cost(took_ms: i32) -> String {
    let grade = match took_ms {
        quick if quick < COSTS[0] => "Low",
        middling if middling < COSTS[1] => "Medium",
        _ => "High",
    };
    format!("{grade}, {}", duration(i64::from(took_ms)))
}

/// Whether counting is quick enough that nothing need be said of what makes it slow.
pub fn is_quick(took_ms: i32) -> bool {
    took_ms < COSTS[0]
}

impl Count {
    /// Whether everybody is being looked at, or will be.
    pub fn is_due(&self) -> bool {
        self.is_wanted || self.counting_since.is_some()
    }

    /// "for 4.0 s so far, 12.3 s last time".
    fn so_far(&self, now: DateTime<Utc>) -> Option<String> {
        let so_far = duration((now - self.counting_since?).num_milliseconds().max(0));
        let last = self.took_ms.map(|ms| format!(", {} last time", duration(i64::from(ms)))).unwrap_or_default();
        Some(format!("for {so_far} so far{last}"))
    }
}

fn counting(all: &[Segment]) -> Option<&Segment> {
    all.iter().find(|it| it.count.counting_since.is_some())
}

/// What keeps a segment from being counted, or how long that goes on already, among `everybody`; nothing if it is counted.
pub fn of_one(segment: &Segment, all: &[Segment], everybody: &profiles::Count, now: DateTime<Utc>) -> Option<String> {
    let count = &segment.count;
    if segment.archived_at.is_some() || !count.is_due() {
        return None;
    }
    if let Some(so_far) = count.so_far(now) {
        return Some(format!("Everybody is being looked at, {everybody}, {so_far}."));
    }
    let place = |it: &Segment| (it.count.size.is_some(), it.count.counted_at, it.id);
    let earlier = all.iter().filter(|it| it.archived_at.is_none() && it.count.is_wanted && place(it) < place(segment));
    let earlier = i64::try_from(earlier.count()).unwrap_or(i64::MAX);
    Some(match counting(all) {
        Some(other) => {
            let so_far = other.count.so_far(now).unwrap_or_default();
            format!("“{}” is being counted, {so_far}. {}", other.name, its_turn(earlier))
        }
        None => "Waits for what is being stored just now, or for segments of other workspaces.".to_owned(),
    })
}

fn its_turn(earlier: i64) -> String {
    match earlier {
        0 => "Then it is the turn of this one.".to_owned(),
        1 => "Then one other, then it is the turn of this one.".to_owned(),
        more => format!("Then {} others, then it is the turn of this one.", grouped(more)),
    }
}

/// How many segments are counted, of how many, and what is being counted; nothing if all are.
pub struct Overall {
    pub done: usize,
    pub all: usize,
    pub words: String,
}

impl Overall {
    /// Of those that are not archived.
    pub fn of(all: &[Segment], now: DateTime<Utc>) -> Option<Self> {
        let used: Vec<&Segment> = all.iter().filter(|it| it.archived_at.is_none()).collect();
        let done = used.iter().filter(|it| !it.count.is_due()).count();
        if done == used.len() {
            return None;
        }
        let current = counting(all).map(|it| {
            let so_far = it.count.so_far(now).unwrap_or_default();
            format!(" “{}” is being counted, {so_far}.", it.name)
        });
        let words = format!("{done} of {} segments are counted.{}", used.len(), current.unwrap_or_default());
        Some(Self { done, all: used.len(), words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_costs_is_told_by_how_long_it_took() {
        let told = [40, 999, 1_000, 12_345].map(cost);
        assert_eq!(told, ["Low, 40 ms", "Low, 999 ms", "Medium, 1.0 s", "High, 12.3 s"]);
    }
}
