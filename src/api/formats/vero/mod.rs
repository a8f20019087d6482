//! Vero's Track API, version 2: one call, one statement. Only events have a time of their own.
//!
//! Null counts as missing for `id`, `email` and `data`; within `data` and `changes` it deletes. An email without an id stands in for it: it
//! names whoever alone has that address, and is the id of a person whom nobody knows yet (V1.6).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Call, Entry, Malformed,
    reading::{Fields, Happened, Skipped, When, entry, hashed, identifier, item, show, text},
};
use crate::{
    api::json,
    events::EventKind,
    identities::{Address, Channel, Device, DeviceKind, Devices, Identifier, Kind, Reading, Token},
    ingest::{Identify, Item, Merge, Person, Statement},
    ledger::Invalid,
    registers::Fact,
    rejections::{Refused, codes},
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
};

/// Time for which the same event is a repeat: Vero's events have no ids.
const REPEATS_FOR: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// Fields of a body that are no statement.
const KEYS: [&str; 3] = ["auth_token", "tracking_api_key", "development_mode"];

/// Endpoint of a call, by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `users/track`
    Identify,
    /// `users/edit`
    Edit,
    /// `users/tags/edit`
    Tags,
    /// `users/unsubscribe`
    Unsubscribe,
    /// `users/resubscribe`
    Resubscribe,
    /// `users/reidentify`
    Reidentify,
    /// `users/delete`
    Delete,
    /// `events/track`
    Track,
}

/// A parsed call.
pub struct Read {
    /// Its only entry.
    pub entries: Vec<Entry>,
    /// Whether it is for the test environment, even if its key is for live.
    pub is_development: bool,
}

/// Parses a call, in JSON or form-encoded.
pub fn read(endpoint: Endpoint, body: &str, call: &Call) -> Result<Read, Malformed> {
    let mut parts = match json::parts(body) {
        Ok(parts) => parts,
        Err(malformed) => form(body).ok_or(malformed)?,
    };
    let is_development = parts.get("development_mode").is_some_and(|flag| flag.get().trim_matches('"') == "true");
    // The raw text is kept and shown, and must not hold the key.
    parts.retain(|name, _| !KEYS.contains(&name.as_str()));
    let entries = vec![entry(json::raw(&parts)?, call.reading, |fields, skipped| {
        let (kind, say) = endpoint.say();
        (kind, say(fields, call, skipped))
    })];
    Ok(Read { entries, is_development })
}

/// The fields of a form. Objects, lists and words of JSON are parsed as JSON, all else is text.
fn form(body: &str) -> Option<json::Parts> {
    let is_form = body.contains('=') && !body.trim_start().starts_with(['{', '[', '"']);
    let field = |name: String, value: String| {
        let is_json = value.starts_with(['{', '[', '"']) || ["null", "true", "false"].contains(&value.as_str());
        let sent = is_json.then(|| crate::json::parse(&value).ok()).flatten().unwrap_or(Value::String(value));
        Some((name, json::raw(&sent).ok()?))
    };
    let fields = form_urlencoded::parse(body.as_bytes()).into_owned();
    is_form.then(|| fields.filter_map(|(name, value)| field(name, value)).collect::<BTreeMap<_, _>>())
}

type Say = fn(Fields, &Call, &mut Skipped) -> Result<Vec<Item>, Refused>;

impl Endpoint {
    /// All endpoints.
    pub const ALL: [Self; 8] = [
        Self::Identify,
        Self::Edit,
        Self::Tags,
        Self::Unsubscribe,
        Self::Resubscribe,
        Self::Reidentify,
        Self::Delete,
        Self::Track,
    ];

    fn say(self) -> (&'static str, Say) {
        match self {
            Self::Identify => ("identify", |fields, call, skipped| identify("data", fields, call, skipped)),
            Self::Edit => ("edit", |fields, call, skipped| identify("changes", fields, call, skipped)),
            Self::Tags => ("tags", tags),
            Self::Unsubscribe => {
                ("unsubscribe", |fields, call, _| subscription(SubscriptionState::Unsubscribed, &fields, call))
            }
            Self::Resubscribe => {
                ("resubscribe", |fields, call, _| subscription(SubscriptionState::Subscribed, &fields, call))
            }
            Self::Reidentify => ("reidentify", reidentify),
            Self::Delete => ("delete", delete),
            Self::Track => ("track", track),
        }
    }
}

fn missing(field: &str, message: &str) -> Refused {
    Refused::new(codes::MISSING_ID, field, message)
}

/// The identifier of a call's person: the id, else the email as id.
fn known(fields: &Fields, reading: Reading) -> Result<Identifier, Refused> {
    if let Some(id) = identifier(Kind::Id, "id", fields.get("id"), reading)? {
        return Ok(id);
    }
    identifier(Kind::Id, "email", fields.get("email"), reading)?
        .ok_or_else(|| missing("id", "id or email must be given; got neither"))
}

/// The call's person: whoever has the id, else whoever has the email.
fn person(fields: &Fields, reading: Reading) -> Result<Person, Refused> {
    let known = known(fields, reading)?;
    Ok(match address_alone(fields, reading)? {
        Some(address) => Person::Addressed(vec![known], Channel::Email, address),
        None => Person::Identifiers(vec![known]),
    })
}

/// The email address, where it stands in for the id.
fn address_alone(fields: &Fields, reading: Reading) -> Result<Option<Address>, Refused> {
    let has_id = identifier(Kind::Id, "id", fields.get("id"), reading)?.is_some();
    let email = fields.get("email").and_then(text).filter(|_| !has_id);
    Ok(email.and_then(|email| Address::new(Channel::Email, &email).ok()))
}

