//! One row of the form: a condition as fields.

use super::{
    super::ast::{AddressTest, Condition, Events, Filter, PropertyTest, Said, Status},
    asked::Asked,
    values::{Fields, Op, write_list, write_one},
};
use crate::words::words;

words! {
    /// Kinds of conditions, as the form offers them.
    pub enum Kind {
        Attribute = "attribute", "Attribute";
        Tag = "tag", "Tag";
        Segment = "segment", "Segment";
        Did = "did", "Event";
        Figure = "figure", "Figure of events";
        Was = "was", "Message";
        Can = "can", "Can be messaged";
        Answer = "answer", "Subscription";
        Address = "address", "Address";
        Created = "created", "Created";
        Seen = "seen", "Last seen";
        Status = "status", "All messages off";
        Known = "is", "Recognised";
        Source = "source", "Created by";
        Device = "device", "Device";
        Identifier = "identifier", "Identifier";
        Note = "note", "Note";
        Words = "words", "Name, ID, email or phone";
        Text = "text", "Written as text";
    }
}

impl Kind {
    /// Whether it is about events, whose properties can be asked about.
    pub fn has_properties(self) -> bool {
        matches!(self, Self::Did | Self::Figure | Self::Was)
    }
}

/// A row with one condition, complete or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// `None`: not chosen yet; the row says nothing.
    pub kind: Option<Kind>,
    /// Whether it selects everybody else.
    pub is_not: bool,
    pub fields: Fields,
    /// What is asked of properties of the same event.
    pub with: Vec<Fields>,
}

impl Line {
    /// A row with a text of the language.
    pub fn text(typed: &str) -> Self {
        Self { kind: Some(Kind::Text), fields: Fields::default().with("value", typed), ..Self::default() }
    }

    /// The row of a condition.
    pub fn of(condition: &Condition, is_not: bool) -> Self {
        let empty = Fields::default();
        let mut with: &[PropertyTest] = &[];
        let (kind, fields) = match condition {
            Condition::Words(text) => (Kind::Words, empty.with("value", write_one(text))),
            Condition::Attribute { name, test } => (Kind::Attribute, empty.with("name", name).with_test(test)),
            Condition::Tag(choice) => (Kind::Tag, empty.with_choice(choice)),
            Condition::Segment(names) => (Kind::Segment, empty.with("value", write_list(names))),
            Condition::Created(period) => (Kind::Created, empty.with_period(Some(*period))),
            Condition::Seen(period) => (Kind::Seen, empty.with_period(*period)),
            Condition::Status(status) => (Kind::Status, empty.with("value", status.as_str())),
            Condition::Is(known) => (Kind::Known, empty.with("value", known.as_str())),
            Condition::Answer { channel, topic, said } => {
                let said: Vec<&str> = said.iter().copied().map(Said::as_str).collect();
                let fields = empty.with("channel", channel.map_or("", |channel| channel.as_str()));
                (Kind::Answer, fields.with("topic", topic.as_deref().unwrap_or_default()).with("said", said.join(",")))
            }
            Condition::Address { channel, test } => {
                let fields = empty.with("channel", channel.as_str());
                let fields = match test {
                    AddressTest::Blocked => fields.with("op", Op::Blocked.as_str()),
                    AddressTest::Is(choice) => fields.with_choice(choice),
                    AddressTest::Contains(text) => {
                        fields.with("op", Op::Contains.as_str()).with("value", write_one(text))
                    }
                };
                (Kind::Address, fields)
            }
            Condition::Can(channel) => (Kind::Can, empty.with("channel", channel.as_str())),
            Condition::Did { events, compare, count } => {
                with = &events.with;
                let fields = empty.with("name", &events.name).with("compare", compare.as_str());
                (Kind::Did, fields.with("count", count.to_string()).with_period(events.within))
            }
            Condition::Figure { figure, property, events, test } => {
                with = &events.with;
                let fields =
                    empty.with("figure", figure.as_str()).with("property", property).with("name", &events.name);
                (Kind::Figure, fields.with_test(test).with_period(events.within))
            }
            Condition::Was { statuses, with: tests, within } => {
                with = tests;
                (Kind::Was, empty.with("value", write_list(statuses)).with_period(*within))
            }
            Condition::Source(names) => (Kind::Source, empty.with("value", write_list(names))),
            Condition::Note(None) => (Kind::Note, empty.with("op", Op::Any.as_str())),
            Condition::Note(Some(text)) => {
                (Kind::Note, empty.with("op", Op::Contains.as_str()).with("value", write_one(text)))
            }
            Condition::Device(choice) => (Kind::Device, empty.with_choice(choice)),
            Condition::Identifier { kind, value } => {
                (Kind::Identifier, empty.with("name", kind.as_deref().unwrap_or_default()).with_choice(value))
            }
        };
        let with = with.iter().map(|it| Fields::default().with("property", &it.property).with_test(&it.test)).collect();
        Self { kind: Some(kind), is_not, fields, with }
    }

