//! How a workspace has identifiers and addresses read: the country of phone numbers without a code, and placeholders that are somebody.

use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use serde::{Deserialize, Serialize};

use super::placeholder::PLACEHOLDERS;

/// A country whose phone numbers are known, by its two-letter code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(Region);

impl Country {
    /// All countries, in the order of their codes.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = PHONE_NUMBER_UTIL.get_supported_regions().map(Self).collect();
        all.sort_by_key(|country| country.to_string());
        all
    }

    pub(super) fn region(self) -> Region {
        self.0
    }

    /// Code with which its numbers begin, without the plus sign.
    pub fn calling_code(self) -> i32 {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Country {
    type Err = &'static str;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let found = code.to_ascii_uppercase().parse().ok().map(Self);
        found
            .filter(|country| country.calling_code() > 0)
            .ok_or("must be the two-letter code of a country with phone numbers, such as IN")
    }
}

impl TryFrom<String> for Country {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        code.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

/// Placeholders that identify somebody in a workspace: one bit for each of [`PLACEHOLDERS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Allowed(u32);

impl Allowed {
    /// Those of the words that are placeholders, in any case.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let place = |word: &str| PLACEHOLDERS.iter().position(|known| known.eq_ignore_ascii_case(word));
        Self(words.into_iter().filter_map(place).fold(0, |bits, place| bits | 1 << place))
    }

    /// The placeholders, as the list has them.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        PLACEHOLDERS.into_iter().enumerate().filter(move |(place, _)| self.0 & 1 << place != 0).map(|(_, word)| word)
    }

    /// Whether a trimmed value is one of them, in any case.
    pub fn has(self, value: &str) -> bool {
        self.words().any(|word| word.eq_ignore_ascii_case(value))
    }
}

impl From<Vec<String>> for Allowed {
    fn from(words: Vec<String>) -> Self {
        Self::new(words.iter().map(String::as_str))
    }
}

impl From<Allowed> for Vec<String> {
    fn from(allowed: Allowed) -> Self {
        allowed.words().map(str::to_owned).collect()
    }
}

/// How identifiers and addresses are read. The default: a phone number needs its country code, and every placeholder is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub country: Option<Country>,
    pub allowed: Allowed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_their_code() {
        let all = Country::all();
        assert!(all.len() > 200 && all.windows(2).all(|pair| pair[0].to_string() < pair[1].to_string()));
        assert!(all.iter().all(|country| country.to_string().parse() == Ok(*country)));
        assert_eq!("ch".parse::<Country>().unwrap().calling_code(), 41);
        for bad in ["", "XX", "001", "Switzerland"] {
            assert!(bad.parse::<Country>().is_err(), "{bad}");
        }
    }

    #[test]
    fn allowed_are_words_of_the_list_alone() {
        let allowed = Allowed::new(["Guest", "somebody", "email"]);
        assert_eq!(allowed.words().collect::<Vec<_>>(), ["guest", "email"]);
        assert!(allowed.has("GUEST") && !allowed.has("null") && !allowed.has("somebody"));
        assert_eq!(Allowed::from(Vec::<String>::from(allowed)), allowed);
    }
}
