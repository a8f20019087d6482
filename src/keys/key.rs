//! A key: as a draft, for a call, and for the list.

use chrono::{DateTime, Utc};

use super::{Capabilities, Format, Grant, MayOverwrite, Origin};
use crate::db::ids::{EnvironmentId, KeyId, SourceId};

/// Name of a key for people: 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a name. The error is text for people.
    pub fn new(given: &str) -> Result<Self, String> {
        let name = given.trim();
        match name.chars().count() {
            0 => Err("Enter a name, such as the system that will use the key.".to_owned()),
            n if n > 100 => Err(format!("A name can have at most 100 characters. This one has {n}.")),
            _ if name.chars().any(char::is_control) => Err("A name must be one line of text.".to_owned()),
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Calls that a key may make per minute: 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerMinute(i32);

impl PerMinute {
    /// Default for a new key.
    pub const DEFAULT: Self = Self(60_000);

    /// A checked number; `None` if out of range.
    pub fn new(given: i32) -> Option<Self> {
        (1..=1_000_000).contains(&given).then_some(Self(given))
    }

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

/// A key to create.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Id of the key, made with the form, so that sending it twice creates one key.
    pub id: KeyId,
    pub name: KeyName,
    pub grant: Grant,
    /// Formats that it may speak, at least one.
    pub formats: Vec<Format>,
    pub per_minute: PerMinute,
}

/// Environment and source that a key writes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteTarget {
    pub environment: EnvironmentId,
    /// The key as a source in that environment.
    pub source: SourceId,
}

/// A key for a call.
#[derive(Clone, Debug)]
pub struct Key {
    /// Id of the key.
    pub id: KeyId,
    /// Name for people.
    pub name: String,
    /// Target in the key's own environment.
    pub place: WriteTarget,
    /// Target in the test environment of the same workspace; for a test key the same.
    pub test: WriteTarget,
    pub grant: Grant,
    /// Formats that it may speak.
    pub formats: Vec<Format>,
    pub per_minute: PerMinute,
    pub is_revoked: bool,
}

/// A key for the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Id of the key.
    pub id: KeyId,
    /// Name for people.
    pub name: String,
    /// First characters of the secret.
    pub prefix: String,
    pub grant: Grant,
    /// Formats that it may speak.
    pub formats: Vec<Format>,
    /// Calls per minute.
    pub per_minute: i32,
    pub created_at: DateTime<Utc>,
    /// Name of the operator who created it; `None` for the command line.
    pub created_by: Option<String>,
    /// Last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Time of revocation.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Parses a stored grant. An impossible one becomes a key that may only write, for pages of no origin, and overwrites nothing.
pub(super) fn grant(kind: &str, capabilities: &[String], origins: &[String], may_overwrite: &str) -> Grant {
    let can = Capabilities::new(capabilities.iter().filter_map(|slug| slug.parse().ok()));
    match (kind, can) {
        ("server", Some(can)) => Grant::Server(can),
        _ => Grant::Browser {
            origins: origins.iter().filter_map(|text| Origin::new(text).ok()).collect(),
            may_overwrite: may_overwrite.parse().unwrap_or(MayOverwrite::Nothing),
        },
    }
}
