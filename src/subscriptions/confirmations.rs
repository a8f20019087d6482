//! The register of confirmations: which emails somebody confirmed, and what was ever said of email on the whole. Both only grow, so that
//! whether somebody has yet to confirm their email is the same in any order of delivery.

use std::{convert::Infallible, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Line, Medium, Subscription, SubscriptionState, Subscriptions};
use crate::{
    identities::Address,
    ledger::{ChangeKind, Context, Stamp},
    registers::{Fact, Guard, Kept, Register, Table},
    words::words,
};

words! {
    /// How an email was confirmed.
    pub enum Way {
        /// By the link that was sent to it.
        Link = "link", "by the link that was sent to it";
        /// An operator subscribed them, with a reason.
        Operator = "operator", "by hand";
    }
}

/// Evidence that an email is the person's own, besides time and source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    way: String,
    /// The browser, as it names itself; at most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    agent: String,
}

/// What was ever said of email on the whole: the first and the last time of each, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// First *subscribed* of a source that may loosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<i64>,
    /// First *subscribed* of another source. That of an import counts as said before everything: it is the record of a yes elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weak: Option<i64>,
    /// Last *unsubscribed*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<i64>,
    /// Whether it was ever said to wait for a confirmation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// Whether something was said of it by an address, for whoever has it. Who gets the address later does not hear all of that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub addressed: bool,
}

impl Begun {
    /// What a statement about a line adds; `None`: it is not about email on the whole.
    pub fn of(line: &Line, said: Subscription, at: Context) -> Option<Self> {
        let time = at.stamp.time().timestamp_micros();
        let nothing = Self::default();
        (*line == Line::channel(Medium::Email)).then(|| match said.state {
            SubscriptionState::Unsubscribed => Self { no: Some(time), ..nothing },
            SubscriptionState::Pending => Self { pending: true, ..nothing },
            SubscriptionState::Subscribed if said.reason == super::Reason::Import => Self { weak: Some(0), ..nothing },
            SubscriptionState::Subscribed if Subscriptions::may_loosen(line, at.leave) => {
                Self { yes: Some(time), ..nothing }
            }
            SubscriptionState::Subscribed => Self { weak: Some(time), ..nothing },
        })
    }

    /// The same where it was said of an address.
    pub fn of_address(self) -> Self {
        Self { yes: None, weak: None, addressed: true, ..self }
    }

    fn add(&mut self, other: Self) {
        let first = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
        *self = Self {
            yes: first(self.yes, other.yes),
            weak: first(self.weak, other.weak),
            no: self.no.max(other.no),
            pending: self.pending || other.pending,
            addressed: self.addressed || other.addressed,
        };
    }

    /// Whether they were subscribed before `since` and never unsubscribed: however often it is said again, that subscription stays.
    pub fn is_before(&self, since: DateTime<Utc>) -> bool {
        let is_before = |time: Option<i64>| time.is_some_and(|time| time < since.timestamp_micros());
        self.no.is_none() && !self.addressed && (is_before(self.yes) || is_before(self.weak) && !self.pending)
    }
}

/// A condition of SQL on the row of `profiles` that is called `$p`: they are subscribed to email since the rule began, and have not confirmed
/// the email that they have. The time of the rule, in microseconds, stands between the two parts. See [`Begun::is_before`].
macro_rules! awaits {
    (before $p:literal) => {
        concat!(
            "EXISTS (SELECT FROM subscriptions s WHERE s.environment_id = ", $p, ".environment_id AND s.profile_id = ", $p, ".id \
                 AND s.channel = 'email' AND s.topic = '' AND s.state = 'subscribed') AND NOT EXISTS (SELECT FROM confirmations c \
                 JOIN addresses a ON a.environment_id = c.environment_id AND a.profile_id = c.profile_id AND a.channel = 'email' \
                     AND a.normalised = c.subject \
                 WHERE c.environment_id = ", $p, ".environment_id AND c.profile_id = ", $p, ".id) \
             AND EXISTS (SELECT FROM (SELECT "
        )
    };
    (after $p:literal) => {
        concat!(
            "::bigint AS since) r WHERE EXISTS (SELECT FROM subscriptions s WHERE s.environment_id = ", $p, ".environment_id \
                 AND s.profile_id = ", $p, ".id AND s.channel = 'email' AND s.topic = '' AND (s.stamp->0)::bigint >= r.since) \
             AND NOT EXISTS (SELECT FROM confirmations c WHERE c.environment_id = ", $p, ".environment_id \
                 AND c.profile_id = ", $p, ".id AND c.subject = 'email' AND c.value->'no' IS NULL AND c.value->'addressed' IS NULL \
                 AND ((c.value->'yes')::bigint < r.since OR (c.value->'weak')::bigint < r.since AND c.value->'pending' IS NULL)))"
        )
    };
}

pub(crate) use awaits;

/// What a confirmation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfirmationKey {
    /// Email on the whole.
    Line,
    /// A normalised email.
    Email(String),
}

