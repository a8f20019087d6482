//! A message and its steps, as stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Content, Status};
use crate::{
    db::ids::{MessageId, ProfileId, SendingAccountId, SourceId},
    subscriptions::{Medium, Topic},
    verdict::{MessageKind, Told},
};

/// The text of a message as it was sent, but for sensitive values, which are hidden, and for links of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentText {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// A step of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub status: Status,
    pub at: DateTime<Utc>,
    /// Number of the attempt; 0 before the first.
    pub attempt: i32,
    /// The provider's, or the layer of the verdict.
    pub code: Option<String>,
    pub words: Option<String>,
    /// Where a click led.
    pub link: Option<String>,
    /// Whether a program did it, not the person: then it counts for nothing.
    pub is_machine: bool,
}

/// A message with all that is known of it.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub profile: ProfileId,
    pub channel: Medium,
    pub kind: MessageKind,
    pub topic: Option<Topic>,
    pub account: SendingAccountId,
    /// `None`: words of its own, which are kept no more.
    pub content: Option<Content>,
    pub name: String,
    /// Who asked for it.
    pub by: SourceId,
    pub unasked: Option<String>,
    pub status: Status,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub attempts: i32,
    pub address: Option<String>,
    pub language: Option<String>,
    /// `None`: it was not sent yet, or is kept no more.
    pub sent_text: Option<SentText>,
    pub provider_id: Option<String>,
    /// What the verdict said when it was last asked.
    pub verdict: Option<Told>,
    /// Oldest first.
    pub steps: Vec<Step>,
}
