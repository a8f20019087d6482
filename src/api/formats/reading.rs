//! Parsing that the formats share.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, value::RawValue};
use uuid::Uuid;

use super::{Call, Entry};
use crate::{
    attributes::{AttributeName, AttributeValue},
    events::{Event, EventKind, EventName, MessageId},
    identities::{Address, Addresses, Channel, Identifier, Kind, Reading},
    ingest::{Identify, Item, Means, Person, Statement, in_one_spelling, time, unsubscribed, yes_or_no},
    json,
    ledger::{AHEAD, Invalid},
    registers::Fact,
    rejections::{Refused, codes},
    subscriptions::{Line, Subscription},
    tags::Tag,
};

/// Fields of a JSON object.
pub type Fields = Map<String, Value>;

/// Largest item that is parsed, in bytes of its text: escapes may make it much longer than its content.
const LARGEST_ITEM: usize = 1 << 20;
/// Largest event, in bytes of JSON.
const LARGEST_EVENT: usize = 256 * 1024;
/// Longest message id that is kept as it is, in characters; a longer one is hashed.
const LONGEST_MESSAGE_ID: usize = 100;
/// Time for which an event that has an id, but no time of its own, is recognised as a repeat.
pub const REPEATS_FOR: TimeDelta = TimeDelta::days(60);

/// Kind of an item, and its statements or why it is refused.
pub type Meaning = (&'static str, Result<Vec<Item>, Refused>);

/// Parses one item of a call.
pub fn entry(raw: Box<RawValue>, reading: Reading, read: impl FnOnce(Fields, &mut Skipped) -> Meaning) -> Entry {
    let raw = Box::<str>::from(raw).into_string();
    let mut skipped = Skipped { left: Vec::new(), reading };
    let (kind, said) = match fields(&raw) {
        Ok(fields) => read(fields, &mut skipped),
        Err(refused) => ("unknown", Err(refused)),
    };
    Entry { kind, raw, said, warnings: skipped.left }
}

/// The fields of an item. Refused if it has more than 1 MiB, is not JSON, or is no object.
pub fn fields(raw: &str) -> Result<Fields, Refused> {
    if raw.len() > LARGEST_ITEM {
        let message = format!("the item must have at most 1 MiB; got {} bytes", raw.len());
        return Err(Refused::new(codes::TOO_LARGE, "", message));
    }
    match json::parse(raw) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => {
            Err(Refused::new(codes::INVALID_JSON, "", format!("the item must be an object; got {}", show(&other))))
        }
        Err(problem) => Err(Refused::new(codes::INVALID_JSON, "", format!("the item cannot be read: {problem}"))),
    }
}

/// Values of an item that are left out, and why.
pub struct Skipped {
    left: Vec<Refused>,
    reading: Reading,
}

impl Skipped {
    /// Values kept of one item: ten thousand bad tags are not ten thousand messages.
    const MOST: usize = 20;

    /// The value, if it is valid; else leaves it out.
    pub fn keep<T>(&mut self, read: Result<T, Invalid>) -> Option<T> {
        read.map_or_else(|invalid| self.leave(invalid.into()), Some)
    }

    /// Leaves a value out.
    pub fn leave<T>(&mut self, refused: Refused) -> Option<T> {
        if self.left.len() < Self::MOST {
            self.left.push(refused);
        }
        None
    }

    /// An object; a missing one is empty.
    pub fn object(&mut self, field: &str, given: Option<Value>) -> Fields {
        match given {
            Some(Value::Object(fields)) => fields,
            None | Some(Value::Null) => Fields::new(),
            Some(other) => {
                self.leave::<()>(Invalid::new(field, "must be an object", &show(&other)).into());
                Fields::new()
            }
        }
    }

    /// A boolean, as senders write it; `None` for null.
    pub fn flag(&mut self, field: &str, given: &Value) -> Option<bool> {
        match given {
            Value::Null => None,
            given => {
                let rule = "must be yes or no, true or false, 1 or 0";
                self.keep(yes_or_no(given).ok_or_else(|| Invalid::new(field, rule, &show(given))))
            }
        }
    }

    /// Adds attributes to `identify`, and what reserved ones mean; null deletes an attribute. Returns the subscriptions that are among
    /// them.
    pub fn attributes(&mut self, given: Fields, identify: &mut Identify) -> Vec<(Line, Subscription)> {
        let mut subscriptions = Vec::new();
        for (name, means, value) in in_one_spelling(given) {
            match means {
                Means::Attribute => {}
                // The attribute is the address: what is none is neither.
                Means::Address(channel) => {
                    if !self.address(channel, &value, identify) {
                        continue;
                    }
                }
                Means::CreatedAt => {
                    let read = text(&value).map(|text| time("created_at", &text));
                    // An impossible day, as of a clock that was never set, is an attribute like any other.
                    if let Some(at) = read.and_then(|read| self.keep(read)).filter(|at| *at >= EARLIEST) {
                        identify.created_at = Some(at);
                        continue;
                    }
                }
                Means::Unsubscribed => {
                    subscriptions.extend(self.flag(&name, &value).map(unsubscribed));
                    continue;
                }
            }
            let Some(name) = self.keep(AttributeName::new(&name)) else { continue };
            let value = match value {
                Value::Null => None,
                value => match self.keep(AttributeValue::new(&name, value)) {
                    Some(value) => Some(value),
                    None => continue,
                },
            };
            identify.attributes.push((name, value));
        }
        subscriptions
    }

