use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    db::ids::{EnvironmentId, EventId},
    json,
    ledger::Invalid,
};

/// Longest name, in characters (M12.2).
const LONGEST_NAME: usize = 256;
/// Largest set of properties, in bytes of JSON.
const LARGEST: usize = 256 * 1024;

/// A checked event name: 1 to 256 characters, no line ends. Its case is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName(String);

impl EventName {
    /// Checks a name.
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let name = given.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
            return Err(Invalid::new("event", "must have 1 to 256 characters and no line ends", given));
        }
        Ok(Self(name.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The sender's own id of an event, which makes repeats of it the same event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId(pub String);

impl MessageId {
    /// The event's id: version 5, of environment and message id.
    pub fn event_id(&self, environment: EnvironmentId) -> EventId {
        let scope = Uuid::new_v5(&Uuid::NAMESPACE_OID, &environment.0.to_be_bytes());
        EventId(Uuid::new_v5(&scope, self.0.as_bytes()))
    }
}

/// What sort of event it is: a page and a screen may have the name of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Anything that happens.
    #[default]
    Event,
    /// A page of a site was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
}

impl EventKind {
    /// As in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Page => "page",
            Self::Screen => "screen",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What sort of thing.
    pub kind: EventKind,
    /// What.
    pub name: EventName,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The sender's id of it, if it has one.
    pub message_id: Option<MessageId>,
    /// Where the sender gave no time, or has no ids: how long something with the same [`MessageId`] is a repeat of it.
    pub repeats_within: Option<TimeDelta>,
    /// The particulars.
    pub properties: Map<String, Value>,
    /// What surrounded it: address, page, device, campaign.
    pub context: Map<String, Value>,
}

impl Event {
    /// Checks the particulars: at most 256 KiB of JSON.
    pub fn new(
        name: EventName,
        occurred_at: DateTime<Utc>,
        message_id: Option<MessageId>,
        properties: Map<String, Value>,
    ) -> Result<Self, Invalid> {
        let mut properties = Value::Object(properties);
        json::clean(&mut properties).map_err(|rule| Invalid::new("properties", rule, "other properties"))?;
        if properties.to_string().len() > LARGEST {
            return Err(Invalid::new("properties", "must have at most 256 KiB", "larger properties"));
        }
        let Value::Object(properties) = properties else { unreachable!("made from an object above") };
        let (kind, repeats_within, context) = (EventKind::Event, None, Map::new());
        Ok(Self { kind, name, occurred_at, message_id, repeats_within, properties, context })
    }
}
