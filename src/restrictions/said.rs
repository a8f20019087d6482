//! Restrictions in words: what a row of the ledger is about, and its value.

use serde_json::Value;

use super::{Contact, Held, Key, Kind};
use crate::{identities::Channel, subscriptions::Medium};

impl Contact {
    /// "Email address ann@example.com", "Phone +14155550123".
    pub fn label(&self) -> String {
        let name = if self.channel == Channel::Email { "Email address" } else { self.channel.label() };
        format!("{name} {}", self.address)
    }
}

/// What a restriction is about; the text itself, if it is no key.
pub fn label(subject: &str) -> String {
    match subject.parse() {
        Err(_) => subject.to_owned(),
        Ok(Key::Disabled) => "All messages".to_owned(),
        Ok(Key::Paused) => "Messages".to_owned(),
        Ok(Key::Suppressed(channel, None)) => channel.map_or("All channels", Medium::label).to_owned(),
        Ok(Key::Suppressed(channel, Some(contact))) => {
            format!("{}, {}", contact.label(), channel.map_or("all channels", Medium::label))
        }
        Ok(Key::Blocked(contact)) => contact.label(),
    }
}

/// What a change did: "Email address ann@example.com blocked", "Pause of messages ended". `None`: the text is no key.
pub fn title(subject: &str, after: Option<&Value>) -> Option<String> {
    let (key, about) = (subject.parse::<Key>().ok()?, label(subject));
    let held = after.and_then(|after| serde_json::from_value::<Held>(after.clone()).ok());
    Some(match (held, &key) {
        (Some(held), _) => format!("{about} {}", held.state(key.kind())),
        (None, Key::Disabled) => "All messages turned on again".to_owned(),
        (None, Key::Paused) => "Pause of messages ended".to_owned(),
        (None, Key::Suppressed(..)) => format!("{about} no longer suppressed"),
        (None, Key::Blocked(_)) => format!("{about} no longer blocked"),
    })
}

/// A restriction in force, with its cause and words; `None` if it is none.
pub fn value(subject: &str, value: &Value) -> Option<(String, String)> {
    let held: Held = serde_json::from_value(value.clone()).ok()?;
    let key: Key = subject.parse().ok()?;
    Some((held.state(key.kind()), held.why()))
}

/// What was said and what was kept of a restriction, in words: "lifted", "blocked"; `None`: they are none.
pub fn refused(subject: &str, said: &Value, kept: &Value) -> Option<(String, String)> {
    let kind = subject.parse::<Key>().ok()?.kind();
    let word = |value: &Value| Some(serde_json::from_value::<Option<Held>>(value.clone()).ok()??.state(kind));
    Some((word(said).unwrap_or_else(|| "lifted".to_owned()), word(kept)?))
}

/// Why a key does not lift a restriction.
pub fn kept_of_keys(subject: &str) -> &'static str {
    match subject.parse::<Key>().map(|key| key.kind()) {
        Ok(Kind::Blocked) => "systems do not lift blocks",
        Ok(Kind::Suppressed) => "systems do not lift suppressions",
        Ok(Kind::Disabled | Kind::Paused) | Err(_) => "this key may not loosen",
    }
}

impl Held {
    /// What holds: "turned off", "paused until 3 Dec 2026", "blocked".
    pub fn state(&self, kind: Kind) -> String {
        let word = kind.label();
        self.until.map_or_else(|| word.to_owned(), |until| format!("{word} until {}", until.format("%-d %b %Y")))
    }

    /// Why: "hard bounce (550 no such user)".
    pub fn why(&self) -> String {
        let cause = self.cause.label();
        self.words.as_ref().map_or_else(|| cause.to_owned(), |words| format!("{cause} ({words})"))
    }
}