    /// Adds an address to `identify`; null deletes it, and a blank one is ignored. Returns whether it said anything.
    pub fn address(&mut self, channel: Channel, given: &Value, identify: &mut Identify) -> bool {
        let address = match given {
            Value::Null => None,
            given => match text(given) {
                Some(text) => match self.keep(Address::read(channel, &text, self.reading)) {
                    Some(address) => Some(address),
                    None => return false,
                },
                None if matches!(given, Value::String(_)) => return false,
                None => {
                    let field = if channel == Channel::Email { "email" } else { "phone" };
                    self.leave::<()>(Invalid::new(field, "must be a text", &show(given)).into());
                    return false;
                }
            },
        };
        identify.facts.push(Fact::new::<Addresses>(channel, address));
        true
    }

    /// Tags from a list of texts, or from one text.
    pub fn tags(&mut self, given: Option<&Value>) -> Vec<Tag> {
        let one = |value: &Value, skipped: &mut Self| match text(value) {
            Some(text) => skipped.keep(Tag::new(&text)),
            None => skipped.keep(Err(Invalid::new("tags", "must be texts", &show(value)))),
        };
        match given {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(tags)) => tags.iter().filter_map(|tag| one(tag, self)).collect(),
            Some(tag) => one(tag, self).into_iter().collect(),
        }
    }
}

/// A text or a number as text, equal for equal numbers; `None` for a blank one or any other type.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(json::digits(number.as_str())),
        _ => None,
    }
}

/// An identifier in a field. Null and blanks count as missing; numbers are taken as text.
pub fn identifier(
    kind: Kind,
    field: &str,
    given: Option<&Value>,
    reading: Reading,
) -> Result<Option<Identifier>, Refused> {
    let wrong = |invalid: Invalid| Refused::from(Invalid { field: field.to_owned(), ..invalid });
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match text(value) {
            Some(text) => Identifier::read(kind, &text, reading).map(Some).map_err(wrong),
            None if matches!(value, Value::String(_)) => Ok(None),
            None => Err(Invalid::new(field, "must be a text or a number", &show(value)).into()),
        },
    }
}

/// A value as messages quote it.
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}

/// Time of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The time to use.
    pub at: DateTime<Utc>,
    /// Whether the sender gave it, and would give it again in a repeat.
    pub is_own: bool,
    /// The time that the sender gave, where it is impossible.
    pub claimed: Option<String>,
}

impl When {
    /// The arrival, for a statement without a time of its own.
    pub fn arrival(call: &Call) -> Self {
        Self { at: call.received_at, is_own: false, claimed: None }
    }

    /// The time that a sender gave, unless it is impossible: unreadable, before 2000, or more than ten minutes ahead; then the arrival.
    /// Where the clock of a browser or device is off by more than a minute, as `sent_at` shows, the time is corrected.
    pub fn given(call: &Call, given: Option<&Value>, sent_at: Option<DateTime<Utc>>) -> Self {
        let Some(claimed) = given.filter(|given| !given.is_null()) else { return Self::arrival(call) };
        let claim = text(claimed).unwrap_or_default();
        let Ok(own) = time("timestamp", &claim) else {
            return Self { claimed: Some(show(claimed).chars().take(80).collect()), ..Self::arrival(call) };
        };
        let skew = sent_at.map_or(TimeDelta::zero(), |sent| call.received_at - sent);
        let is_own = skew.abs() <= TimeDelta::seconds(60);
        let at = if is_own { own } else { own + skew };
        if at > call.received_at + AHEAD || at < EARLIEST {
            return Self { claimed: Some(claim), ..Self::arrival(call) };
        }
        Self { at, is_own, claimed: None }
    }

    /// Time for which an event with an id, but without a lasting time, is recognised as a repeat.
    fn repeats_within(&self) -> Option<TimeDelta> {
        (!self.is_own).then_some(REPEATS_FOR)
    }
}

/// The beginning of 2000. An earlier time comes from a clock that was never set.
pub const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("is a time");

/// The message id that a sender gave; a long one becomes its hash.
pub fn message_id(given: Option<&Value>) -> Option<MessageId> {
    let id = text(given?)?;
    if id.chars().count() > LONGEST_MESSAGE_ID {
        return Some(hashed(&id));
    }
    Some(MessageId(id))
}

/// A message id that is the hash of `text`, which must be equal for repeats.
pub fn hashed(text: &str) -> MessageId {
    MessageId(Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string())
}

/// An event as parsed, before it is checked.
pub struct Happened<'a> {
    /// Kind of event.
    pub kind: EventKind,
    /// Name of the event.
    pub name: &'a str,
    /// Time of the event.
    pub when: &'a When,
    /// Message id that the sender gave.
    pub message_id: Option<MessageId>,
    /// Properties of the event.
    pub properties: Fields,
    /// Context of the event.
    pub context: Fields,
}

impl Happened<'_> {
    /// Checks the event. Refused if the name or a property breaks a rule, or if properties and context together exceed 256 KiB.
    pub fn event(mut self) -> Result<Event, Refused> {
        if let Some(claimed) = &self.when.claimed {
            self.context.insert("claimed_time".to_owned(), Value::from(claimed.as_str()));
        }
        let name = EventName::new(self.name)?;
        let length = |fields: &Fields| serde_json::to_string(fields).map_or(0, |text| text.len());
        let length = length(&self.properties) + length(&self.context);
        if length > LARGEST_EVENT {
            let message = format!("properties and context must have at most 256 KiB together; got {length} bytes");
            return Err(Refused::new(codes::TOO_LARGE, "properties", message));
        }
        let repeats_within = self.message_id.as_ref().and_then(|_| self.when.repeats_within());
        let event = Event::new(name, self.when.at, self.message_id, self.properties)?;
        Ok(Event { kind: self.kind, repeats_within, context: self.context, ..event })
    }
}

/// A statement about one person.
pub fn item(person: &Person, at: DateTime<Utc>, statement: Statement) -> Item {
    Item { person: person.clone(), as_of: at, statement }
}