const LINE: &str = "email";

impl fmt::Display for ConfirmationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => LINE,
            Self::Email(address) => address,
        })
    }
}

impl FromStr for ConfirmationKey {
    type Err = Infallible;

    fn from_str(subject: &str) -> Result<Self, Infallible> {
        Ok(if subject == LINE { Self::Line } else { Self::Email(subject.to_owned()) })
    }
}

/// What is held of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Confirmation {
    Email(Confirmed),
    Line(Begun),
}

impl Confirmation {
    /// That an email was confirmed, with the browser by which it was.
    pub fn fact(email: &Address, way: Way, agent: &str) -> Fact {
        let confirmed = Confirmed { way: way.as_str().to_owned(), agent: agent.chars().take(200).collect() };
        Fact::new::<Confirmations>(ConfirmationKey::Email(email.normalised.clone()), Self::Email(confirmed))
    }

    /// A shown value in words: how it was confirmed, and by which browser.
    pub fn told(value: &Value) -> Option<[String; 2]> {
        let Self::Email(Confirmed { way, agent }) = serde_json::from_value(value.clone()).ok()? else { return None };
        Some([format!("Confirmed {}", Way::from_stored(&way)?.label()), agent])
    }
}

/// Register of confirmations. Nothing of it is ever taken back.
pub struct Confirmations;

impl Register for Confirmations {
    type Key = ConfirmationKey;
    type Value = Confirmation;

    const KIND: ChangeKind = ChangeKind::Confirmation;
    const SECTION: &'static str = "Confirmed emails";
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, subject AS key, value, stamp FROM confirmations WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO confirmations (environment_id, profile_id, subject, value, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, subject text, value jsonb, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, subject) DO UPDATE SET value = excluded.value, stamp = excluded.stamp",
        remove: "DELETE FROM confirmations WHERE environment_id = $1 AND profile_id = $2 AND subject = ANY($3)",
        columns: |key, value, _| json!({ "subject": key.to_string(), "value": value }),
    });

    fn key(subject: &str) -> Option<ConfirmationKey> {
        subject.parse().ok()
    }

    /// What was ever said of email is no answer: the subscriptions tell it.
    fn shown(value: &Confirmation) -> Option<Value> {
        matches!(value, Confirmation::Email(_)).then(|| json!(value))
    }

    fn gather(value: &mut Confirmation, other: &Confirmation) {
        if let (Confirmation::Line(begun), Confirmation::Line(other)) = (value, other) {
            begun.add(*other);
        }
    }

    fn keeps(_: &ConfirmationKey, own: &Confirmation, theirs: &Confirmation) -> Kept<Confirmation> {
        let (Confirmation::Line(_), Confirmation::Line(_)) = (own, theirs) else { return Kept::Newer };
        let mut both = own.clone();
        Self::gather(&mut both, theirs);
        Kept::Both(both)
    }

    /// A key for browsers confirms nothing.
    fn guard(_: &ConfirmationKey, _: &Confirmation, _: &Confirmation) -> Guard {
        Guard::Never("is confirmed by a link that is sent to it")
    }

    /// Of two of one time the values decide; what was ever said of email is gathered anyway, so that what is said again changes nothing.
    fn outranks(_: &ConfirmationKey, said: &Confirmation, had: &Confirmation) -> bool {
        let [one, other] = [said, had].map(|it| json!(it).to_string());
        matches!(said, Confirmation::Email(_)) && one > other
    }

    fn said(value: Confirmation, stamp: Stamp) -> (Confirmation, Stamp) {
        (value, stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_as_what_it_was() {
        let begun = Confirmation::Line(Begun { yes: Some(5), pending: true, ..Begun::default() });
        assert_eq!(json!(begun), json!({"yes": 5, "pending": true}));
        let confirmed = Confirmation::Email(Confirmed { way: "link".to_owned(), agent: "Firefox".to_owned() });
        for value in [begun, Confirmation::Line(Begun::default()), confirmed] {
            assert_eq!(serde_json::from_value::<Confirmation>(json!(value)).expect("read"), value);
        }
    }

    #[test]
    fn who_was_subscribed_before_and_never_opted_out_stays() {
        let since = DateTime::from_timestamp_micros(10).expect("a time");
        let nothing = Begun::default();
        for (begun, is_before) in [
            (nothing, false),
            (Begun { yes: Some(9), ..nothing }, true),
            (Begun { yes: Some(10), ..nothing }, false),
            (Begun { yes: Some(9), pending: true, ..nothing }, true),
            (Begun { weak: Some(9), ..nothing }, true),
            (Begun { weak: Some(9), pending: true, ..nothing }, false),
            (Begun { yes: Some(9), no: Some(1), ..nothing }, false),
            (Begun { yes: Some(9), addressed: true, ..nothing }, false),
        ] {
            assert_eq!(begun.is_before(since), is_before, "{begun:?}");
        }
    }
}
