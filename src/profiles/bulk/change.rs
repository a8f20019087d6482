//! What can be done to several people at once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sending::Sending;
use crate::{
    attributes::{self, AttributeName, AttributeValue},
    auth::Permission,
    db::ids::SegmentId,
    ingest::{Identify, Statement},
    ledger::{Effect, Invalid},
    messages::Status,
    registers::Fact,
    restrictions::{Cause, Held, Key, Restrictions},
    segments::Choices,
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState},
    tags::Tag,
    words::words,
};

words! {
    /// What to do, as somebody chooses it.
    pub enum What {
        Tag = "tag", "Add a tag";
        Untag = "untag", "Remove a tag";
        Set = "set", "Set an attribute";
        Choose = "choose", "Choose for a segment";
        Unchoose = "unchoose", "Remove from a segment";
        Unsubscribe = "unsubscribe", "Unsubscribe";
        Send = "send", "Send a message";
        Suppress = "suppress", "Suppress messages";
        TurnOff = "turn-off", "Turn off all messages";
        TurnOn = "turn-on", "Turn messages on again";
        Erase = "erase", "Erase";
    }
}

impl What {
    /// What it does, for whoever chooses.
    pub fn about(self) -> &'static str {
        match self {
            Self::Tag => "Whoever has it already keeps it.",
            Self::Untag => "Whoever does not have it stays as they are.",
            Self::Set => "The value replaces the present one.",
            Self::Choose => "A segment of chosen people, or a new one with those who are found now.",
            Self::Unchoose => "A segment of chosen people.",
            Self::Unsubscribe => "From one channel, or from everything.",
            Self::Send => "From a template, to everybody who may be sent it.",
            Self::Suppress => "Puts the people on the suppression list.",
            Self::TurnOff => "Nobody can message them, until messages are turned on again.",
            Self::TurnOn => "People who complained or asked for it stay turned off.",
            Self::Erase => "Deletes the profiles for good.",
        }
    }

    /// The permission that it needs, for several people as for one.
    pub fn permission(self) -> Permission {
        match self {
            Self::Tag | Self::Untag | Self::Set | Self::Choose | Self::Unchoose => Permission::EditProfiles,
            Self::Unsubscribe | Self::Suppress | Self::TurnOff | Self::TurnOn => Permission::ChangeSubscriptions,
            Self::Send => Permission::SendMessages,
            Self::Erase => Permission::Erase,
        }
    }

    /// Whether the reason for it must be said.
    pub fn needs_reason(self) -> bool {
        self.permission() == Permission::ChangeSubscriptions
    }

    /// Whether whoever was changed by others after they were chosen is left alone: it cannot be undone, or it loosens.
    pub fn spares_changed(self) -> bool {
        matches!(self, Self::TurnOn | Self::Erase)
    }
}

/// A change with its particulars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Change {
    Tag {
        tag: String,
    },
    Untag {
        tag: String,
    },
    Set {
        name: String,
        value: Value,
    },
    Choose {
        segment: SegmentId,
        name: String,
        /// Whether the segment is made when the change begins.
        is_new: bool,
    },
    Unchoose {
        segment: SegmentId,
        name: String,
    },
    /// From a channel; `None`: from everything.
    Unsubscribe {
        channel: Option<Medium>,
    },
    Send(Sending),
    /// On a channel; `None`: on all of them.
    Suppress {
        channel: Option<Medium>,
    },
    TurnOff,
    TurnOn,
    Erase,
}

impl Change {
    pub fn what(&self) -> What {
        match self {
            Self::Tag { .. } => What::Tag,
            Self::Untag { .. } => What::Untag,
            Self::Set { .. } => What::Set,
            Self::Choose { .. } => What::Choose,
            Self::Unchoose { .. } => What::Unchoose,
            Self::Unsubscribe { .. } => What::Unsubscribe,
            Self::Send(_) => What::Send,
            Self::Suppress { .. } => What::Suppress,
            Self::TurnOff => What::TurnOff,
            Self::TurnOn => What::TurnOn,
            Self::Erase => What::Erase,
        }
    }

