//! A sending account.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Draft, FeedbackFormat, Provider};
use crate::{db::ids::SendingAccountId, subscriptions::Medium};

/// Name of an account: 1 to 80 characters, no line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 80;

    /// Checks and trims a name.
    ///
    /// # Errors
    /// It is empty, too long or has control characters. The text is for people.
    pub fn new(given: &str) -> Result<Self, String> {
        let name = given.trim();
        if name.is_empty() || name.chars().count() > Self::LONGEST || name.contains(char::is_control) {
            return Err(format!("Enter a name of 1 to {} characters, such as “Shop mail”.", Self::LONGEST));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Limits of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages a second; 0: no limit.
    pub per_second: u32,
    /// Connections at once, 1 to 16.
    pub at_once: u32,
    /// Time after which a message that is not taken is given up.
    pub give_up: TimeDelta,
}

/// A sending account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: SendingAccountId,
    pub channel: Medium,
    pub name: AccountName,
    pub provider: Provider,
    pub limits: Limits,
    /// Addresses that the test environment may send to, normalised.
    pub test_list: Vec<String>,
    /// Whether it is used where a message names no account.
    pub is_default: bool,
    pub is_on: bool,
    /// In which format its provider tells what becomes of messages.
    pub feedback: FeedbackFormat,
    /// First failure of the account itself since its last success, and what was said.
    pub failing: Option<(DateTime<Utc>, String)>,
}

impl Account {
    /// Whether the test environment may send to an address.
    pub fn may_test(&self, address: &str) -> bool {
        self.test_list.iter().any(|known| known == address)
    }

    /// What people decided about it.
    pub fn draft(&self) -> Draft {
        let Self { name, provider, limits, test_list, .. } = self;
        Draft { name: name.clone(), provider: provider.clone(), limits: *limits, test_list: test_list.clone() }
    }
}
