//! Bodies and answers as JSON schemas, each written once.

mod answered;
mod messages;
mod segments;
mod sent;

use serde_json::{Map, Value, json};

use crate::{
    api::formats::native::SUPPRESSED,
    identities::Channel,
    restrictions::{Cause, Kind},
    subscriptions::{ALL, Medium, Reason, SubscriptionState},
};

/// Names and schemas of fields.
type Fields = Vec<(&'static str, Value)>;

pub fn all() -> Value {
    let mut all = Map::new();
    for (name, schema) in sent::all().into_iter().chain(answered::all()).chain(segments::all()).chain(messages::all()) {
        all.insert(name.to_owned(), schema);
    }
    Value::Object(all)
}

/// A reference to a schema by its name.
pub fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schema of an object with only these fields, of which the first `needed` are required.
fn object(needed: usize, fields: Fields) -> Value {
    let required: Vec<_> = fields.iter().take(needed).map(|(name, _)| *name).collect();
    let fields: Map<_, _> = fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "required": required, "properties": fields, "additionalProperties": false})
}

/// The schema of an object that always has all of these fields.
fn whole(fields: Fields) -> Value {
    object(fields.len(), fields)
}

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

/// A text of 1 to `most` characters.
fn short(most: usize, about: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most, "description": about})
}

fn maybe(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

fn time(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": about})
}

/// Somebody by a kind and a value.
pub fn reference() -> Value {
    json!({"type": "string", "pattern": "^[a-z0-9_.-]{1,40}:.+$"})
}

/// A time as senders may write it: also as seconds or milliseconds since 1970.
pub fn moment(about: &str) -> Value {
    json!({"type": ["string", "number"], "format": "date-time", "description": about})
}

fn id(about: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": about})
}

fn one_of<'a>(words: impl IntoIterator<Item = &'a str>, about: &str) -> Value {
    json!({"type": "string", "enum": words.into_iter().collect::<Vec<_>>(), "description": about})
}

fn list(of: Value, about: &str) -> Value {
    json!({"type": "array", "items": of, "description": about})
}

fn anything(about: &str) -> Value {
    json!({"type": "object", "additionalProperties": true, "description": about})
}

/// A reference to a schema, with a description.
fn named(name: &str, about: &str) -> Value {
    let mut schema = to(name);
    schema["description"] = about.into();
    schema
}

/// A channel, without "all".
pub fn channels(about: &str) -> Value {
    one_of(Medium::ALL.iter().map(|it| it.as_str()), about)
}

fn mediums(about: &str) -> Value {
    one_of(std::iter::once(ALL).chain(Medium::ALL.iter().map(|it| it.as_str())), about)
}

fn states() -> Value {
    one_of(SubscriptionState::ALL.iter().map(|it| it.as_str()), "Where it stands.")
}

/// States that may be said: `suppressed` is a restriction.
fn said_states() -> Value {
    let words = SubscriptionState::ALL.iter().map(|it| it.as_str()).chain([SUPPRESSED]);
    one_of(words, "Where it stands. Suppressed is kept as a restriction, not as a subscription.")
}

/// Channels that have addresses.
fn addresses(about: &str) -> Value {
    one_of(Channel::ALL.map(Channel::as_str), about)
}

fn restricted() -> Value {
    one_of(Kind::ALL.map(Kind::as_str), "What is kept from them.")
}

fn causes() -> Value {
    one_of(Cause::ALL.map(Cause::as_str), "Why; \"api\" if it is missing.")
}

fn reasons() -> Value {
    one_of(Reason::ALL.iter().map(|it| it.as_str()), "Why; \"api\" if it is missing.")
}

fn maybe_time(about: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": about})
}
