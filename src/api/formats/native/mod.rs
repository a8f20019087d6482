//! The native format: items of `POST /batch`, and the bodies of the addresses about one profile.
//!
//! ```read
//! {"type": "identify", "profile": {"id": "42", "anonymous_id": "a1"}, "as_of": "2026-11-22T08:30:00Z",
//!  "attributes": {"plan": "pro", "trial_ends": null}, "tags": {"add": ["vip"], "remove": []},
//!  "channels": {"email": "ann@example.com", "sms": "+14155550123"},
//!  "devices": [{"token": "t0k", "type": "push", "platform": "ios"}],
//!  "consents": {"newsletter": {"given": true, "document": "v3"}},
//!  "subscriptions": [{"channel": "email", "state": "subscribed"}], "created_at": "2026-01-01T00:00:00Z"}
//! {"type": "event", "id": "e1", "name": "Order Completed", "profile": {"id": "42"}, "kind": "event",
//!  "properties": {"total": 6.07}, "context": {}, "occurred_at": "2026-11-22T08:30:00Z"}
//! {"type": "tag", "profile": {"id": "42"}, "add": ["vip"], "remove": ["trial"]}
//! {"type": "unsubscribe", "profile": {"id": "42"}, "channel": "email", "topic": "news", "reason": "complaint"}
//! {"type": "restrict", "profile": {"id": "42"}, "kind": "paused", "until": "2026-12-03T00:00:00Z", "cause": "request"}
//! {"type": "restrict", "address": {"email": "ann@example.com"}, "kind": "blocked", "cause": "hard_bounce", "words": "550 no such user"}
//! {"type": "segment", "profile": {"id": "42"}, "segment": "0193b2c4-0000-7000-8000-000000000001", "member": false}
//! {"type": "merge", "profile": {"id": "42"}, "from": "id:41"}
//! {"type": "delete", "profile": {"id": "42"}, "block": true}
//! ```
//!
//! Null in `attributes` and `channels` deletes; elsewhere it is as if the field were missing. Unlike in other formats an item is taken
//! whole or not at all: it is refused with the first field that breaks a rule.

mod bodies;
mod message;
mod object;
mod parts;
mod restriction;
mod segment;
#[cfg(test)]
mod tests;
mod webhook;

pub use bodies::{
    delete, read_attributes, read_consent, read_device, read_merge, read_profile, read_question, read_reference,
    read_restriction, read_restriction_of_address, read_subscription, read_tags, read_verdicts, remove_device,
};
pub use message::{MessageSaid, TemplateNamed, Wanted};
pub use object::{Object, in_utc};
pub use parts::SUPPRESSED;
pub use segment::{MembersSaid, SegmentSaid, is_in};
pub use webhook::WebhookSaid;

use serde_json::Value;

use self::object::{at, wrong};
use super::{
    Call, Entry, Malformed,
    reading::{Happened, When, entry, fields, message_id, text},
};
use crate::{
    api::json,
    events::{EventKind, EventName},
    identities::Identifier,
    ingest::{Item, Merge, Person, Statement},
    rejections::{Refused, codes},
    subscriptions::SubscriptionState,
};

/// Items of one call at most.
pub const MOST_ITEMS: usize = 1000;

/// Parses `{"items": […]}`.
///
/// # Errors
/// It is no such object, has another field, or has more than [`MOST_ITEMS`] items.
pub fn read_batch(body: &str, call: &Call) -> Result<Vec<Entry>, Malformed> {
    let mut parts = json::parts(body)?;
    let items = json::items(&mut parts, "items", MOST_ITEMS)?;
    if let Some(name) = parts.keys().next() {
        let message = format!("{name:?} is not a field of the body; it has \"items\" alone");
        return Err(Malformed { code: codes::UNKNOWN_FIELD, message });
    }
    let read = |raw| {
        entry(raw, call.reading, |fields, _| {
            let mut item = Object::whole(fields);
            match item.text("type").map(|given| given.map(|word| (find(&word), word))) {
                Err(refused) => ("unknown", Err(refused)),
                Ok(Some((Some((kind, say)), _))) => (kind, say(item, call)),
                Ok(unknown) => ("unknown", Err(unknown_type(unknown.map(|(_, word)| word)))),
            }
        })
    };
    Ok(items.into_iter().map(read).collect())
}

