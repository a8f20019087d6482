//! A message that somebody asks for.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    db::ids::{MessageTemplateId, SendingAccountId},
    message_templates::Words,
    subscriptions::{Medium, Topic},
    verdict::{Layer, MessageKind, Question, Verdict},
};

/// Where the words of a message come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Template { id: MessageTemplateId, version: i32 },
    Own(Words),
}

/// A message that somebody asks for, to anybody.
#[derive(Clone, Debug)]
pub struct Draft {
    pub channel: Medium,
    pub account: SendingAccountId,
    pub kind: MessageKind,
    pub topic: Option<Topic>,
    pub content: Content,
    /// What lists show: the template's name, or how its own words begin.
    pub name: String,
    /// What the words call `event`.
    pub event: Map<String, Value>,
    pub due_at: DateTime<Utc>,
    /// Why it goes out without agreement to the channel and without consent (S5.7); `None`: it does not.
    pub unasked: Option<String>,
    /// Whether it asks people to confirm the email that they have: their own act asked for that, so no agreement stands in the way.
    pub is_confirmation: bool,
}

impl Draft {
    /// The question that the verdict answers, at the time of sending.
    pub fn question(&self) -> Question {
        Question { channel: self.channel, kind: self.kind, topic: self.topic.clone(), now: self.due_at }
    }

    /// What it passes.
    pub fn passes(&self) -> Passes {
        Passes::of(self.unasked.is_some(), self.is_confirmation)
    }
}

/// Layers of the verdict that a message passes, whatever they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    Nothing,
    /// Agreement and consent, with a reason (S5.7).
    Agreement,
    /// All that the person wants or not (S5.2).
    Wishes,
}

impl Passes {
    /// What a message passes that goes out without agreement, or asks for a confirmation.
    pub fn of(is_unasked: bool, is_confirmation: bool) -> Self {
        match (is_confirmation, is_unasked) {
            (true, _) => Self::Wishes,
            (false, true) => Self::Agreement,
            (false, false) => Self::Nothing,
        }
    }

    fn passes(self, layer: Layer) -> bool {
        match self {
            Self::Nothing => false,
            Self::Agreement => matches!(layer, Layer::Channel | Layer::Consent),
            Self::Wishes => layer >= Layer::OptedOut,
        }
    }
}

/// The first layer that keeps a message from being sent, of those that it does not pass.
pub fn block(verdict: &Verdict, passes: Passes) -> Option<Layer> {
    let blocks = verdict.layers.iter().filter(|(_, answer)| matches!(answer, crate::verdict::Answer::Blocks(_)));
    blocks.map(|(layer, _)| *layer).find(|layer| !passes.passes(*layer))
}

/// What lists show of a message with words of its own.
pub fn beginning(words: &str) -> String {
    let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let mut name: String = line.chars().take(80).collect();
    if name.len() < line.len() {
        name.push('…');
    }
    name
}