    /// What is said of each person; `None`: nothing, they are sent a message.
    ///
    /// # Errors
    /// The stored change breaks a rule of today.
    pub fn statement(&self) -> Result<Option<Statement>, Invalid> {
        let restriction = |key, held| Statement::from(Fact::new::<Restrictions>(key, held));
        let member = |segment: SegmentId, is_member: bool| Fact::new::<Choices>(segment, is_member).into();
        Ok(Some(match self {
            Self::Send(_) => return Ok(None),
            Self::Tag { tag } => Statement::Tags { add: vec![Tag::new(tag)?], remove: Vec::new() },
            Self::Untag { tag } => Statement::Tags { add: Vec::new(), remove: vec![Tag::stored(tag.clone())] },
            Self::Set { name, value } => {
                let name = AttributeName::new(name)?;
                let value = AttributeValue::new(&name, value.clone())?;
                Statement::Identify(Identify { attributes: vec![(name, Some(value))], ..Identify::default() })
            }
            Self::Choose { segment, .. } => member(*segment, true),
            Self::Unchoose { segment, .. } => member(*segment, false),
            Self::Unsubscribe { channel } => {
                let said = Subscription { state: SubscriptionState::Unsubscribed, reason: Reason::User };
                Statement::Subscription(Line { channel: *channel, topic: None }, said)
            }
            Self::Suppress { channel } => restriction(Key::Suppressed(*channel, None), Some(Held::by(Cause::Manual))),
            Self::TurnOff => restriction(Key::Disabled, Some(Held::by(Cause::Manual))),
            Self::TurnOn => restriction(Key::Disabled, None),
            Self::Erase => Statement::Delete { block: false },
        }))
    }

    /// "Add the tag vip to", to be followed by the people. It goes into the ledger and the audit log, so it has no value.
    pub fn begins(&self) -> String {
        let of = |channel: &Option<Medium>| channel.map_or("all channels", Medium::label);
        match self {
            Self::Tag { tag } => format!("Add the tag {tag} to"),
            Self::Untag { tag } => format!("Remove the tag {tag} from"),
            Self::Set { name, .. } => format!("Set {} for", AttributeName::humanise(name)),
            Self::Choose { name, .. } => format!("Choose for the segment {name}:"),
            Self::Unchoose { name, .. } => format!("Remove from the segment {name}:"),
            Self::Unsubscribe { channel: None } => "Unsubscribe from everything:".to_owned(),
            Self::Unsubscribe { channel: Some(channel) } => format!("Unsubscribe from {}:", channel.label()),
            Self::Send(sending) => format!("Send “{}” to", sending.name),
            Self::Suppress { channel } => format!("Suppress messages on {} to", of(channel)),
            Self::TurnOff => "Turn off all messages to".to_owned(),
            Self::TurnOn => "Turn on messages to".to_owned(),
            Self::Erase => "Erase".to_owned(),
        }
    }
}

impl Change {
    /// The value that an attribute is set to.
    pub fn value(&self) -> Option<String> {
        if let Self::Set { value, .. } = self { Some(attributes::show(value)) } else { None }
    }

    /// The message that people are sent.
    pub fn sending(&self) -> Option<&Sending> {
        if let Self::Send(sending) = self { Some(sending) } else { None }
    }

    /// The segment that people are chosen for.
    pub fn segment(&self) -> Option<SegmentId> {
        if let Self::Choose { segment, .. } = self { Some(*segment) } else { None }
    }
}

words! {
    /// What became of one of the people.
    pub enum Became {
        Changed = "changed", "Changed";
        Already = "already", "Already so, or something newer was said";
        /// Their own wish, which only somebody who looks at it lifts.
        Asked = "asked", "Message on its way";
        Dropped = "dropped", "No message: it may not be sent to them";
        Kept = "kept", "Left off: they complained or asked for it";
        /// Spared, because others changed them after they were chosen.
        ChangedSince = "changed-since", "Not touched: changed by others since the list was made";
        Merged = "merged", "Not touched: merged into another profile since the list was made";
        Gone = "gone", "Not touched: erased since the list was made";
        Refused = "refused", "Refused: the profile has no room for it, or the value is not allowed";
    }
}

impl Became {
    /// What it means that the message to somebody has this status.
    pub fn of_message(status: Status) -> Self {
        if status == Status::Dropped { Self::Dropped } else { Self::Asked }
    }

    /// What the effect of the statement means.
    pub fn of(effect: Effect) -> Self {
        match effect {
            Effect::Created | Effect::Changed => Self::Changed,
            Effect::Unchanged => Self::Already,
            Effect::Missing | Effect::Erased | Effect::Blocked => Self::Gone,
            _ => Self::Refused,
        }
    }
}
