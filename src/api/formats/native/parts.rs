//! Parts that items and bodies of the native format share. Each function refuses the first field that breaks a rule.

use serde_json::Value;

use super::object::{Object, at, missing, wrong};
use crate::{
    api::formats::{
        Call,
        reading::{identifier, text},
    },
    attributes::{AttributeName, AttributeValue},
    identities::{Address, Addresses, Channel, Device, DeviceKind, Devices, Identifier, Kind, Reading, Token},
    ingest::{Identify, Item, Means, Person, Statement, in_one_spelling, suppressed, time, unsubscribed, yes_or_no},
    registers::Fact,
    rejections::{Refused, codes},
    subscriptions::{Consent, Consents, Line, Purpose, Reason, Subscription, SubscriptionState, Topic},
    tags::Tag,
};

/// Identifiers by kind.
pub fn identifiers(mut given: Object, reading: Reading) -> Result<Vec<Identifier>, Refused> {
    let fields = given.take_all();
    let known = |(name, value): (String, Value)| {
        let path = given.path(&name);
        let kind = Kind::parse(&name).map_err(at(&path))?;
        identifier(kind, &path, Some(&value), reading)
    };
    fields.into_iter().filter_map(|field| known(field).transpose()).collect()
}

/// The person of an item: at least one identifier in `profile`.
pub fn person(item: &mut Object, call: &Call) -> Result<Person, Refused> {
    known(item.object("profile")?, call)
}

/// The person with these identifiers, at least one.
pub fn known(profile: Object, call: &Call) -> Result<Person, Refused> {
    let known = identifiers(profile, call.reading)?;
    if known.is_empty() {
        let message = "profile must name somebody, as in {\"id\": \"42\"}; got no identifier";
        return Err(Refused::new(codes::MISSING_ID, "profile", message));
    }
    Ok(Person::Identifiers(known))
}

/// An identifier written as `kind:value`.
pub fn reference(path: &str, given: &str, reading: Reading) -> Result<Identifier, Refused> {
    let Some((kind, value)) = given.split_once(':') else {
        return Err(wrong(path, "must be a kind and a value, such as id:42", &Value::from(given)));
    };
    let kind = Kind::parse(kind).map_err(at(path))?;
    Identifier::read(kind, value, reading).map_err(at(path))
}

/// Takes all statements about a profile out of an item or a body: attributes, channels, devices, consents, tags, subscriptions.
pub fn profile(said: &mut Object, person: &Person, call: &Call) -> Result<Vec<Item>, Refused> {
    let as_of = said.as_of(call)?;
    let mut identify = Identify::default();
    let unsubscribed = attributes(said.object("attributes")?, &mut identify, call.reading)?;
    let channels = channels(said.object("channels")?, call.reading)?;
    // What stands under its own name counts more than an attribute.
    identify.facts.retain(|fact| !channels.iter().any(|channel| channel.field() == fact.field()));
    identify.facts.extend(channels);
    let consents = consents(said.object("consents")?, call)?;
    identify.created_at = said.time("created_at")?.or(identify.created_at);
    for (index, given) in said.list("devices")?.into_iter().enumerate() {
        let mut object = Object::at(&format!("{}[{index}]", said.path("devices")), given)?;
        let token = object.needed("token")?;
        identify.facts.push(device(&token, object)?);
    }
    identify.facts.extend(consents);
    let item = |statement| Item { person: person.clone(), as_of, statement };
    let mut items = vec![item(Statement::Identify(identify))];
    items.extend(unsubscribed.into_iter().map(item));
    if let Some(given) = said.some("tags") {
        items.push(item(tags(Object::at(&said.path("tags"), given)?)?));
    }
    for (index, given) in said.list("subscriptions")?.into_iter().enumerate() {
        let object = Object::at(&format!("{}[{index}]", said.path("subscriptions")), given)?;
        items.push(item(subscription(object, None)?));
    }
    Ok(items)
}

/// Attribute values by name, with what reserved ones mean; null deletes. Returns the subscriptions that are among them.
pub fn attributes(mut given: Object, said: &mut Identify, reading: Reading) -> Result<Vec<Statement>, Refused> {
    let (fields, mut subscriptions) = (given.take_all(), Vec::new());
    for (name, means, value) in in_one_spelling(fields) {
        let place = given.path(&name);
        match means {
            Means::Attribute => {}
            Means::Address(channel) => said.facts.push(address(channel, &place, &value, reading)?),
            Means::CreatedAt => {
                if let Some(at) = text(&value).and_then(|text| time(&place, &text).ok()) {
                    said.created_at = Some(at);
                    continue;
                }
            }
            Means::Unsubscribed if value.is_null() => continue,
            Means::Unsubscribed => {
                let rule = "must be yes or no, true or false, 1 or 0";
                let (line, said) = unsubscribed(yes_or_no(&value).ok_or_else(|| wrong(&place, rule, &value))?);
                subscriptions.push(Statement::Subscription(line, said));
                continue;
            }
        }
        let name = AttributeName::new(&name).map_err(at(&place))?;
        let value = match value {
            Value::Null => None,
            value => Some(AttributeValue::new(&name, value).map_err(at(&place))?),
        };
        said.attributes.push((name, value));
    }
    Ok(subscriptions)
}

