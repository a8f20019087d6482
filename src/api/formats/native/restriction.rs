//! Restrictions, as items and as bodies: `{"kind", "channel"?, "address"?, "lifted"?, "cause"?, "until"?, "words"?}`.

use super::{
    object::{Object, at, wrong},
    parts,
};
use crate::{
    api::formats::Call,
    identities::{Address, Addresses, Channel},
    ingest::{Identify, Item, Person, Statement},
    registers::Fact,
    rejections::{Refused, codes},
    restrictions::{Cause, Contact, Held, Key, Kind, Restrictions, Stop},
    subscriptions::{Line, Medium},
};

/// An item that names a profile, or an address and so everybody who is reached there, now and later.
pub fn item(mut given: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let person = given.some("profile").map(|profile| Object::at(&given.path("profile"), profile)).transpose()?;
    match person.map(|profile| parts::known(profile, call)).transpose()? {
        Some(person) => of_person(person, given, call),
        None => of_address(given, call),
    }
}

/// A restriction of a person, or of one of their addresses.
pub fn of_person(person: Person, mut given: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let as_of = given.as_of(call)?;
    let contact = address(&mut given, call)?.map(|(channel, address)| Contact::new(channel, &address));
    let kind = kind(&mut given)?;
    let key = match (kind, contact) {
        (Kind::Disabled, None) => Some(Key::Disabled),
        (Kind::Paused, None) => Some(Key::Paused),
        (Kind::Suppressed, contact) => Some(Key::Suppressed(channel(&mut given)?, contact)),
        (Kind::Blocked, contact) => contact.map(Key::Blocked),
        (Kind::Disabled | Kind::Paused, Some(_)) => return Err(no_address(&given)),
    };
    let statement = match key {
        Some(key) => {
            let facts = vec![Fact::new::<Restrictions>(key, held(kind, &mut given)?)];
            Statement::Identify(Identify { facts, ..Identify::default() })
        }
        None => {
            let channel = Medium::parse(&given.needed("channel")?).map_err(at(&given.path("channel")))?;
            Statement::Restriction(Stop::Blocked(channel), held(kind, &mut given)?)
        }
    };
    given.finish()?;
    Ok(vec![Item { person, as_of, statement }])
}

/// A restriction of an address, for everybody who is reached there, now and later. Refused with `not_allowed` for keys for browsers.
pub fn of_address(mut given: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let as_of = given.as_of(call)?;
    let Some((of, address)) = address(&mut given, call)? else {
        let path = given.path("address");
        let message = format!("{path} must be given, such as {{\"email\": \"ann@example.com\"}}; got nothing");
        return Err(Refused::new(codes::MISSING_ID, &path, message));
    };
    let kind = kind(&mut given)?;
    let stop = match kind {
        Kind::Suppressed => Stop::Suppressed(channel(&mut given)?),
        // The address says which one is blocked, whatever the channel.
        Kind::Blocked => Stop::Blocked(Medium::Email),
        Kind::Disabled | Kind::Paused => return Err(no_address(&given)),
    };
    let held = held(kind, &mut given)?;
    given.finish()?;
    if call.is_browser {
        let rule = "a key for browsers says nothing of addresses of others";
        return Err(Refused::new(codes::NOT_ALLOWED, "address", rule));
    }
    Ok(vec![Item { person: Person::Reached(of, address), as_of, statement: Statement::Restriction(stop, held) }])
}

fn kind(given: &mut Object) -> Result<Kind, Refused> {
    let word = given.needed("kind")?;
    let rule = "must be disabled, paused, suppressed or blocked";
    Kind::from_stored(&word).ok_or_else(|| wrong(&given.path("kind"), rule, &word.into()))
}

fn no_address(given: &Object) -> Refused {
    let path = given.path("address");
    Refused::new(codes::INVALID_VALUE, &path, format!("{path} is only for suppressed and blocked"))
}

/// The channel of an entry of the suppression list.
fn channel(given: &mut Object) -> Result<Option<Medium>, Refused> {
    Line::read_channel(&given.needed("channel")?).map_err(at(&given.path("channel")))
}

/// `{"email": "ann@example.com"}`: one address by its channel.
fn address(given: &mut Object, call: &Call) -> Result<Option<(Channel, Address)>, Refused> {
    let Some(object) = given.some("address") else { return Ok(None) };
    let facts = parts::channels(Object::at(&given.path("address"), object)?, call.reading)?;
    let one = match facts.as_slice() {
        [fact] => fact.of::<Addresses>().and_then(|(channel, address)| Some((*channel, address.clone()?))),
        _ => None,
    };
    let path = given.path("address");
    one.map(Some).ok_or_else(|| {
        Refused::new(codes::INVALID_VALUE, &path, format!("{path} must have one channel with an address"))
    })
}

/// What holds; `None`: it is lifted.
fn held(kind: Kind, given: &mut Object) -> Result<Option<Held>, Refused> {
    if given.flag("lifted")?.unwrap_or(false) {
        return Ok(None);
    }
    let cause = match given.text("cause")? {
        None => Cause::Api,
        Some(word) => Cause::from_stored(&word).ok_or_else(|| {
            let rule = "must be complaint, hard_bounce, soft_bounces, inactive, request, manual, list, import or api";
            wrong(&given.path("cause"), rule, &word.into())
        })?,
    };
    let (until, words) = (given.time("until")?, given.text("words")?);
    let held = Held::new(kind, cause, until, words).map_err(|wrong| at(&given.path(&wrong.field))(wrong))?;
    Ok(Some(held))
}
