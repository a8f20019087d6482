//! Channels and their addresses, checked and normalised.

use email_address::{EmailAddress, Options};
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{ledger::Invalid, words::words};

words! {
    /// A channel that needs an address.
    pub enum Channel {
        /// Email (V2.2).
        Email = "email", "Email";
        /// Text messages to a phone number (V2.3).
        Sms = "sms", "Phone";
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A checked address of a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "[String; 2]", into = "[String; 2]")]
pub struct Address {
    /// The address as given (phone: in E.164), for display.
    pub shown: String,
    /// The address for comparison: email as [`compared`], phone in E.164.
    pub normalised: String,
}

impl From<[String; 2]> for Address {
    fn from([shown, normalised]: [String; 2]) -> Self {
        Self { shown, normalised }
    }
}

impl From<Address> for [String; 2] {
    fn from(address: Address) -> Self {
        [address.shown, address.normalised]
    }
}

impl Address {
    /// Checks an address of a channel. Fails as [`email`] and [`phone`] do.
    pub fn new(channel: Channel, given: &str) -> Result<Self, Invalid> {
        Ok(match channel {
            Channel::Email => {
                let shown = email(given)?;
                Self { normalised: compared(&shown), shown }
            }
            Channel::Sms => {
                let number = phone(given)?;
                Self { shown: number.clone(), normalised: number }
            }
        })
    }
}

/// Checks an email address. Returns it trimmed, in the given case.
///
/// # Errors
/// The address has a display name, no dotted domain, or more than 254 bytes.
pub fn email(given: &str) -> Result<String, Invalid> {
    let given = given.trim();
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    if given.len() > 254 || EmailAddress::parse_with_options(given, options).is_err() {
        return Err(Invalid::new("email", "must be an email address such as ann@example.com", given));
    }
    Ok(given.to_owned())
}

/// A checked email address for comparison: in lower case and NFC, an international domain in letters rather than in Punycode.
pub fn compared(email: &str) -> String {
    let Some((local, domain)) = email.rsplit_once('@') else { return email.nfc().collect::<String>().to_lowercase() };
    let local: String = local.nfc().flat_map(char::to_lowercase).nfc().collect();
    let domain = match idna::domain_to_unicode(domain) {
        // An identifier has no characters outside the Basic Multilingual Plane.
        (letters, Ok(())) if letters.chars().all(|c| c <= '\u{FFFF}') => letters,
        _ => idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.nfc().flat_map(char::to_lowercase).collect()),
    };
    format!("{local}@{domain}")
}

/// The usual writings of a value by which somebody is known, in lower case: in NFC and NFD, and an email with its domain in letters and in
/// Punycode.
pub fn writings(value: &str) -> Vec<String> {
    let mut whole = vec![value.to_owned()];
    if let Some((local, domain)) = value.rsplit_once('@') {
        let other = [idna::domain_to_unicode(domain).0, idna::domain_to_ascii(domain).unwrap_or_default()];
        whole.extend(other.into_iter().filter(|it| !it.is_empty()).map(|domain| format!("{local}@{domain}")));
    }
    let forms = |it: &String| [it.nfc().collect::<String>(), it.nfd().collect()].map(|form| form.to_lowercase());
    let mut all: Vec<String> = whole.iter().flat_map(forms).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Checks a phone number, with or without separators (V2.4). Returns E.164.
///
/// # Errors
/// The number has no country code, more than 40 bytes, or a length that its country does not have.
pub fn phone(given: &str) -> Result<String, Invalid> {
    let invalid = || Invalid::new("phone", "must be a phone number with country code, such as +14155550123", given);
    let plain = given.trim();
    if !plain.starts_with('+') || plain.len() > 40 {
        return Err(invalid());
    }
    let number: PhoneNumber = plain.parse().map_err(|_| invalid())?;
    if number.is_possible_with_reason().is_err() {
        return Err(invalid());
    }
    Ok(number.format_as(PhoneNumberFormat::E164).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_keep_their_digits_and_lose_their_separators() {
        assert_eq!(phone("+1 (415) 555-0123").unwrap(), "+14155550123");
        assert_eq!(phone("+12025550004").unwrap(), "+12025550004");
        for bad in ["4155550123", "+1", "+99999999999999999", "call me", ""] {
            assert_eq!(phone(bad).unwrap_err().field, "phone", "{bad}");
        }
    }

    #[test]
    fn emails_are_compared_in_any_writing() {
        for (one, other) in [
            ("Ann@Example.COM", "ann@example.com"),
            ("JOS\u{c9}@example.com", "jose\u{301}@example.com"),
            ("ann@B\u{dc}CHER.example", "ann@xn--bcher-kva.example"),
            ("ann@bu\u{308}cher.example", "ann@XN--BCHER-KVA.example"),
        ] {
            assert_eq!(compared(one), compared(other), "{one} {other}");
        }
        assert_eq!(compared("Ann@xn--bcher-kva.example"), "ann@b\u{fc}cher.example");
        assert_ne!(compared("ann+1@example.com"), compared("ann@example.com"));
        assert_ne!(compared("a.nn@example.com"), compared("ann@example.com"));
        assert_eq!(compared("ann@xn--ls8h.example"), compared("ann@\u{1f4a9}.example"));
        assert_eq!(compared("ann@x_y.example"), "ann@x_y.example");
    }

    #[test]
    fn emails_are_plain_addresses() {
        assert_eq!(Address::new(Channel::Email, " Ann@Example.com ").unwrap().normalised, "ann@example.com");
        for bad in ["ann", "a@b", "Ann <ann@example.com>", "ann@[127.0.0.1]", ""] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
