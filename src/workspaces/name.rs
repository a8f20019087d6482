//! What workspaces and groups are called: names for people, and slugs in addresses.

use std::str::FromStr;

use crate::text::{fold, name};

/// First parts of addresses that are no workspace's.
pub const RESERVED: [&str; 17] = [
    "account",
    "api",
    "developers",
    "healthz",
    "hooks",
    "join",
    "organisation",
    "preferences",
    "readyz",
    "setup",
    "sign-in",
    "sign-out",
    "sign-out-everywhere",
    "static",
    "v1",
    "v2",
    "workspaces",
];

/// Name of a workspace or of a group, for people: 1 to 80 characters, of which something can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceName(String);

impl WorkspaceName {
    /// Characters at most.
    pub const LONGEST: usize = 80;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WorkspaceName {
    type Err = &'static str;

    /// Parses a name, trimmed. The error is text for people.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        name(text, Self::LONGEST).map(Self).ok_or("Enter a name, at most 80 characters.")
    }
}

/// Name of a workspace in addresses: 2 to 40 lower-case letters, digits and single hyphens between them; none of [`RESERVED`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Characters at most.
    pub const LONGEST: usize = 40;

    /// Makes a slug from the letters and digits of a name; other characters become hyphens. `None`: too few are left, or it is reserved.
    pub fn of(name: &WorkspaceName) -> Option<Self> {
        let plain = fold(name.as_str());
        let words: Vec<&str> =
            plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let slug: String = words.join("-").chars().take(Self::LONGEST).collect();
        slug.trim_end_matches('-').parse().ok()
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = &'static str;

    /// Parses a slug, trimmed. The error is text for people.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !(2..=Self::LONGEST).contains(&text.len()) || !text.split('-').all(is_word) {
            return Err(
                "Use 2 to 40 lower-case letters (a to z) and digits, with single hyphens between them, such as acme-shop.",
            );
        }
        if RESERVED.contains(&text) {
            return Err("This word is part of an address of kith itself. Choose another one.");
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_fits_an_address() {
        for good in ["ab", "acme", "acme-shop-2", "7eleven", &"x".repeat(40)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        let long = "x".repeat(41);
        for bad in ["", "a", "Acme", "acme_shop", "-acme", "acme-", "a--b", "zürich", "a b", "a/b", "a\0b", &long] {
            assert!(bad.parse::<Slug>().is_err(), "{bad:?}");
        }
        for reserved in RESERVED {
            assert!(reserved.parse::<Slug>().is_err_and(|rule| rule.contains("kith itself")), "{reserved}");
        }
    }

    #[test]
    fn a_name_makes_a_slug() {
        let slug = |name: &str| Slug::of(&name.parse().unwrap()).map(|slug| slug.0);
        assert_eq!(slug("Zażółć Books & Co").as_deref(), Some("zazolc-books-co"));
        assert_eq!(slug(&format!("{} b", "x".repeat(39))).as_deref(), Some("x".repeat(39).as_str()));
        for without in ["?", "日本", "X", "Sign in", "API"] {
            assert_eq!(slug(without), None, "{without}");
        }
    }

    #[test]
    fn a_name_can_be_seen_and_is_short() {
        assert_eq!(" Birch ".parse::<WorkspaceName>().unwrap().as_str(), "Birch");
        for wrong in ["", " ", "\u{200B}", "a\nb", &"x".repeat(81)] {
            assert!(wrong.parse::<WorkspaceName>().is_err(), "{wrong:?}");
        }
    }
}
