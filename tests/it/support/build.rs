//! People as tests need them: valid by default, stored through the write path.

use chrono::{DateTime, Utc};
use kith::{
    attributes::{AttributeName, AttributeValue},
    db::{
        Db,
        ids::{EnvironmentId, ProfileId, new_id},
    },
    events::{Event, EventName, MessageId},
    identities::{Address, Addresses, Channel, Device, Devices, Identifier, Kind, Token},
    ingest::{self, Identify, Item, Merge, Statement},
    ledger::{self, Batch, Source},
    registers::Fact,
    restrictions::{Cause, Held, Restrictions},
    subscriptions::{Confirmation, Consent, Consents, Line, Purpose, Reason, Subscription, SubscriptionState, Way},
    tags::Tag,
};
use serde_json::Value;

use super::at;

/// Somebody, and what is said about them.
#[derive(Clone)]
pub struct Person {
    identifiers: Vec<Identifier>,
    said: Identify,
    tags: Vec<Tag>,
    events: Vec<Event>,
    subscriptions: Vec<(Line, Subscription)>,
    as_of: Option<DateTime<Utc>>,
}

impl Person {
    /// Somebody with the sender's key `id`.
    pub fn new(id: &str) -> Self {
        Self::known_by(Kind::Id, id)
    }

    /// Somebody with one identifier of another kind.
    pub fn known_by(kind: Kind, value: &str) -> Self {
        let nobody = Self {
            identifiers: Vec::new(),
            said: Identify::default(),
            tags: Vec::new(),
            events: Vec::new(),
            subscriptions: Vec::new(),
            as_of: None,
        };
        nobody.also(kind, value)
    }

    /// Another identifier.
    pub fn also(mut self, kind: Kind, value: &str) -> Self {
        self.identifiers.push(Identifier::new(kind, value).unwrap_or_else(|wrong| panic!("{wrong}")));
        self
    }

    /// First and last name.
    pub fn name(self, first: &str, last: &str) -> Self {
        self.set("first_name", first).set("last_name", last)
    }

    /// An attribute.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.said.attributes.push(attribute(name, Some(value.into())));
        self
    }

    /// An attribute taken away.
    pub fn unset(mut self, name: &str) -> Self {
        self.said.attributes.push(attribute(name, None));
        self
    }

    /// Where email goes.
    pub fn email(self, address: &str) -> Self {
        self.address(Channel::Email, address)
    }

    /// Where text messages go.
    pub fn phone(self, number: &str) -> Self {
        self.address(Channel::Sms, number)
    }

    fn address(mut self, channel: Channel, given: &str) -> Self {
        let address = Address::new(channel, given).unwrap_or_else(|wrong| panic!("{wrong}"));
        self.said.facts.push(Fact::new::<Addresses>(channel, address));
        self
    }

    /// A value for an attribute of which nothing was said.
    pub fn default(mut self, name: &str, value: &str) -> Self {
        let (name, value) = attribute(name, Some(value.into()));
        self.said.defaults.extend(value.map(|value| (name, value)));
        self
    }

    /// An entry of a list.
    pub fn entry(mut self, name: &str, entry: &str) -> Self {
        self.said.list_entries.push((attribute(name, None).0, entry.into()));
        self
    }

    /// A device.
    pub fn device(mut self, token: &str, model: &str) -> Self {
        let device = Device { model: Some(model.to_owned()), ..Device::default() };
        self.said.facts.push(Fact::new::<Devices>(token_of(token), Some(device)));
        self
    }

    /// A device that is theirs no more.
    pub fn no_device(mut self, token: &str) -> Self {
        self.said.facts.push(Fact::new::<Devices>(token_of(token), None));
        self
    }

    /// An answer to a purpose, given when this is said.
    pub fn consent(self, purpose: &str, given: bool) -> Self {
        self.consent_at(purpose, given, None)
    }

    /// An answer to a purpose, given at a time of its own.
    pub fn consent_at(mut self, purpose: &str, given: bool, time: Option<&str>) -> Self {
        let consent =
            Consent { given, as_of: time.map(at), document: None, location: Some("web".to_owned()), hardware_id: None };
        let purpose = Purpose::new(purpose).unwrap_or_else(|wrong| panic!("{wrong}"));
        self.said.facts.push(Fact::new::<Consents>(purpose, consent));
        self
    }

    /// What they want on a line such as `email` or `all/news`.
    pub fn wants(mut self, line: &str, state: SubscriptionState) -> Self {
        self.subscriptions.push(subscription(line, state));
        self
    }

    /// What keeps messages from them, by a key such as `disabled` or `blocked/email:ann@example.com`; `None` lifts it.
    pub fn restricted(mut self, key: &str, held: Option<Held>) -> Self {
        let key = key.parse().unwrap_or_else(|wrong| panic!("{wrong}"));
        self.said.facts.push(Fact::new::<Restrictions>(key, held));
        self
    }

    /// That they confirmed an email by its link.
    pub fn confirms(mut self, email: &str) -> Self {
        let email = Address::new(Channel::Email, email).unwrap_or_else(|wrong| panic!("{wrong}"));
        self.said.facts.push(Confirmation::fact(&email, Way::Link, "Firefox"));
        self
    }

    /// A tag.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag_of(tag));
        self
    }

    /// When the sender first knew them.
    pub fn since(mut self, time: &str) -> Self {
        self.said.created_at = Some(at(time));
        self
    }

    /// When all of this was true; else when it is stored.
    pub fn said_at(mut self, time: &str) -> Self {
        self.as_of = Some(at(time));
        self
    }

    /// Something that happened.
    pub fn event(self, name: &str, time: &str, properties: Value) -> Self {
        let message = format!("m-{}-{}", self.identifiers[0].value, self.events.len());
        self.event_with_id(&message, name, time, properties)
    }

    /// Something that happened, with the sender's id of it.
    pub fn event_with_id(mut self, message: &str, name: &str, time: &str, properties: Value) -> Self {
        self.events.push(event(message, name, time, properties));
        self
    }

    /// All that is said about them.
    pub fn items(self, now: DateTime<Utc>) -> Vec<Item> {
        let (person, as_of) = (ingest::Person::Identifiers(self.identifiers), self.as_of.unwrap_or(now));
        let item = |statement| Item { person: person.clone(), as_of, statement };
        let mut items = vec![item(Statement::Identify(self.said))];
        if !self.tags.is_empty() {
            items.push(item(Statement::Tags { add: self.tags, remove: Vec::new() }));
        }
        let lines = self.subscriptions.into_iter();
        items.extend(lines.map(|(line, said)| item(Statement::Subscription(line, said))));
        items.extend(self.events.into_iter().map(|event| item(Statement::Event(event))));
        items
    }

    /// Stores them and returns their profile.
    pub fn store(self, db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> ProfileId {
        submit(db, environment, now, &self.items(now))[0].profile.expect("somebody")
    }
}

