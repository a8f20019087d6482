//! Entries as JSON, so that a test shows all of each.

use serde_json::{Map, Value, json};

use super::{Call, Entry};
use crate::{
    events::Event,
    identities::{Addresses, Devices, Identifier, Reading},
    ingest::{Identify, Item, Person, Statement},
    registers::Fact,
    restrictions::Restrictions,
    subscriptions::Consents,
};

/// Arrival of all calls in tests.
pub const NOW: &str = "2026-11-22T08:30:00Z";

/// A call by a server.
pub fn server() -> Call {
    Call {
        received_at: NOW.parse().unwrap(),
        is_browser: false,
        can_merge: true,
        can_delete: true,
        reading: Reading::default(),
    }
}

/// A call by a browser.
pub fn browser() -> Call {
    Call { is_browser: true, can_merge: false, can_delete: false, ..server() }
}

/// The statements of an entry, without empty parts. `as_of` is shown only where it is not [`NOW`].
pub fn said(entry: &Entry) -> Value {
    match &entry.said {
        Ok(items) => items.iter().map(shape).collect(),
        Err(refused) => json!({"refused": refused.code, "field": refused.field}),
    }
}

/// The fields of the values that an entry leaves out.
pub fn left_out(entry: &Entry) -> Vec<&str> {
    entry.warnings.iter().map(|refused| refused.field.as_str()).collect()
}

fn shape(item: &Item) -> Value {
    let mut shape = match &item.statement {
        Statement::Identify(said) => identify(said),
        Statement::Event(said) => event(said),
        Statement::Tags { add, remove } => without_empty(json!({
            "add": add.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
            "remove": remove.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        })),
        Statement::Subscription(line, said) => without_empty(json!({
            "channel": line.channel_text(),
            "topic": line.topic.as_ref().map(|topic| topic.as_str()),
            "state": said.state.as_str(),
            "reason": said.reason.as_str(),
        })),
        Statement::Restriction(stop, held) => json!({"restriction": format!("{stop:?}"), "held": held}),
        Statement::Merge(merge) => json!({"merge": names(&merge.from), "joins_known": merge.joins_known}),
        Statement::Delete { block } => json!({"delete": true, "block": block}),
        Statement::Note(_) | Statement::MergeProfile(_) | Statement::Correct(_) | Statement::Release(_) => {
            json!("of the console")
        }
    };
    let who = match &item.person {
        Person::Profile(profile) => json!(profile.0),
        Person::Identifiers(known) => json!(names(known)),
        Person::Addressed(known, ..) => json!(names(known)),
        Person::Reached(channel, address) => json!(format!("{} {}", channel.as_str(), address.shown)),
    };
    shape["who"] = who;
    if item.as_of != server().received_at {
        shape["at"] = json!(item.as_of);
    }
    shape
}

fn names(identifiers: &[Identifier]) -> Vec<String> {
    identifiers.iter().map(|known| format!("{}:{}", known.kind.as_str(), known.value)).collect()
}

fn identify(said: &Identify) -> Value {
    let attributes: Map<_, _> = said
        .attributes
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), value.as_ref().map_or(Value::Null, |value| value.json().clone()))
        })
        .collect();
    let defaults: Map<_, _> =
        said.defaults.iter().map(|(name, value)| (name.as_str().to_owned(), value.json().clone())).collect();
    let lists: Vec<_> = said.list_entries.iter().map(|(name, entry)| json!([name.as_str(), entry])).collect();
    let addresses: Map<_, _> = said
        .facts
        .iter()
        .filter_map(Fact::of::<Addresses>)
        .map(|(channel, address)| (channel.to_string(), json!(address.as_ref().map(|address| &address.shown))))
        .collect();
    let devices: Map<_, _> = said
        .facts
        .iter()
        .filter_map(Fact::of::<Devices>)
        .map(|(token, owned)| (token.to_string(), json!(owned.device)))
        .collect();
    let consents: Map<_, _> = said
        .facts
        .iter()
        .filter_map(Fact::of::<Consents>)
        .map(|(purpose, consent)| {
            let mut shape = json!(consent);
            if let Some(at) = consent.as_of {
                shape["as_of"] = json!(at);
            }
            (purpose.to_string(), shape)
        })
        .collect();
    let restrictions: Map<_, _> = said
        .facts
        .iter()
        .filter_map(Fact::of::<Restrictions>)
        .map(|(key, held)| (key.to_string(), json!(held)))
        .collect();
    let mut shape = without_empty(json!({
        "restrictions": restrictions, "attributes": attributes, "defaults": defaults, "lists": lists, "addresses": addresses, "devices": devices,
        "consents": consents, "created_at": said.created_at,
    }));
    if shape == json!({}) {
        shape["identify"] = json!(true);
    }
    shape
}

fn event(said: &Event) -> Value {
    let mut shape = without_empty(json!({
        "id": said.message_id.as_ref().map(|id| &id.0),
        "repeats_for": said.repeats_within.map(|time| time.num_minutes()),
        "properties": said.properties, "context": said.context,
    }));
    shape[format!("{:?}", said.kind).to_lowercase()] = json!(said.name.as_str());
    if said.occurred_at != server().received_at {
        shape["occurred_at"] = json!(said.occurred_at);
    }
    shape
}

fn without_empty(mut shape: Value) -> Value {
    if let Value::Object(fields) = &mut shape {
        fields.retain(|_, value| ![json!(null), json!([]), json!({})].contains(value));
    }
    shape
}
