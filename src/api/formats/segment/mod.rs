//! Segment's HTTP API, which RudderStack and most libraries of customer data platforms speak as well: `identify`, `track`,
//! `page`, `screen`, `group` and `alias`, one by one or in a `batch`.
//!
//! | message | says |
//! |---|---|
//! | `userId`, `anonymousId` | who: identifiers `id` and `anonymous_id` |
//! | `traits` and `context.traits` of identify | attributes, reserved names in any spelling; preferences are subscriptions |
//! | `integrations.Vero.tags`, `integrations.kith.tags` | tags to `add` and `remove` |
//! | track `Unsubscribe`, `Resubscribe` | the event and the subscription |
//! | group | an entry in the attribute `groups`, its traits in `group:<id>` |
//! | alias | `previousId` is the same person as `userId` |
//! | `context` | context of the event; device, consents, and for identify locale and timezone as defaults, where none was ever stated |

mod context;
mod event;
mod identify;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::{Value, value::RawValue};

use super::{
    Call, Entry, Malformed,
    reading::{Fields, Skipped, When, entry, identifier, item, show, text},
};
use crate::{
    api::json,
    attributes::AttributeName,
    identities::{Address, Channel, Identifier, Kind},
    ingest::{Identify, Item, Merge, Person, Statement, time},
    rejections::{Refused, codes},
};

/// Items of one call at most; clients send a hundred.
const MOST_ITEMS: usize = 10_000;

/// Parses `{"batch": […], "sentAt": …}`.
///
/// # Errors
/// It is no such object, or has more than 10,000 items.
pub fn read_batch(body: &str, call: &Call) -> Result<Vec<Entry>, Malformed> {
    let mut parts = json::parts(body)?;
    let items = json::items(&mut parts, "batch", MOST_ITEMS)?;
    let sent_at = parts.get("sentAt").and_then(|sent| sent_time(&crate::json::parse(sent.get()).ok()?));
    Ok(items.into_iter().map(|raw| read(raw, None, sent_at, call)).collect())
}

/// Parses one message. Its address gives its kind: `identify`, `track`, … or, from browsers, `i`, `t`, ….
pub fn read_single(kind: &str, body: &str, call: &Call) -> Result<Vec<Entry>, Malformed> {
    Ok(vec![read(json::item_without(body, &["writeKey"])?, Some(kind), None, call)])
}

fn read(raw: Box<RawValue>, kind: Option<&str>, sent_at: Option<DateTime<Utc>>, call: &Call) -> Entry {
    entry(raw, call.reading, |mut fields, skipped| {
        let named = fields.get("type").and_then(Value::as_str).map(str::to_ascii_lowercase);
        let Some((kind, say)) = find(kind.or(named.as_deref()).unwrap_or_default()) else {
            return ("unknown", Err(unknown_type(fields.get("type"))));
        };
        let said = Message::new(&mut fields, sent_at, call, skipped)
            .and_then(|mut message| say(&mut message, fields, skipped));
        (kind, said)
    })
}

type Say = fn(&mut Message<'_>, Fields, &mut Skipped) -> Result<Vec<Item>, Refused>;

fn find(kind: &str) -> Option<(&'static str, Say)> {
    Some(match kind {
        "identify" | "i" => ("identify", identify::identify),
        "track" | "t" => ("track", event::track),
        "page" | "p" => ("page", event::page),
        "screen" | "s" => ("screen", event::screen),
        "group" | "g" => ("group", group),
        "alias" | "a" => ("alias", alias),
        _ => return None,
    })
}

fn unknown_type(given: Option<&Value>) -> Refused {
    let given = given.map_or_else(|| "nothing".to_owned(), show);
    let rule = "type must be identify, track, page, screen, group or alias";
    Refused::new(codes::UNKNOWN_TYPE, "type", format!("{rule}; got {given:?}"))
}

fn sent_time(given: &Value) -> Option<DateTime<Utc>> {
    time("sentAt", &text(given)?).ok()
}

/// The parts that all messages share.
struct Message<'a> {
    call: &'a Call,
    user: Option<Identifier>,
    anonymous: Option<Identifier>,
    /// The email of the traits, where neither id is given.
    email: Option<Address>,
    when: When,
    context: Fields,
    integrations: Fields,
}