    /// What the row says; `None`: nothing, or it has a problem, which is added to `problems` of the form.
    pub fn filter(&self, asked: &mut Asked<'_>) -> Option<Filter> {
        let filter = match self.kind? {
            Kind::Text => asked.filter()?,
            kind => Filter::Is(self.condition(kind, asked)?),
        };
        Some(if self.is_not { filter.negated() } else { filter })
    }

    fn condition(&self, kind: Kind, asked: &mut Asked<'_>) -> Option<Condition> {
        Some(match kind {
            Kind::Words | Kind::Text => {
                Condition::Words(asked.one("value", "Write a name, an ID, an email or a phone number.")?)
            }
            Kind::Attribute => {
                let name = asked.one("name", "Which attribute?");
                Condition::Attribute { test: asked.test()?, name: name? }
            }
            Kind::Tag => Condition::Tag(asked.choice()?),
            Kind::Segment => Condition::Segment(asked.list("value", "Which segment?")?),
            Kind::Created => Condition::Created(asked.period()?),
            Kind::Seen if asked.is_any_time() => Condition::Seen(None),
            Kind::Seen => Condition::Seen(Some(asked.period()?)),
            Kind::Status => Condition::Status(asked.word("value").unwrap_or(Status::Disabled)),
            Kind::Known => Condition::Is(asked.word("value")?),
            Kind::Answer => {
                let topic = asked.fields.get("topic").trim();
                let topic = (!topic.is_empty()).then(|| topic.to_owned());
                Condition::Answer { channel: asked.channel(), topic, said: asked.said()? }
            }
            Kind::Address => {
                let channel = asked.word("channel")?;
                let test = match asked.op() {
                    Op::Blocked => AddressTest::Blocked,
                    Op::Contains => AddressTest::Contains(asked.value()?),
                    _ => AddressTest::Is(asked.choice()?),
                };
                Condition::Address { channel, test }
            }
            Kind::Can => Condition::Can(asked.needed_channel()?),
            Kind::Did => {
                let (events, count) = (self.events(asked), asked.count());
                Condition::Did { events: events?, compare: asked.compare(), count: count? }
            }
            Kind::Figure => {
                let (figure, property) = (asked.word("figure"), asked.one("property", "Which property of the event?"));
                let (events, test) = (self.events(asked), asked.test());
                Condition::Figure { figure: figure?, property: property?, events: events?, test: test? }
            }
            Kind::Was => {
                let statuses = asked.list("value", "Which status? For example delivered, opened.");
                let with = self.with(asked);
                Condition::Was { within: asked.within().ok()?, statuses: statuses?, with: with? }
            }
            Kind::Source => {
                Condition::Source(asked.list("value", "By whom? For example import, or the name of an API key.")?)
            }
            Kind::Note if asked.op() == Op::Any => Condition::Note(None),
            Kind::Note => Condition::Note(Some(asked.value()?)),
            Kind::Device => Condition::Device(asked.choice()?),
            Kind::Identifier => {
                let kind = asked.fields.get("name").trim();
                Condition::Identifier { kind: (!kind.is_empty()).then(|| kind.to_owned()), value: asked.choice()? }
            }
        })
    }

    fn events(&self, asked: &mut Asked<'_>) -> Option<Events> {
        let name = asked.one("name", "Which event?");
        let (with, within) = (self.with(asked), asked.within());
        Some(Events { name: name?, with: with?, within: within.ok()? })
    }

    fn with(&self, asked: &mut Asked<'_>) -> Option<Vec<PropertyTest>> {
        let rows = self.with.iter().enumerate().filter(|(_, fields)| !fields.is_blank());
        let tests: Vec<Option<PropertyTest>> = rows
            .map(|(place, fields)| {
                let mut asked = asked.inside(place, fields);
                let property = asked.one("property", "Which property?");
                let test = asked.test();
                Some(PropertyTest { property: property?, test: test? })
            })
            .collect();
        tests.into_iter().collect()
    }
}
