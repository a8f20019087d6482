//! A key as it is made, as a call finds it, and as pages list it.

use chrono::{DateTime, Utc};

use super::{Capabilities, Format, Grant, MayOverwrite, Origin};
use crate::db::ids::{EnvironmentId, KeyId, SourceId};

/// What people call a key: 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a name.
    pub fn new(given: &str) -> Result<Self, String> {
        let name = given.trim();
        match name.chars().count() {
            0 => Err("Give the key a name, such as the program that will use it.".to_owned()),
            n if n > 100 => Err(format!("A name has at most 100 characters; this one has {n}.")),
            _ if name.chars().any(char::is_control) => Err("A name is one line of text.".to_owned()),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Calls that a key may make in a minute: 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerMinute(i32);

impl PerMinute {
    /// What a key gets if nobody says otherwise.
    pub const DEFAULT: Self = Self(60_000);

    /// Checks a number.
    pub fn new(given: i32) -> Option<Self> {
        (1..=1_000_000).contains(&given).then_some(Self(given))
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl std::str::FromStr for PerMinute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.replace([',', ' '], "").parse().ok().and_then(Self::new);
        number.ok_or_else(|| format!("Calls per minute must be a whole number from 1 to 1,000,000, not {text:?}."))
    }
}

/// A key about to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The id that it will have: made with the form, so that sending it twice makes one key.
    pub id: KeyId,
    /// What people call it.
    pub name: KeyName,
    /// What it may do.
    pub grant: Grant,
    /// How it may speak: at least one format.
    pub formats: Vec<Format>,
    /// How often.
    pub per_minute: PerMinute,
}

/// Where a key writes and as whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteTarget {
    /// The environment.
    pub environment: EnvironmentId,
    /// The key as a source there.
    pub source: SourceId,
}

/// A key as a call finds it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// Its environment.
    pub place: WriteTarget,
    /// The test environment of the same workspace: its own, for a test key.
    pub test: WriteTarget,
    /// What it may do.
    pub grant: Grant,
    /// How it may speak.
    pub formats: Vec<Format>,
    /// How often.
    pub per_minute: PerMinute,
    /// It is no longer good.
    pub is_revoked: bool,
}

/// A key as pages list it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// What it may do.
    pub grant: Grant,
    /// How it may speak.
    pub formats: Vec<Format>,
    /// How often.
    pub per_minute: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it; none: the command line.
    pub created_by: Option<String>,
    /// When it was last used, within a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it is no longer good.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A stored grant. What nobody could have written is a key that may do nothing but write for pages from nowhere, and overwrites nothing.
pub(super) fn grant(kind: &str, capabilities: &[String], (origins, may_overwrite): (&[String], &str)) -> Grant {
    let can = Capabilities::new(capabilities.iter().filter_map(|slug| slug.parse().ok()));
    match (kind, can) {
        ("server", Some(can)) => Grant::Server(can),
        _ => Grant::Browser {
            origins: origins.iter().filter_map(|text| Origin::new(text).ok()).collect(),
            may_overwrite: may_overwrite.parse().unwrap_or(MayOverwrite::Nothing),
        },
    }
}