impl<'a> Message<'a> {
    fn new(
        fields: &mut Fields,
        sent_at: Option<DateTime<Utc>>,
        call: &'a Call,
        skipped: &mut Skipped,
    ) -> Result<Self, Refused> {
        let mut object = |field: &str| skipped.object(field, fields.remove(field));
        let (context, integrations) = (object("context"), object("integrations"));
        let user = identifier(Kind::Id, "userId", fields.get("userId"), call.reading)?;
        let anonymous = identifier(Kind::Anonymous, "anonymousId", fields.get("anonymousId"), call.reading)?;
        let traits = [fields.get("traits"), context.get("traits")].into_iter().flatten();
        let email = traits
            .filter_map(|traits| text(traits.get("email")?))
            .next()
            .filter(|_| user.is_none() && anonymous.is_none());
        let email = email.and_then(|email| Address::new(Channel::Email, &email).ok());
        // A server's clock is right, and some servers repeat the `sentAt` of the first attempt with every other.
        let is_server = fields.get("channel").is_some_and(|channel| channel == "server");
        let sent_at = fields.get("sentAt").and_then(sent_time).or(sent_at).filter(|_| call.is_browser && !is_server);
        let own = |field: &str| fields.get(field).filter(|given| !given.is_null());
        let when = When::given(call, own("timestamp").or_else(|| own("originalTimestamp")), sent_at);
        Ok(Self { call, user, anonymous, email, when, context, integrations })
    }

    /// The person that the message is about.
    fn person(&self) -> Result<Person, Refused> {
        let known: Vec<_> = self.user.iter().chain(&self.anonymous).cloned().collect();
        if let Some(email) = &self.email {
            return Ok(Person::of_email(email.clone())?);
        }
        if known.is_empty() {
            let message = "userId or anonymousId must be given; got neither";
            return Err(Refused::new(codes::MISSING_ID, "userId", message));
        }
        Ok(Person::Identifiers(known))
    }

    /// Tags under `integrations.Vero`, as libraries send them to its connectors, or under `integrations.kith`.
    fn tags(&self, person: &Person, skipped: &mut Skipped) -> Option<Item> {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        let ours = |name: &str| name.eq_ignore_ascii_case("vero") || name.eq_ignore_ascii_case("kith");
        for (_, settings) in self.integrations.iter().filter(|(name, _)| ours(name)) {
            let Some(tags) = settings.get("tags") else { continue };
            add.extend(skipped.tags(tags.get("add")));
            remove.extend(skipped.tags(tags.get("remove")));
        }
        let is_empty = add.is_empty() && remove.is_empty();
        (!is_empty).then(|| item(person, self.when.at, Statement::Tags { add, remove }))
    }

    /// Adds what any message may state: device and consents, then tags.
    fn finish(&self, person: &Person, skipped: &mut Skipped, items: &mut Vec<Item>) {
        let mut around = Identify::default();
        context::device(&self.context, false, &mut around, skipped);
        context::consents(&self.context, &mut around, skipped);
        if !around.facts.is_empty() {
            items.push(item(person, self.when.at, Statement::Identify(around)));
        }
        items.extend(self.tags(person, skipped));
    }
}

/// `group`: an entry in the attribute `groups`, and the traits of the group.
fn group(message: &mut Message<'_>, mut fields: Fields, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let person = message.person()?;
    let Some(group) = fields.get("groupId").and_then(text) else {
        return Err(Refused::new(codes::MISSING_ID, "groupId", "groupId must be given, as a text or a number"));
    };
    let mut said = Identify::default();
    said.list_entries.push((AttributeName::new("groups")?, Value::from(group.as_str())));
    let traits = skipped.object("traits", fields.remove("traits"));
    if !traits.is_empty() {
        skipped.attributes(Fields::from_iter([(format!("group:{group}"), Value::Object(traits))]), &mut said);
    }
    let mut items = vec![item(&person, message.when.at, Statement::Identify(said))];
    message.finish(&person, skipped, &mut items);
    Ok(items)
}

/// `alias`: a merge of the previous id. Senders do not say whether it is an `id` or an `anonymous_id`, so both are merged.
fn alias(message: &mut Message<'_>, fields: Fields, _: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let missing = |field| Refused::new(codes::MISSING_ID, field, format!("{field} must be given; got nothing"));
    let previous = identifier(Kind::Id, "previousId", fields.get("previousId"), message.call.reading)?
        .ok_or_else(|| missing("previousId"))?;
    if message.user.is_none() {
        return Err(missing("userId"));
    }
    let anonymous = Identifier { kind: Kind::Anonymous, value: previous.value.clone() };
    let merge = Merge { from: vec![previous, anonymous], joins_known: message.call.can_merge };
    Ok(vec![item(&message.person()?, message.when.at, Statement::Merge(merge))])
}
