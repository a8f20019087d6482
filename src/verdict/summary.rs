//! Whether somebody can be messaged at all, in one line.

use chrono::{DateTime, Utc};

use super::{Facts, MessageKind, Obstacle, Question, Rules, Terms, Verdict, verdict};
use crate::subscriptions::Medium;

/// Channels by which campaigns can reach somebody, and what is in the way if none can.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub can: Vec<Medium>,
    /// What blocks the first channel that has an address or a device; `None` if some channel is open, or none has either.
    pub block: Option<(Medium, Obstacle)>,
}

/// The verdict about a campaign without a topic on a channel.
pub fn of_channel(facts: &Facts, rules: &Rules, channel: Medium, now: DateTime<Utc>) -> Verdict {
    verdict(facts, rules, &Question { channel, kind: MessageKind::Campaign, topic: None, now })
}

impl Summary {
    /// The summary of what is known of somebody.
    pub fn new(facts: &Facts, rules: &Rules, now: DateTime<Utc>) -> Self {
        let asked = facts.reach.keys().map(|channel| (*channel, of_channel(facts, rules, *channel, now)));
        let (open, closed): (Vec<_>, Vec<_>) = asked.partition(|(_, verdict)| verdict.may_send());
        let block = closed.first().filter(|_| open.is_empty());
        Self {
            can: open.into_iter().map(|(channel, _)| channel).collect(),
            block: block.and_then(|(channel, verdict)| Some((*channel, verdict.first_block()?.1.clone()))),
        }
    }

    /// Channels in words, or why there are none.
    pub fn sentence(&self, terms: &Terms<'_>) -> String {
        match (&self.block, self.can.as_slice()) {
            (Some((channel, obstacle)), _) => obstacle.sentence(*channel, terms),
            (None, []) => "there is no email, phone or device.".to_owned(),
            (None, can) => can.iter().map(|channel| channel.label()).collect::<Vec<_>>().join(", "),
        }
    }
}
