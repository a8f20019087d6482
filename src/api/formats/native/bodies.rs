//! Bodies of the addresses about one profile. Each function refuses a body with the first field that breaks a rule.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    MOST_ITEMS, merged,
    object::{Object, at, wrong},
    one, parts, restriction, whole,
};
use crate::{
    api::formats::Call,
    identities::{Devices, Reading, Token},
    ingest::{Identify, Item, Person, Statement},
    registers::Fact,
    rejections::{Refused, codes},
    subscriptions::{Medium, Topic},
    verdict::{MessageKind, Question},
};

/// The person named as `kind:value` in the field `name`.
pub fn read_reference(name: &str, given: &str, reading: Reading) -> Result<Person, Refused> {
    Ok(Person::Identifiers(vec![parts::reference(name, given, reading)?]))
}

/// `{identifiers?, attributes?, tags?, channels?, devices?, consents?, subscriptions?, created_at?, as_of?}`.
pub fn read_profile(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let mut given = whole(body)?;
    let more = parts::identifiers(given.object("identifiers")?, call.reading)?;
    let person = match person {
        Person::Identifiers(mut known) => {
            known.extend(more.into_iter().filter(|other| !known.contains(other)).collect::<Vec<_>>());
            Person::Identifiers(known)
        }
        person if more.is_empty() => person,
        _ => {
            let rule = "identifiers can be given where the address names one of them, such as id:42";
            return Err(Refused::new(codes::INVALID_VALUE, "identifiers", format!("{rule}; got a profile's own id")));
        }
    };
    let items = parts::profile(&mut given, &person, call)?;
    given.finish()?;
    Ok(items)
}

/// Attributes by name; null deletes an attribute.
pub fn read_attributes(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let mut said = Identify::default();
    let subscriptions = parts::attributes(whole(body)?, &mut said, call.reading)?;
    let statements = std::iter::once(Statement::Identify(said)).chain(subscriptions);
    Ok(statements.flat_map(|statement| one(person.clone(), call, statement)).collect())
}

/// `{"add": […], "remove": […]}`.
pub fn read_tags(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    Ok(one(person, call, parts::tags(whole(body)?)?))
}

/// `{"channel" or "topic", "state", "reason"?, "as_of"?}`.
pub fn read_subscription(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let mut given = whole(body)?;
    let as_of = given.as_of(call)?;
    Ok(vec![Item { person, as_of, statement: parts::subscription(given, None)? }])
}

/// `{"kind", "channel"?, "address"?, "lifted"?, "cause"?, "until"?, "words"?, "as_of"?}`.
pub fn read_restriction(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    restriction::of_person(person, whole(body)?, call)
}

/// [`read_restriction`] for everybody who is reached at the `address`, now and later.
pub fn read_restriction_of_address(body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    restriction::of_address(whole(body)?, call)
}

/// The fields of a device.
pub fn read_device(person: Person, token: &str, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let facts = vec![parts::device(token, whole(body)?)?];
    Ok(one(person, call, Statement::Identify(Identify { facts, ..Identify::default() })))
}

/// Removes the device from the profile.
pub fn remove_device(person: Person, token: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let facts = vec![Fact::new::<Devices>(Token::new(token)?, None)];
    Ok(one(person, call, Statement::Identify(Identify { facts, ..Identify::default() })))
}

/// `{"given", "document"?, "location"?, "hardware_id"?, "as_of"?}`.
pub fn read_consent(person: Person, purpose: &str, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    let facts = vec![parts::consent(purpose, whole(body)?, call)?];
    Ok(one(person, call, Statement::Identify(Identify { facts, ..Identify::default() })))
}

/// `{"from": "kind:value"}`.
pub fn read_merge(person: Person, body: &str, call: &Call) -> Result<Vec<Item>, Refused> {
    Ok(one(person, call, merged(whole(body)?, call)?))
}

/// Deletes the profile for good; `block` refuses its identifiers from then on. Refused with `not_allowed` if the key must not delete.
pub fn delete(person: Person, block: bool, call: &Call) -> Result<Vec<Item>, Refused> {
    if !call.can_delete {
        return Err(Refused::new(codes::NOT_ALLOWED, "", "this key must not delete people"));
    }
    Ok(one(person, call, Statement::Delete { block }))
}

/// The message about which `{"channel", "kind"?, "topic"?}` asks: a campaign, unless a kind is given.
pub fn read_question(given: &mut Object, now: DateTime<Utc>) -> Result<Question, Refused> {
    let channel = Medium::parse(&given.needed("channel")?).map_err(at(&given.path("channel")))?;
    let kind = match given.text("kind")? {
        None => MessageKind::Campaign,
        Some(word) => MessageKind::from_stored(&word)
            .ok_or_else(|| wrong(&given.path("kind"), "must be campaign or service", &word.into()))?,
    };
    let topic = given.text("topic")?.map(|word| Topic::new(&word).map_err(at(&given.path("topic")))).transpose()?;
    Ok(Question { channel, kind, topic, now })
}

/// `{"profiles": […], "channel", "kind"?, "topic"?}`: whom and about what.
pub fn read_verdicts(body: &str, now: DateTime<Utc>) -> Result<(Vec<String>, Question), Refused> {
    let mut given = whole(body)?;
    let question = read_question(&mut given, now)?;
    let profiles = given.list("profiles")?;
    given.finish()?;
    if profiles.is_empty() || profiles.len() > MOST_ITEMS {
        let rule = format!("profiles must name 1 to {MOST_ITEMS} people; got {}", profiles.len());
        return Err(Refused::new(codes::INVALID_VALUE, "profiles", rule));
    }
    let name = |(place, name): (usize, Value)| match name {
        Value::String(name) => Ok(name),
        other => Err(wrong(&format!("profiles[{place}]"), "must be a text", &other)),
    };
    Ok((profiles.into_iter().enumerate().map(name).collect::<Result<_, _>>()?, question))
}
