//! What a provider tells of one message, whatever its format.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{activity, db::ids::MessageId, messages::Status, words::words};

/// Characters of a code that are kept.
const LONGEST_CODE: usize = 100;
/// Characters of the provider's words that are kept.
const LONGEST_WORDS: usize = 500;
/// Characters of a link, of an event's id and of a message's that are kept.
const LONGEST_LINK: usize = 2000;
pub const LONGEST_ID: usize = 200;

/// How a provider names a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Message(MessageId),
    /// By its own id.
    Provider(String),
}

impl Named {
    /// By kith's id, or by that of the provider if it is none of kith's.
    pub fn of(id: &str) -> Self {
        match id.parse() {
            Ok(id) => Self::Message(id),
            Err(_) => Self::Provider(clean(id, LONGEST_ID).unwrap_or_default()),
        }
    }

    /// By the header `Message-ID` that kith wrote: its id before the `@`.
    pub fn of_header(header: &str) -> Self {
        let id = header.trim().trim_start_matches('<').trim_end_matches('>');
        let own = id.split_once('@').and_then(|(local, _)| local.parse().ok());
        own.map_or_else(|| Self::Provider(clean(id, LONGEST_ID).unwrap_or_default()), Self::Message)
    }

    /// By the first of these that names one.
    pub fn first(kith: &str, header: &str, provider: &str) -> Self {
        if let Ok(id) = kith.parse() {
            return Self::Message(id);
        }
        match Self::of_header(header) {
            found @ Self::Message(_) => found,
            Self::Provider(_) if !provider.is_empty() => {
                Self::Provider(clean(provider, LONGEST_ID).unwrap_or_default())
            }
            found @ Self::Provider(_) => found,
        }
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(id) => id.fmt(f),
            Self::Provider(id) => f.write_str(id),
        }
    }
}

words! {
    /// How a message came back.
    pub enum Bounce {
        /// For good: the address does not exist.
        Hard = "hard";
        /// This time.
        Soft = "soft";
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Undelivered(Bounce),
    Opened,
    /// With where the link led.
    Clicked(Option<String>),
    Unsubscribed,
    Complained,
}

impl Outcome {
    /// The status of a message that got so far.
    pub fn status(&self) -> Status {
        match self {
            Self::Delivered => Status::Delivered,
            Self::Undelivered(_) => Status::Undelivered,
            Self::Opened => Status::Opened,
            Self::Clicked(_) => Status::Clicked,
            Self::Unsubscribed => Status::Unsubscribed,
            Self::Complained => Status::Complained,
        }
    }
}

/// What a provider tells of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub message: Named,
    pub outcome: Outcome,
    /// `None`: the provider says no time.
    pub at: Option<DateTime<Utc>>,
    /// The provider's own id of what it tells; `None`: it has none, and message, kind and time say whether it is the same.
    pub event: Option<String>,
    pub code: Option<String>,
    pub words: Option<String>,
    pub is_machine: bool,
}

impl Report {
    /// A report without more.
    pub fn new(message: Named, outcome: Outcome, at: Option<DateTime<Utc>>) -> Self {
        Self { message, outcome, at, event: None, code: None, words: None, is_machine: false }
    }

    /// With the provider's own id; an empty one is none.
    pub fn event(self, id: &str) -> Self {
        Self { event: clean(id, LONGEST_ID), ..self }
    }

    /// With the provider's code and words.
    pub fn saying(self, code: &str, words: &str) -> Self {
        Self { code: clean(code, LONGEST_CODE), words: clean(words, LONGEST_WORDS), ..self }
    }

    /// With who did it: whether the provider calls it a machine, and the name of the program; empty: unknown. Only what people do can be
    /// a machine's.
    pub fn by(self, is_machine: bool, agent: &str) -> Self {
        let is_deed = matches!(self.outcome, Outcome::Opened | Outcome::Clicked(_));
        let is_known =
            || !agent.is_empty() && activity::suspicion(&json!({ "user_agent": agent }), None, None).is_some();
        Self { is_machine: is_deed && (is_machine || is_known()), ..self }
    }
}

/// A link as it is kept; only one that a browser follows.
pub fn link(given: &str) -> Option<String> {
    let is_link = given.starts_with("https://") || given.starts_with("http://");
    clean(given, LONGEST_LINK).filter(|_| is_link)
}

/// A text without control characters, cut; `None` if nothing is left.
pub fn clean(text: &str, most: usize) -> Option<String> {
    let kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_kiths_id_wherever_it_stands() {
        let id: MessageId = "0193e5a0-0000-7000-8000-000000000007".parse().unwrap();
        assert_eq!(Named::of_header(&format!("<{id}@shop.example>")), Named::Message(id));
        assert_eq!(Named::first("", &format!("{id}@shop.example"), "sid"), Named::Message(id));
        assert_eq!(Named::first(&id.to_string(), "<x@y>", "sid"), Named::Message(id));
        assert_eq!(Named::first("", "<x@y>", "sid"), Named::Provider("sid".to_owned()));
        assert_eq!(Named::first("", "<x@y>", ""), Named::Provider("x@y".to_owned()));
    }

    #[test]
    fn machines_open_and_click_and_nothing_else() {
        let report = |outcome, flag, agent: &str| Report::new(Named::of("x"), outcome, None).by(flag, agent).is_machine;
        assert!(report(Outcome::Opened, true, ""));
        assert!(report(Outcome::Opened, false, "Mozilla/5.0"), "Apple's proxy");
        assert!(report(Outcome::Clicked(None), false, "BarracudaCentral"));
        assert!(!report(Outcome::Opened, false, ""), "nothing is said of the program");
        assert!(!report(Outcome::Opened, false, "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/128.0"));
        assert!(!report(Outcome::Complained, true, "curl/8"));
    }
}