/// An attribute, set or taken away.
pub fn attribute(name: &str, value: Option<Value>) -> (AttributeName, Option<AttributeValue>) {
    let name = AttributeName::new(name).unwrap_or_else(|wrong| panic!("{wrong}"));
    let value = value.map(|value| AttributeValue::new(&name, value).unwrap_or_else(|wrong| panic!("{wrong}")));
    (name, value)
}

pub fn tag_of(text: &str) -> Tag {
    Tag::new(text).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn token_of(text: &str) -> Token {
    Token::new(text).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What is said of a restriction that is in force.
pub fn held(cause: Cause, until: Option<&str>) -> Option<Held> {
    Some(Held { until: until.map(at), ..Held::by(cause) })
}

/// What a sender says of a line such as `email` or `all/news`.
pub fn subscription(line: &str, state: SubscriptionState) -> (Line, Subscription) {
    (line.parse().unwrap_or_else(|wrong| panic!("{wrong}")), Subscription { state, reason: Reason::Api })
}

/// Says that whoever goes by `from` is the same person.
pub fn merge(from: &[Identifier]) -> Statement {
    Statement::Merge(Merge { from: from.to_vec(), joins_known: true })
}

pub fn event(message: &str, name: &str, time: &str, properties: Value) -> Event {
    let Value::Object(properties) = properties else { panic!("properties are an object, not {properties}") };
    let name = EventName::new(name).unwrap_or_else(|wrong| panic!("{wrong}"));
    Event::new(name, at(time), Some(MessageId(message.to_owned())), properties)
        .unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// One call of a sender: one batch, from the API key "test".
pub fn submit(db: &Db, environment: EnvironmentId, now: DateTime<Utc>, items: &[Item]) -> Vec<ledger::Outcome> {
    let batch = batch(db, environment, now);
    ingest::submit_now(db, &batch, &ingest::Trust::MadeUp, items).unwrap_or_else(|error| panic!("stored: {error:?}"))
}

/// A batch of the API key "test", received at `now`.
pub fn batch(db: &Db, environment: EnvironmentId, now: DateTime<Utc>) -> Batch {
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &Source::key("test"))).expect("a source");
    Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None }
}
