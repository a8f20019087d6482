//! How far an import is, and what it came to.

use std::{collections::BTreeMap, ops::AddAssign};

use serde::{Deserialize, Serialize};

use super::{cells::TWO_DATES, row::About};
use crate::ledger::Effect;

/// Result of an import, in numbers of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Lines of data.
    pub read: u64,
    /// Lines that created or changed something.
    pub written: u64,
    /// Lines without news.
    pub unchanged: u64,
    /// Lines that were rejected.
    pub rejected: u64,
    /// Number of new profiles.
    pub created: u64,
    /// Cells that were left out, with the rest of their lines stored.
    pub left_out: u64,
    /// Of these: dates that can be read in two ways.
    pub two_dates: u64,
    /// Tags that were stored in another spelling.
    pub respelled: u64,
    /// Answers that stay as they are, because they are stricter than what the file says.
    pub kept: u64,
}

impl Summary {
    /// Whether something stands in the rejects file.
    pub fn has_rejects(&self) -> bool {
        self.rejected + self.left_out + self.respelled > 0
    }

    pub(super) fn remark(&mut self, about: &About) {
        match about {
            About::LeftOut(invalid) => {
                self.left_out += 1;
                self.two_dates += u64::from(invalid.rule == TWO_DATES);
            }
            About::Respelled { .. } => self.respelled += 1,
        }
    }

    /// Whether an item changed something; counts new profiles.
    pub(super) fn effect(&mut self, effect: Effect) -> bool {
        self.created += u64::from(effect == Effect::Created);
        matches!(effect, Effect::Created | Effect::Changed)
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, more: Self) {
        let Self { read, written, unchanged, rejected, created, left_out, two_dates, respelled, kept } = more;
        for (mine, more) in [
            (&mut self.read, read),
            (&mut self.written, written),
            (&mut self.unchanged, unchanged),
            (&mut self.rejected, rejected),
            (&mut self.created, created),
            (&mut self.left_out, left_out),
            (&mut self.two_dates, two_dates),
            (&mut self.respelled, respelled),
            (&mut self.kept, kept),
        ] {
            *mine += more;
        }
    }
}

/// Up to where an import is stored: from there it goes on after an interruption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Records of the file.
    pub records: u64,
    /// Items that these were.
    pub items: usize,
    /// Bytes of the rejects file.
    pub rejects: u64,
    /// What they came to.
    pub summary: Summary,
}

/// Whether an import goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    On,
    Stop,
}

/// The steps of an import: several writers make them in any order, and it has reached a place when all steps before are made.
pub(super) struct Steps<'a> {
    pub reached: Checkpoint,
    next: u64,
    early: BTreeMap<u64, Checkpoint>,
    watch: &'a mut (dyn FnMut(&Checkpoint) -> anyhow::Result<Going> + Send),
    going: Going,
}

impl<'a> Steps<'a> {
    pub fn new(reached: Checkpoint, watch: &'a mut (dyn FnMut(&Checkpoint) -> anyhow::Result<Going> + Send)) -> Self {
        Self { reached, next: 0, early: BTreeMap::new(), watch, going: Going::On }
    }

    /// A step was made. Its summary is that of the step alone.
    pub fn made(&mut self, number: u64, step: Checkpoint) -> anyhow::Result<Going> {
        self.early.insert(number, step);
        let before = self.next;
        while let Some(step) = self.early.remove(&self.next) {
            self.next += 1;
            let mut summary = std::mem::take(&mut self.reached.summary);
            summary += step.summary.clone();
            self.reached = Checkpoint { summary, ..step };
        }
        if self.next > before && self.going == Going::On {
            self.going = (self.watch)(&self.reached)?;
        }
        Ok(self.going)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_reached_when_all_before_it_is_stored() {
        let mut seen = Vec::new();
        let mut watch = |reached: &Checkpoint| {
            seen.push((reached.records, reached.summary.read));
            Ok(if reached.records == 5 { Going::Stop } else { Going::On })
        };
        let step = |records, read| Checkpoint {
            records,
            summary: Summary { read, ..Summary::default() },
            ..Checkpoint::default()
        };
        let mut steps = Steps::new(step(2, 2), &mut watch);
        assert_eq!(steps.made(1, step(5, 2)).unwrap(), Going::On);
        assert_eq!(steps.made(0, step(3, 1)).unwrap(), Going::Stop);
        assert_eq!(steps.made(2, step(6, 1)).unwrap(), Going::Stop, "once stopped it is not asked again");
        assert_eq!(steps.reached, step(6, 6));
        assert_eq!(seen, [(5, 5)]);
    }
}