/// Parses one event.
pub fn read_event(body: &str, call: &Call) -> Result<Vec<Entry>, Malformed> {
    let read = |raw| {
        entry(raw, call.reading, |mut fields, _| {
            if fields.get("type").is_some_and(|kind| kind == "event") {
                fields.remove("type");
            }
            ("event", event(Object::whole(fields), call))
        })
    };
    Ok(vec![read(json::item(body)?)])
}

type Say = fn(Object, &Call) -> Result<Vec<Item>, Refused>;

fn find(kind: &str) -> Option<(&'static str, Say)> {
    Some(match kind {
        "identify" => ("identify", identify),
        "event" => ("event", event),
        "tag" => ("tag", tag),
        "subscribe" => ("subscribe", |item, call| subscription(item, SubscriptionState::Subscribed, call)),
        "unsubscribe" => ("unsubscribe", |item, call| subscription(item, SubscriptionState::Unsubscribed, call)),
        "restrict" => ("restrict", restriction::item),
        "segment" => ("segment", segment::membership),
        "merge" => ("merge", merge),
        "delete" => ("delete", remove),
        _ => return None,
    })
}

fn unknown_type(given: Option<String>) -> Refused {
    let rule = "type must be identify, event, tag, subscribe, unsubscribe, restrict, segment, merge or delete";
    let given: String = given.unwrap_or_else(|| "nothing".to_owned()).chars().take(80).collect();
    Refused::new(codes::UNKNOWN_TYPE, "type", format!("{rule}; got {given:?}"))
}

fn identify(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = parts::person(&mut item, call)?;
    let items = parts::profile(&mut item, &person, call)?;
    item.finish()?;
    Ok(items)
}

fn event(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = parts::person(&mut item, call)?;
    let kind = match item.text("kind")?.as_deref() {
        None | Some("event") => EventKind::Event,
        Some("page") => EventKind::Page,
        Some("screen") => EventKind::Screen,
        Some(other) => return Err(wrong("kind", "must be event, page or screen", &Value::from(other))),
    };
    let id = item.some("id");
    if let Some(given) = id.as_ref().filter(|given| text(given).is_none()) {
        return Err(wrong("id", "must be a text or a number", given));
    }
    let name = item.needed("name")?;
    EventName::new(&name).map_err(at("name"))?;
    // An impossible time becomes the arrival; a value that is no time at all is refused.
    let claimed = item.time("occurred_at")?.map(|at| Value::from(in_utc(at)));
    let when = When::given(call, claimed.as_ref(), None);
    let (properties, context) = (item.object("properties")?.take_all(), item.object("context")?.take_all());
    item.finish()?;
    let told = Happened { kind, name: &name, when: &when, message_id: message_id(id.as_ref()), properties, context };
    Ok(vec![Item { person, as_of: when.at, statement: Statement::Event(told.event()?) }])
}

fn tag(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let (person, as_of) = (parts::person(&mut item, call)?, item.as_of(call)?);
    Ok(vec![Item { person, as_of, statement: parts::tags(item)? }])
}

fn subscription(mut item: Object, state: SubscriptionState, call: &Call) -> Result<Vec<Item>, Refused> {
    let (person, as_of) = (parts::person(&mut item, call)?, item.as_of(call)?);
    Ok(vec![Item { person, as_of, statement: parts::subscription(item, Some(state))? }])
}

fn merge(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = parts::person(&mut item, call)?;
    let said = merged(item, call)?;
    Ok(vec![Item { person, as_of: call.received_at, statement: said }])
}

/// `{"from": "kind:value"}`.
fn merged(mut given: Object, call: &Call) -> Result<Statement, Refused> {
    let from: Vec<Identifier> = vec![parts::reference("from", &given.needed("from")?, call.reading)?];
    given.finish()?;
    Ok(Statement::Merge(Merge { from, joins_known: call.can_merge }))
}

fn remove(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = parts::person(&mut item, call)?;
    let block = item.flag("block")?.unwrap_or(false);
    item.finish()?;
    delete(person, block, call)
}

/// Parses a body as an object.
fn whole(body: &str) -> Result<Object, Refused> {
    fields(body).map(Object::whole)
}

/// One item with a statement about a person, true as of the arrival.
fn one(person: Person, call: &Call, statement: Statement) -> Vec<Item> {
    vec![Item { person, as_of: call.received_at, statement }]
}