/// The address in an attribute; null deletes it.
fn address(channel: Channel, place: &str, given: &Value, reading: Reading) -> Result<Fact, Refused> {
    let read = |given: &Value| match text(given) {
        Some(text) => Address::read(channel, &text, reading).map_err(at(place)),
        None => Err(wrong(place, "must be a text or null", given)),
    };
    let address = Some(given).filter(|given| !given.is_null()).map(read).transpose()?;
    Ok(Fact::new::<Addresses>(channel, address))
}

/// Addresses by channel; null deletes.
pub fn channels(mut given: Object, reading: Reading) -> Result<Vec<Fact>, Refused> {
    let mut found = Vec::new();
    for channel in Channel::ALL {
        let path = given.path(channel.as_str());
        let address = match given.take(channel.as_str()) {
            None => continue,
            Some(Value::Null) => None,
            Some(Value::String(text)) => Some(Address::read(channel, &text, reading).map_err(at(&path))?),
            Some(other) => return Err(wrong(&path, "must be a text or null", &other)),
        };
        found.push(Fact::new::<Addresses>(channel, address));
    }
    given.finish()?;
    Ok(found)
}

/// `{"add": […], "remove": […]}`.
pub fn tags(mut given: Object) -> Result<Statement, Refused> {
    let mut side = |name: &str| -> Result<Vec<Tag>, Refused> {
        let path = given.path(name);
        let one = |(index, tag): (usize, Value)| {
            let place = format!("{path}[{index}]");
            let Some(word) = text(&tag) else { return Err(wrong(&place, "must be a text", &tag)) };
            Tag::new(&word).map_err(at(&place))
        };
        given.list(name)?.into_iter().enumerate().map(one).collect()
    };
    let said = Statement::Tags { add: side("add")?, remove: side("remove")? };
    given.finish()?;
    Ok(said)
}

/// The device with this token; `removed` takes it off the profile.
pub fn device(token: &str, mut given: Object) -> Result<Fact, Refused> {
    let token = Token::new(token).map_err(at(&given.path("token")))?;
    let is_gone = given.flag("removed")?.unwrap_or(false);
    let kind = match given.text("type")?.as_deref() {
        None | Some("push") => DeviceKind::Push,
        Some("webpush") => DeviceKind::Webpush,
        Some("inapp") => DeviceKind::Inapp,
        Some(other) => return Err(wrong(&given.path("type"), "must be push, webpush or inapp", &Value::from(other))),
    };
    let device = Device {
        kind,
        platform: given.text("platform")?,
        model: given.text("model")?,
        os_version: given.text("os_version")?,
        is_active: given.flag("active")?.unwrap_or(true),
        limits_ad_tracking: given.flag("limits_ad_tracking")?,
        att_status: given.text("att_status")?,
    };
    let device = device.checked()?;
    given.finish()?;
    Ok(Fact::new::<Devices>(token, (!is_gone).then_some(device)))
}

/// Consents by purpose.
fn consents(mut given: Object, call: &Call) -> Result<Vec<Fact>, Refused> {
    let fields = given.take_all();
    let one = |(purpose, answer): (String, Value)| consent(&purpose, Object::at(&given.path(&purpose), answer)?, call);
    fields.into_iter().map(one).collect()
}

/// The consent for one purpose.
pub fn consent(purpose: &str, mut given: Object, call: &Call) -> Result<Fact, Refused> {
    let purpose = Purpose::new(purpose)?;
    let answer = given.flag("given")?.ok_or_else(|| missing(&given.path("given")))?;
    let consent = Consent {
        given: answer,
        as_of: given.past("as_of", call)?,
        document: given.text("document")?,
        location: given.text("location")?,
        hardware_id: given.text("hardware_id")?,
    };
    let consent = consent.checked()?;
    given.finish()?;
    Ok(Fact::new::<Consents>(purpose, consent))
}

/// `{"channel" or "topic", "state", "reason"}`; `state` may follow from the type of the item.
pub fn subscription(mut given: Object, state: Option<SubscriptionState>) -> Result<Statement, Refused> {
    let (channel, topic) = (given.text("channel")?, given.text("topic")?);
    if channel.is_none() && topic.is_none() {
        let path = given.path("channel");
        return Err(Refused::new(codes::INVALID_VALUE, &path, format!("{path} must be given, or topic; got neither")));
    }
    let channel = channel.map_or(Ok(None), |word| Line::read_channel(&word).map_err(at(&given.path("channel"))))?;
    let topic = topic.map(|word| Topic::new(&word).map_err(at(&given.path("topic")))).transpose()?;
    let state = match (given.text("state")?, state) {
        (None, Some(state)) => Some(state),
        (Some(word), _) if word.trim().eq_ignore_ascii_case(SUPPRESSED) => None,
        (Some(word), _) => Some(SubscriptionState::parse(&word).map_err(at(&given.path("state")))?),
        (None, None) => return Err(missing(&given.path("state"))),
    };
    let reason = given.text("reason")?;
    let reason = reason.map_or(Ok(Reason::Api), |word| Reason::parse(&word).map_err(at(&given.path("reason"))))?;
    given.finish()?;
    let line = Line { channel, topic };
    Ok(match state {
        Some(state) => Statement::Subscription(line, Subscription { state, reason }),
        None => suppressed(line, reason),
    })
}

/// The state of a line by which senders may also state a restriction.
pub const SUPPRESSED: &str = "suppressed";
