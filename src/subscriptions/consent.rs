//! Consents: a purpose and the answer to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ledger::Invalid;

/// A checked purpose, such as `gdpr.marketing`: 1 to 100 characters without spaces at its ends or line ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(String);

impl Purpose {
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let purpose = given.trim();
        if purpose.is_empty() || purpose.chars().count() > 100 || purpose.contains(char::is_control) {
            return Err(Invalid::new("purpose", "must have 1 to 100 characters and no line breaks", given));
        }
        Ok(Self(purpose.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether consent is the stricter answer: under the CCPA it means to be left out of a sale (M9.3).
    pub fn is_opt_out(&self) -> bool {
        self.0.starts_with("ccpa.")
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The answer for one purpose (M9.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Whether consent was given.
    pub given: bool,
    /// Time of the answer, where it differs from that of the statement.
    #[serde(skip)]
    pub as_of: Option<DateTime<Utc>>,
    /// Document that was shown, at most 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Place of the answer, at most 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Device of the answer, at most 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<String>,
}

impl Consent {
    /// Label for people.
    pub fn label(&self, purpose: &Purpose) -> &'static str {
        match (purpose.is_opt_out(), self.given) {
            (true, true) => "Opted out",
            (true, false) => "Not opted out",
            (false, true) => "Agreed",
            (false, false) => "Refused",
        }
    }

    /// Checks the length of document, location and hardware id: at most 1000 characters each.
    pub fn checked(self) -> Result<Self, Invalid> {
        for (field, text) in [
            ("consent document", &self.document),
            ("consent location", &self.location),
            ("consent hardware_id", &self.hardware_id),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > 1000) {
                return Err(Invalid::new(
                    field,
                    "must have at most 1000 characters",
                    text.as_deref().unwrap_or_default(),
                ));
            }
        }
        Ok(self)
    }
}