/// Adds the email address to `said`.
fn email(fields: &Fields, said: &mut Identify, skipped: &mut Skipped) {
    if let Some(given) = fields.get("email").filter(|given| !given.is_null()) {
        skipped.address(Channel::Email, given, said);
    }
}

fn identify(data: &str, mut fields: Fields, call: &Call, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let person = person(&fields, call.reading)?;
    let mut said = Identify::default();
    email(&fields, &mut said, skipped);
    let mut attributes = skipped.object(data, fields.remove(data));
    if let Some(phone) = attributes.remove("phone_number") {
        skipped.address(Channel::Sms, &phone, &mut said);
    }
    let subscriptions = skipped.attributes(attributes, &mut said);
    match fields.remove("channels") {
        None | Some(Value::Null) => {}
        Some(Value::Array(channels)) => {
            let devices = channels.iter().filter_map(|given| skipped.keep(device(given)));
            said.facts.extend(devices.map(|(token, device)| Fact::new::<Devices>(token, device)));
        }
        Some(other) => {
            skipped.leave::<()>(Invalid::new("channels", "must be a list", &show(&other)).into());
        }
    }
    let at = call.received_at;
    let mut items = vec![item(&person, at, Statement::Identify(said))];
    items.extend(subscriptions.into_iter().map(|(line, said)| item(&person, at, Statement::Subscription(line, said))));
    Ok(items)
}

/// A device from one of the `channels`. A call adds devices and never replaces the list.
fn device(given: &Value) -> Result<(Token, Option<Device>), Invalid> {
    let field = |name: &str| given.get(name).and_then(text);
    let sort = field("type").unwrap_or_default();
    let kind = match sort.to_ascii_lowercase().as_str() {
        "push" => DeviceKind::Push,
        "webpush" => DeviceKind::Webpush,
        _ => return Err(Invalid::new("channels", "must have the type push or webpush", &sort)),
    };
    let token = Token::new(&field("address").unwrap_or_default())?;
    let device = Device { kind, platform: field("platform"), ..Device::default() }.checked()?;
    Ok((token, Some(device)))
}

fn tags(fields: Fields, call: &Call, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let person = person(&fields, call.reading)?;
    let said = Statement::Tags { add: skipped.tags(fields.get("add")), remove: skipped.tags(fields.get("remove")) };
    Ok(vec![item(&person, call.received_at, said)])
}

/// With an id, about one profile, which need not exist yet; with an email, about every profile that is reached there, now or later.
fn subscription(state: SubscriptionState, fields: &Fields, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = match (identifier(Kind::Id, "id", fields.get("id"), call.reading)?, fields.get("email").and_then(text))
    {
        (Some(id), _) => Person::Identifiers(vec![id]),
        (None, Some(email)) => Person::Reached(Channel::Email, Address::new(Channel::Email, &email)?),
        (None, None) => return Err(missing("id", "id or email must be given; got neither")),
    };
    let said = Subscription { state, reason: Reason::Api };
    Ok(vec![item(&person, call.received_at, Statement::Subscription(Line::everything(), said))])
}

fn reidentify(fields: Fields, call: &Call, _: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let find = |field: &str| {
        let message = format!("{field} must be given; got nothing");
        identifier(Kind::Id, field, fields.get(field), call.reading)?.ok_or_else(|| missing(field, &message))
    };
    let merge = Merge { from: vec![find("id")?], joins_known: call.can_merge };
    Ok(vec![item(&Person::Identifiers(vec![find("new_id")?]), call.received_at, Statement::Merge(merge))])
}

fn delete(fields: Fields, call: &Call, _: &mut Skipped) -> Result<Vec<Item>, Refused> {
    if !call.can_delete {
        return Err(Refused::new(codes::NOT_ALLOWED, "", "this key must not delete people"));
    }
    Ok(vec![item(&person(&fields, call.reading)?, call.received_at, Statement::Delete { block: false })])
}

fn track(mut fields: Fields, call: &Call, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let identity = skipped.object("identity", fields.remove("identity"));
    let (id, person) = (known(&identity, call.reading)?, person(&identity, call.reading)?);
    let properties = skipped.object("data", fields.remove("data"));
    let mut context = skipped.object("extras", fields.remove("extras"));
    let when = When::given(call, context.remove("created_at").as_ref(), None);
    let name = fields.get("event_name").and_then(text).unwrap_or_default();
    let message_id = hashed(&repeat_key(&name, &id, &properties, &context));
    let told = Happened {
        kind: EventKind::Event,
        name: &name,
        when: &when,
        message_id: Some(message_id),
        properties,
        context,
    };
    let mut event = told.event()?;
    event.repeats_within = Some(REPEATS_FOR);
    let mut said = Identify::default();
    // An email without an id only says who is meant.
    if address_alone(&identity, call.reading)?.is_none() {
        email(&identity, &mut said, skipped);
    }
    let reached = (!said.facts.is_empty()).then(|| item(&person, call.received_at, Statement::Identify(said)));
    Ok(reached.into_iter().chain([item(&person, when.at, Statement::Event(event))]).collect())
}

/// Key that repeats of an event share: the name, ignoring case and spaces, the person, and the data or else the sender's `check_id`.
fn repeat_key(name: &str, id: &Identifier, properties: &Fields, extras: &Fields) -> String {
    let name = name.to_lowercase().replace(' ', "_");
    let mark = match properties.is_empty() {
        true => extras.get("check_id").and_then(text).unwrap_or_default(),
        false => Value::Object(properties.clone()).to_string(),
    };
    format!("vero\n{name}\n{}\n{mark}", id.value)
}
