//! What is known of a restriction: why, until when, and in whose words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::Kind;
use crate::{ledger::Invalid, subscriptions::Reason, words::words};

words! {
    /// Why messages are kept from somebody.
    pub enum Cause {
        /// They complained about a message.
        Complaint = "complaint", "complaint";
        /// The address does not exist.
        HardBounce = "hard_bounce", "hard bounce";
        /// Messages came back several times in a row.
        SoftBounces = "soft_bounces", "repeated soft bounces";
        /// Nobody has used the address for a long time.
        Inactive = "inactive", "inactive";
        /// The person asked for it.
        Request = "request", "at their request";
        /// Somebody of the workspace decided it.
        Manual = "manual", "by hand";
        List = "list", "from a list";
        Import = "import", "imported";
        /// A system said so, without a reason.
        Api = "api", "from a system";
    }
}

impl Cause {
    /// Whether messages came back, or nobody reads them.
    pub fn is_of_delivery(self) -> bool {
        matches!(self, Self::HardBounce | Self::SoftBounces | Self::Inactive)
    }
}

impl From<Reason> for Cause {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Complaint => Self::Complaint,
            Reason::Bounce => Self::HardBounce,
            Reason::User => Self::Manual,
            Reason::List => Self::List,
            Reason::Import => Self::Import,
            _ => Self::Api,
        }
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::from_stored(&word).ok_or_else(|| Error::custom(format!("{word} is no cause")))
    }
}

/// Longest words of a restriction, in characters.
const LONGEST: usize = 500;

/// A restriction that is in force, or was until its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub cause: Cause,
    /// When it ends by itself; `None`: when it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What the person did or asked for, or what a provider answered: at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Held {
    /// A restriction without an end or words.
    pub fn by(cause: Cause) -> Self {
        Self { cause, until: None, words: None }
    }

    /// A restriction of a kind.
    ///
    /// # Errors
    /// - `until`: a pause needs an end, and only a pause and an entry of the suppression list can have one.
    /// - `words`: they have more than 500 characters.
    pub fn new(kind: Kind, cause: Cause, until: Option<DateTime<Utc>>, words: Option<String>) -> Result<Self, Invalid> {
        let time = |until: Option<DateTime<Utc>>| until.map(|until| until.to_rfc3339()).unwrap_or_default();
        match (kind, until) {
            (Kind::Paused, None) => return Err(Invalid::new("until", "must say when the pause ends", "")),
            (Kind::Disabled | Kind::Blocked, Some(_)) => {
                let rule = "must not be given: only a pause and an entry of the suppression list end by themselves";
                return Err(Invalid::new("until", rule, &time(until)));
            }
            _ => {}
        }
        let words = words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
        if let Some(long) = words.as_ref().filter(|words| words.chars().count() > LONGEST) {
            return Err(Invalid::new("words", "must have at most 500 characters", long));
        }
        Ok(Self { cause, until, words })
    }

    /// Whether it holds at that time.
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
