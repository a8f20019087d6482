//! The filter as a tree. Its stored form is JSON ([`Filter::to_json`]), its written form canonical text (`print.rs`).

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{identities::Channel, subscriptions::Medium, words::words};

/// Which profiles are selected. Everybody: `All` of nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// Everybody for whom the filter is not true, those of whom nothing is known among them.
    Not(Box<Self>),
    Is(Condition),
}

impl Default for Filter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// Version of the stored form.
const VERSION: u8 = 1;

impl Filter {
    /// All of these; one alone is itself, and what is `All` inside is taken apart.
    pub fn all(filters: Vec<Self>) -> Self {
        let parts = filters.into_iter().flat_map(|filter| match filter {
            Self::All(inside) => inside,
            other => vec![other],
        });
        Self::single(parts.collect(), Self::All)
    }

    /// Any of these, likewise; any of nothing is nobody.
    pub fn any(filters: Vec<Self>) -> Self {
        if filters.is_empty() {
            return Self::default().negated();
        }
        let parts = filters.into_iter().flat_map(|filter| match filter {
            Self::Any(inside) => inside,
            other => vec![other],
        });
        Self::single(parts.collect(), Self::Any)
    }

    fn single(mut parts: Vec<Self>, whole: fn(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                whole(parts)
            }
            None => whole(parts),
        }
    }

    /// The opposite; the opposite of an opposite is the filter itself.
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inside) => *inside,
            other => Self::Not(Box::new(other)),
        }
    }

    /// An attribute has this value.
    pub fn attribute(name: &str, value: &str) -> Self {
        let test = Test::Is(Choice::OneOf(vec![value.to_owned()]));
        Self::Is(Condition::Attribute { name: name.to_owned(), test })
    }

    /// Whether it selects everybody.
    pub fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// Its conditions, in the order in which they are written.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().flat_map(Self::conditions).collect(),
            Self::Not(inside) => inside.conditions(),
            Self::Is(condition) => vec![condition],
        }
    }

    /// What all must be true of: the filters joined by *and*.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All(filters) => filters,
            one => std::slice::from_ref(one),
        }
    }

    /// The stored form.
    pub fn to_json(&self) -> Value {
        json!({ "version": VERSION, "filter": self })
    }

    /// Parses the stored form; `None` if a newer version of kith wrote it.
    pub fn from_json(stored: &Value) -> Option<Self> {
        let is_ours = stored.get("version").and_then(Value::as_u64) == Some(VERSION.into());
        is_ours.then(|| Self::deserialize(stored.get("filter")?).ok()).flatten()
    }
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A word or phrase in the name, an identifier or an address.
    Words(String),
    /// The value of an attribute.
    Attribute { name: String, test: Test },
    /// A tag.
    Tag(Choice),
    /// Member of one of these segments, by their names.
    Segment(Vec<String>),
    /// When the profile was created.
    Created(Period),
    /// The last activity; `None`: any.
    Seen(Option<Period>),
    /// Whether all messages are off (F3).
    Status(Status),
    /// Whether somebody said who it is (S10.3).
    Is(Known),
    /// What the person said about a channel, a topic, or a topic on a channel.
    Answer { channel: Option<Medium>, topic: Option<String>, said: Vec<Said> },
    /// An address.
    Address { channel: Channel, test: AddressTest },
    /// Whether a campaign on a channel may reach the person.
    Can(Medium),
    /// The number of events.
    Did { events: Events, compare: Compare, count: u64 },
    /// A figure of a property of events.
    Figure { figure: Figure, property: String, events: Events, test: Test },
    /// Statuses of messages.
    Was { statuses: Vec<String>, with: Vec<PropertyTest>, within: Option<Period> },
    /// By whom the profile was created: a kind of source or the name of one (Y6.1).
    Source(Vec<String>),
    /// Text in a note; `None`: any note.
    Note(Option<String>),
    /// Platform or kind of a device.
    Device(Choice),
    /// An identifier of a kind; `None`: of any.
    Identifier { kind: Option<String>, value: Choice },
}

/// One of some values, or any at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Present,
    OneOf(Vec<String>),
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    Is(Choice),
    Contains(String),
    Begins(String),
    /// Less or greater than a number or date.
    Compare(Compare, String),
    /// From one number or date to another, both included.
    Between(String, String),
}

words! {
    /// How two values are compared.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Compare {
        AtLeast = ">=", "at least";
        AtMost = "<=", "at most";
        More = ">", "more than";
        Less = "<", "less than";
        Equal = "=", "exactly";
    }
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Hours(u32),
    Days(u32),
}

impl Span {
    /// The longest, in days: a hundred years.
    pub const MOST_DAYS: u32 = 36_500;

    /// As a duration.
    pub fn delta(self) -> TimeDelta {
        match self {
            Self::Hours(hours) => TimeDelta::hours(hours.into()),
            Self::Days(days) => TimeDelta::days(days.into()),
        }
    }
}

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Less than that long ago.
    Within(Span),
    /// More than that long ago.
    Before(Span),
    /// On these days, both included, in UTC; one end may be open.
    Days(Option<NaiveDate>, Option<NaiveDate>),
}

words! {
    /// Whether all messages to somebody are off.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Status {
        Enabled = "enabled", "Enabled";
        Disabled = "disabled", "All messages off";
    }
}

words! {
    /// Whether it is known who somebody is.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Known {
        /// Somebody named them, by an ID, an email or a phone number for example.
        Recognised = "recognised", "Recognised";
        /// Only a browser or an app is known.
        Anonymous = "anonymous", "Anonymous";
    }
}

words! {
    /// What somebody said about a channel or topic.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Said {
        Subscribed = "subscribed", "subscribed";
        Unsubscribed = "unsubscribed", "unsubscribed";
        Pending = "pending", "not confirmed yet";
        Nothing = "none", "said nothing";
    }
}

/// What is asked of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressTest {
    /// It takes no messages.
    Blocked,
    Is(Choice),
    Contains(String),
}

/// Events of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub name: String,
    /// What all holds for each of them.
    pub with: Vec<PropertyTest>,
    pub within: Option<Period>,
}

/// What is asked of a property of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyTest {
    pub property: String,
    pub test: Test,
}

words! {
    /// A figure of events.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Figure {
        Sum = "sum", "Sum";
        Average = "avg", "Average";
        Least = "min", "Smallest";
        Greatest = "max", "Greatest";
        /// Number of different values.
        Distinct = "distinct", "Number of different values";
        /// Value of the first event, by its own time.
        First = "first", "First";
        Last = "last", "Last";
    }
}
