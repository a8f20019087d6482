//! What a workspace decides.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    db::BELIEVED,
    identities::{Allowed, Country, Reading},
    messages,
    web::{PathId, words::counted},
    words::words,
    workspaces::{Accent, WorkspaceName},
};

/// Countries that are remembered: more changes than anybody makes while calls are repeated.
const MOST_COUNTRIES: usize = 20;

words! {
    /// One setting, which is saved alone. The word is in its address.
    pub enum Setting {
        Name = "name", "Name";
        Colour = "colour", "Colour";
        Country = "country", "Country of phone numbers";
        /// Whether a new id with a known email is somebody known (V1.9).
        Matching = "matching", "Matching";
        /// Placeholders that identify somebody.
        Placeholders = "placeholders", "Placeholder IDs";
        /// Days that new kinds of events are kept.
        Events = "events", "Days events are kept";
        Texts = "texts", "Days texts of messages are kept";
    }
}

impl PathId for Setting {
    const PART: &str = "setting";
}

/// What a workspace decides about what is sent to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkspaceSettings {
    /// Countries of phone numbers without a code, each with the time from which it holds, oldest first.
    pub countries: Vec<(DateTime<Utc>, Option<Country>)>,
    /// Whether a new id with the email of one known person is that person.
    pub match_on_email: bool,
    /// Placeholders that identify somebody.
    pub placeholders: Allowed,
    /// Days that events are kept whose kind is new; `None`: for good.
    pub keep_days: Option<i32>,
    /// Days that the texts of sent messages are kept; `None`: [`messages::TEXT_KEPT_DAYS`].
    pub text_days: Option<i32>,
}

impl WorkspaceSettings {
    /// How something is read that arrived at `at`, whenever that happens: of two readings of the same call neither says anything else.
    pub fn reading(&self, at: DateTime<Utc>) -> Reading {
        let country = self.countries.iter().rev().find(|(since, _)| *since <= at).and_then(|(_, country)| *country);
        Reading { country, allowed: self.placeholders }
    }

    /// Days that the texts of sent messages are kept.
    pub fn text_days(&self) -> i32 {
        self.text_days.unwrap_or(messages::TEXT_KEPT_DAYS)
    }

    /// The country that was chosen last.
    pub fn country(&self) -> Option<Country> {
        self.countries.last().and_then(|(_, country)| *country)
    }
}

/// All that a workspace decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    pub name: String,
    pub accent: Accent,
    pub settings: WorkspaceSettings,
}

/// Days that events are kept at most, where they are not kept for good.
pub const MOST_DAYS: i32 = 3660;

/// Days that texts of messages are kept at most.
pub const MOST_TEXT_DAYS: i32 = 400;

/// A new value of one setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Name(WorkspaceName),
    Colour(Accent),
    Country(Option<Country>),
    Matching(bool),
    Placeholders(Allowed),
    /// Days from 1 to [`MOST_DAYS`]; `None`: for good.
    Events(Option<i32>),
    /// Days from 1 to [`MOST_TEXT_DAYS`].
    Texts(i32),
}

impl Change {
    /// The setting that it changes.
    pub fn setting(&self) -> Setting {
        match self {
            Self::Name(_) => Setting::Name,
            Self::Colour(_) => Setting::Colour,
            Self::Country(_) => Setting::Country,
            Self::Matching(_) => Setting::Matching,
            Self::Placeholders(_) => Setting::Placeholders,
            Self::Events(_) => Setting::Events,
            Self::Texts(_) => Setting::Texts,
        }
    }
}

impl Whole {
    /// The same with one setting changed at `now`.
    pub fn with(&self, change: &Change, now: DateTime<Utc>) -> Self {
        let mut new = self.clone();
        match change {
            Change::Name(name) => name.as_str().clone_into(&mut new.name),
            Change::Colour(accent) => new.accent = *accent,
            Change::Country(country) if *country == self.settings.country() => {}
            Change::Country(country) => {
                let all = &mut new.settings.countries;
                all.push((now + BELIEVED, *country));
                all.drain(..all.len().saturating_sub(MOST_COUNTRIES));
            }
            Change::Matching(is_on) => new.settings.match_on_email = *is_on,
            Change::Placeholders(allowed) => new.settings.placeholders = *allowed,
            Change::Events(days) => new.settings.keep_days = *days,
            Change::Texts(days) => new.settings.text_days = Some(*days),
        }
        new
    }

    /// The value of a setting, for people.
    pub fn told(&self, setting: Setting) -> String {
        match setting {
            Setting::Name => self.name.clone(),
            Setting::Colour => self.accent.label().to_owned(),
            Setting::Country => self.settings.country().map_or_else(|| "None".to_owned(), named),
            Setting::Matching if self.settings.match_on_email => "By ID and email".to_owned(),
            Setting::Matching => "By ID".to_owned(),
            Setting::Placeholders => {
                let words: Vec<&str> = self.settings.placeholders.words().collect();
                if words.is_empty() { "None".to_owned() } else { words.join(", ") }
            }
            Setting::Events => {
                self.settings.keep_days.map_or_else(|| "Forever".to_owned(), |days| counted(days.into(), "day", "days"))
            }
            Setting::Texts => counted(self.settings.text_days().into(), "day", "days"),
        }
    }
}

/// Name and calling code of a country: "Switzerland (+41)".
pub fn named(country: Country) -> String {
    let code = country.to_string();
    let name = celes::Country::from_alpha2(&code).map_or(code, |found| found.long_name.to_owned());
    format!("{name} (+{})", country.calling_code())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_arrived_is_always_read_alike() {
        let start = DateTime::UNIX_EPOCH;
        let hour = |n| start + TimeDelta::hours(n);
        let whole = Whole { name: "Acme".into(), accent: Accent::default(), settings: WorkspaceSettings::default() };
        let country = |code: &str| Change::Country(code.parse().ok());
        let whole = whole.with(&country("CH"), hour(1)).with(&country("CH"), hour(2)).with(&country("IN"), hour(3));
        let whole = whole.with(&country(""), hour(5));
        assert_eq!(whole.settings.countries.len(), 3);
        let read = |at| whole.settings.reading(at).country.map(|country| country.to_string());
        assert_eq!(read(hour(1)), None, "no server may know it yet");
        assert_eq!(read(hour(1) + BELIEVED).as_deref(), Some("CH"));
        assert_eq!(read(hour(4)).as_deref(), Some("IN"));
        assert_eq!((read(hour(6)), whole.settings.country()), (None, None));
        let many = (0..50).fold(whole, |whole, n| whole.with(&country(if n % 2 == 0 { "CH" } else { "IN" }), hour(n)));
        assert_eq!(many.settings.countries.len(), MOST_COUNTRIES);
    }

    #[test]
    fn what_cannot_be_read_is_the_default() {
        let read = |text: &str| serde_json::from_str::<WorkspaceSettings>(text).unwrap();
        assert_eq!(read("{}"), WorkspaceSettings::default());
        assert!(read(r#"{"later": 1, "match_on_email": true}"#).match_on_email);
    }
}
