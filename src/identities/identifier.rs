//! Identifiers and their kinds, checked and normalised.

use unicode_normalization::UnicodeNormalization;

use super::{
    address::{compared, email},
    placeholder,
    reading::Reading,
};
use crate::{attributes::AttributeName, ledger::Invalid};

/// Kind of an identifier. Equal values of different kinds are different identifiers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The sender's own key of the person: at most one current one for each profile, unique (V1.2, F1.1).
    Id,
    /// An email address, where a format identifies by it.
    Email,
    /// A phone number, where a format identifies by it.
    Phone,
    /// A browser or an installed app, before its person is known.
    Anonymous,
    /// Any other kind that a format names.
    Named(String),
}

impl Kind {
    /// Name in the database.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Anonymous => "anonymous_id",
            Self::Named(name) => name,
        }
    }

    /// The kind with this name in the database.
    pub fn from_stored(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "anonymous_id" => Self::Anonymous,
            other => Self::Named(other.to_owned()),
        }
    }

    /// Reads the name of a kind from a sender, one of ours or one of its own.
    ///
    /// # Errors
    /// The name has not 1 to 40 lower-case letters, digits, underscores, hyphens or dots.
    pub fn parse(given: &str) -> Result<Self, Invalid> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
        if given.is_empty() || given.len() > LONGEST_KIND || !given.chars().all(good) {
            let rule = "must have 1 to 40 lower-case letters, digits, underscores, hyphens or dots";
            return Err(Invalid::new("kind of identifier", rule, given));
        }
        Ok(Self::from_stored(given))
    }

    /// Label for people: `telegram_bot_id` becomes "Telegram bot ID".
    pub fn label(&self) -> String {
        let label = match self {
            Self::Id => "ID",
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::Anonymous => "Anonymous",
            Self::Named(name) => &AttributeName::humanise(name),
        };
        label.strip_suffix(" id").map_or_else(|| label.to_owned(), |name| format!("{name} ID"))
    }

    /// Rank; lower is stronger. If the identifiers of an item belong to different profiles, the strongest decides.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Id => 0,
            Self::Named(_) => 1,
            Self::Email => 2,
            Self::Phone => 3,
            Self::Anonymous => 4,
        }
    }

    /// Whether identifiers of this kind are addresses too, which a family or an office may share.
    pub fn is_address(&self) -> bool {
        matches!(self, Self::Email | Self::Phone)
    }

    /// Whether the search box finds parts of it. Browsers' ids, of which a profile may have thousands, are found whole only.
    pub fn is_searchable(&self) -> bool {
        *self != Self::Anonymous
    }
}

/// Longest name of a kind, in characters.
const LONGEST_KIND: usize = 40;
/// Longest identifier, in characters.
const LONGEST: usize = 255;

/// A checked identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// Kind of the identifier.
    pub kind: Kind,
    /// Normalised value: trimmed and in NFC; an email, of whatever kind, as addresses are compared; a phone in E.164.
    pub value: String,
}

impl Identifier {
    /// An identifier from stored kind and value.
    pub fn stored((kind, value): (String, String)) -> Self {
        Self { kind: Kind::from_stored(&kind), value }
    }

    /// [`Identifier::read`] in a workspace without settings.
    pub fn new(kind: Kind, value: &str) -> Result<Self, Invalid> {
        Self::read(kind, value, Reading::default())
    }

    /// Checks a value, and trims and normalises it.
    ///
    /// # Errors
    /// - The value is a placeholder that the workspace does not allow.
    /// - The value is empty, has more than 255 characters, line ends, soft hyphens, or non-BMP characters (S2.4).
    /// - The value of an email or phone is not an email address or phone number.
    pub fn read(kind: Kind, value: &str, reading: Reading) -> Result<Self, Invalid> {
        let refuse = |rule| Err(Invalid::new(kind.as_str(), rule, value));
        let value = value.trim();
        let banned = |c: char| c > '\u{FFFF}' || matches!(c, '\r' | '\n' | '\0' | '\u{2028}' | '\u{2029}' | '\u{00AD}');
        if value.is_empty() {
            return refuse("must not be empty");
        }
        if placeholder::is_placeholder(value) && !reading.allowed.has(value) {
            return refuse(placeholder::RULE);
        }
        if value.chars().count() > LONGEST {
            return refuse("must have at most 255 characters");
        }
        if value.contains(banned) {
            return refuse("must not contain line breaks, soft hyphens, emoji or other characters above U+FFFF");
        }
        let value = match kind {
            Kind::Email => compared(&email(value)?),
            Kind::Phone => super::phone(value, reading.country)?,
            // Many senders use emails as ids.
            _ if value.contains('@') && email(value).is_ok() => compared(value),
            _ => value.nfc().collect(),
        };
        Ok(Self { kind, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_senders_have_labels_for_people() {
        let labels = ["custom_identify", "telegram_bot_id", "id"].map(|name| Kind::from_stored(name).label());
        assert_eq!(labels, ["Custom identify", "Telegram bot ID", "ID"]);
    }

    #[test]
    fn kinds_are_plain_words() {
        assert_eq!(Kind::parse("anonymous_id").unwrap(), Kind::Anonymous);
        assert_eq!(Kind::parse("crm-2").unwrap(), Kind::Named("crm-2".to_owned()));
        for bad in ["", "Email", "a:b", "a b", &"x".repeat(41)] {
            assert!(Kind::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refusals_name_field_rule_and_value() {
        for bad in ["", "  ", "a\nb", "a\u{ad}b", "😀", "a\u{2028}b", &"x".repeat(256)] {
            let refused = Identifier::new(Kind::Id, bad).unwrap_err();
            assert_eq!(refused.field, "id");
        }
        assert_eq!(Identifier::new(Kind::Id, " 42 ").unwrap().value, "42");
        let same = |one: &str, other: &str| {
            Identifier::new(Kind::Id, one).unwrap() == Identifier::new(Kind::Id, other).unwrap()
        };
        assert!(same("Ann@Example.com", "ann@example.COM") && same("caf\u{e9}", "cafe\u{301}"));
        assert!(!same("Abc", "abc") && !same("ann@example", "Ann@example"), "other ids keep their case");
        assert_eq!(Identifier::new(Kind::Email, "Ann@Example.COM").unwrap().value, "ann@example.com");
        assert_eq!(Identifier::new(Kind::Phone, "+91 98765-43210").unwrap().value, "+919876543210");
    }
}
