//! What is known of one person.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    db::ids::SourceId,
    identities::Channel,
    ledger::Stamp,
    restrictions::Cause,
    subscriptions::{Begun, Line, Medium, Purpose, Reason, Topic},
};

/// When something was said, and by which source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub at: DateTime<Utc>,
    pub by: SourceId,
}

impl From<&Stamp> for Said {
    fn from(stamp: &Stamp) -> Self {
        Self { at: stamp.time(), by: stamp.source }
    }
}

/// What a person said about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    Yes,
    /// Asked for, but not confirmed yet (S5.2).
    Awaiting,
    No(Reason),
}

/// Why an address takes no messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub cause: Cause,
    /// In the words of the provider, or of who said so.
    pub words: Option<String>,
}

/// An entry of the suppression list for the person or one of their addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Channel of the entry; `None`: all of them.
    pub channel: Option<Medium>,
    pub cause: Cause,
    /// When it ends; `None`: never.
    pub until: Option<DateTime<Utc>>,
    pub said: Said,
}

/// An address or device by which a channel reaches the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Why it takes no messages.
    pub blocked: Option<(Block, Said)>,
}

/// What kith did to have an email confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing yet.
    #[default]
    Not,
    /// It sent a message.
    At(DateTime<Utc>),
    /// It could not, because of this.
    Kept(String),
}

/// What is known of the email that a person has, and of its confirmation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnEmail {
    /// As the person wrote it; `None`: they have none.
    pub shown: Option<String>,
    pub normalised: String,
    /// When the person last confirmed it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// What was ever said of email on the whole.
    pub begun: Begun,
    pub asked: Asked,
}

/// What is known of one person, as far as a verdict depends on it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Since when all notifications are off.
    pub disabled: Option<Said>,
    pub suppressions: Vec<Suppression>,
    /// Channels that have an address or an active device.
    pub reach: BTreeMap<Medium, Reach>,
    /// End of the pause that the person asked for.
    pub paused: Option<(DateTime<Utc>, Said)>,
    pub lines: BTreeMap<Line, (Agreement, Said)>,
    pub email: OwnEmail,
    /// Answers by purpose: whether consent was given.
    pub consents: BTreeMap<Purpose, (bool, Said)>,
}

impl Facts {
    /// Why an address of the person takes no messages; `None`: it does.
    pub fn block_of(&self, channel: Channel) -> Option<&Block> {
        let using = self.reach.iter().find(|(medium, _)| medium.addresses().first() == Some(&channel));
        using.and_then(|(_, reach)| reach.blocked.as_ref()).map(|(block, _)| block)
    }

    /// When the subscription to email was said that waits until the person confirms the email that they have; `None`: none does. `since`: when
    /// the workspace began to ask for it.
    pub fn awaits_confirmation(&self, since: Option<DateTime<Utc>>) -> Option<Said> {
        let (agreement, said) = self.lines.get(&Line::channel(Medium::Email))?;
        let is_new = since.is_some_and(|since| said.at >= since);
        match agreement {
            Agreement::Awaiting => Some(*said),
            Agreement::Yes if is_new && self.email.confirmed_at.is_none() => {
                let is_before = since.is_some_and(|since| self.email.begun.is_before(since));
                (!is_before).then_some(*said)
            }
            Agreement::Yes | Agreement::No(_) => None,
        }
    }

    /// [`Self::awaits_confirmation`], of a subscription that was said since the workspace began to ask: it counts for nothing until then.
    pub fn is_to_confirm(&self, since: Option<DateTime<Utc>>) -> Option<Said> {
        self.awaits_confirmation(since).filter(|said| since.is_some_and(|since| said.at >= since))
    }

    /// Whether they unsubscribed from everything at that time or later, and did not take it back.
    pub fn left_everything_since(&self, at: DateTime<Utc>) -> bool {
        let said = self.lines.get(&Line::everything());
        said.is_some_and(|(agreement, said)| matches!(agreement, Agreement::No(_)) && said.at >= at)
    }

    /// What the person said of a topic on a channel: the newer of what was said of it there and on all channels; of one time the stricter.
    pub fn preference(&self, topic: &Topic, channel: Medium) -> Option<(Agreement, Said)> {
        let here = Line { channel: Some(channel), topic: Some(topic.clone()) };
        let lines = [here, Line::topic(topic.clone())];
        let strictness = |agreement: &Agreement| match agreement {
            Agreement::Yes => 0,
            Agreement::Awaiting => 1,
            Agreement::No(_) => 2,
        };
        let said = lines.iter().filter_map(|line| self.lines.get(line));
        said.max_by_key(|(agreement, said)| (said.at, strictness(agreement))).copied()
    }
}
