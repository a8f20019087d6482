//! Events and their parts, checked.

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
/// Most bytes of properties, as JSON.
const LARGEST: usize = 256 * 1024;

/// A checked event name: 1 to 256 characters, no line ends. Upper and lower case stay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName(String);

impl EventName {
    /// Checks and trims a name.
    ///
    /// # Errors
    /// The name is empty, has more than 256 characters, or has line ends or other control characters.
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let name = given.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
            return Err(Invalid::new("event", "must have 1 to 256 characters and no line breaks", given));
        }
        Ok(Self(name.to_owned()))
    }

    /// Text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The sender's own id of an event; an event with the same id is a repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId(pub String);

impl MessageId {
    /// Id of the event: UUID version 5 of environment and message id.
    pub fn event_id(&self, environment: EnvironmentId) -> EventId {
        let scope = Uuid::new_v5(&Uuid::NAMESPACE_OID, &environment.0.to_be_bytes());
        EventId(Uuid::new_v5(&scope, self.0.as_bytes()))
    }
}

/// Kind of an event. Events of different kinds may have the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Any event but those below.
    #[default]
    Event,
    /// A page of a site was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
}

impl EventKind {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Page => "page",
            Self::Screen => "screen",
        }
    }
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Kind of the event.
    pub kind: EventKind,
    /// Name of the event.
    pub name: EventName,
    /// Time of the event.
    pub occurred_at: DateTime<Utc>,
    /// The sender's id of the event; `None` if it has none.
    pub message_id: Option<MessageId>,
    /// How long an equal [`MessageId`] is a repeat, where the sender gives no time or no ids; `None`: for ever with the same time, and
    /// where the event comes late with any.
    pub repeats_within: Option<TimeDelta>,
    /// Properties of the event, at most 256 KiB of JSON.
    pub properties: Map<String, Value>,
    /// Context of the event: address, page, device, campaign.
    pub context: Map<String, Value>,
    /// Whether staff added the event: then it is no sign that the person was there.
    pub is_of_staff: bool,
}

impl Event {
    /// Checks the properties.
    ///
    /// # Errors
    /// The properties have more than 256 KiB as JSON, more than 64 levels, or a key that begins with `$serde_json::private::`.
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
        Ok(Self { kind, name, occurred_at, message_id, repeats_within, properties, context, is_of_staff: false })
    }
}
