//! Channels and their addresses, checked and normalised.

use email_address::{EmailAddress, Options};
use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::reading::{Country, Reading};
use crate::{ledger::Invalid, words::words};

words! {
    /// A channel that needs an address.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Channel {
        /// Email (V2.2).
        Email = "email", "Email";
        /// Text messages and calls to a phone number (V2.3).
        Sms = "sms", "Phone";
        /// A number of WhatsApp, where it is not the phone number (F2.5).
        Whatsapp = "whatsapp", "WhatsApp";
        /// A channel ID, user ID or email of Slack (F2.5).
        Slack = "slack", "Slack";
        Discord = "discord", "Discord";
        /// A channel of Teams (F2.5).
        Teams = "teams", "Teams";
    }
}

impl Channel {
    /// Channels whose addresses are a person's own, so that two people with one may be the same person.
    pub const OF_PEOPLE: [Self; 2] = [Self::Email, Self::Sms];

    /// Longest address, in characters.
    pub fn longest(self) -> usize {
        match self {
            Self::Email => 254,
            Self::Sms | Self::Whatsapp => 40,
            Self::Slack | Self::Discord | Self::Teams => LONGEST_HANDLE,
        }
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
    /// The address as given (phone and WhatsApp: in E.164), for display.
    pub shown: String,
    /// The address for comparison: email as [`compared`], phone and WhatsApp in E.164, others as they are.
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
    /// [`Address::read`] in a workspace without settings: a phone number needs its country code.
    pub fn new(channel: Channel, given: &str) -> Result<Self, Invalid> {
        Self::read(channel, given, Reading::default())
    }

    /// Checks an address of a channel. Fails as [`email`], [`phone`] and [`handle`] do.
    pub fn read(channel: Channel, given: &str, reading: Reading) -> Result<Self, Invalid> {
        Ok(match channel {
            Channel::Email => {
                let shown = email(given)?;
                Self { normalised: compared(&shown), shown }
            }
            Channel::Sms | Channel::Whatsapp => {
                let number =
                    phone(given, reading.country).map_err(|wrong| Invalid { field: field(channel), ..wrong })?;
                Self { shown: number.clone(), normalised: number }
            }
            Channel::Slack | Channel::Discord | Channel::Teams => {
                let handle = handle(channel, given)?;
                Self { shown: handle.clone(), normalised: handle }
            }
        })
    }
}

fn field(channel: Channel) -> String {
    if channel == Channel::Sms { "phone".to_owned() } else { channel.as_str().to_owned() }
}

/// Longest address of a chat, in characters.
const LONGEST_HANDLE: usize = 200;

/// Checks the id or name by which a chat reaches somebody. Returns it trimmed; upper and lower case differ.
///
/// # Errors
/// It is empty, has more than 200 characters, or has a space or an invisible character.
pub fn handle(channel: Channel, given: &str) -> Result<String, Invalid> {
    let handle = given.trim();
    let is_visible = |c: char| !c.is_whitespace() && !c.is_control();
    if handle.is_empty() || handle.chars().count() > LONGEST_HANDLE || !handle.chars().all(is_visible) {
        return Err(Invalid::new(channel.as_str(), "must have 1 to 200 visible characters and no spaces", given));
    }
    Ok(handle.to_owned())
}

/// Checks an email address. Returns it trimmed, in the given case.
///
/// # Errors
/// The address has a display name, no dotted domain, or more than 254 bytes.
pub fn email(given: &str) -> Result<String, Invalid> {
    let given = given.trim();
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    if given.len() > 254 || EmailAddress::parse_with_options(given, options).is_err() {
        return Err(Invalid::new("email", "must be an email such as ann@example.com", given));
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

/// Checks a phone number, with or without separators (V2.4). One without a country code is read as it is dialled in `country`. Returns
/// E.164.
///
/// # Errors
/// The number has more than 40 bytes, no country code where there is no country, or a length that its country does not have.
pub fn phone(given: &str, country: Option<Country>) -> Result<String, Invalid> {
    let invalid = || {
        let rule = match country {
            None => "must be a phone number with country code, such as +14155550123",
            Some(_) => "must be a phone number; a number from another country needs its country code",
        };
        Invalid::new("phone", rule, given)
    };
    let plain = given.trim();
    let is_national = !plain.starts_with('+');
    // Words are no numbers, though some phones dial letters.
    let is_dialled = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '-' | '.' | '/' | '(' | ')');
    if plain.len() > 40 || is_national && (country.is_none() || !plain.chars().all(is_dialled)) {
        return Err(invalid());
    }
    let number =
        PhoneNumber::parse(plain, country.filter(|_| is_national).map(Country::region)).map_err(|_| invalid())?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {}
        // A number of a town without that town's code.
        Ok(NumberLengthType::IsPossibleLocalOnly) if !is_national => {}
        _ => return Err(invalid()),
    }
    Ok(number.format_as(PhoneNumberFormat::E164).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_keep_their_digits_and_lose_their_separators() {
        assert_eq!(phone("+1 (415) 555-0123", None).unwrap(), "+14155550123");
        assert_eq!(phone("+12025550004", None).unwrap(), "+12025550004");
        for bad in ["4155550123", "+1", "+99999999999999999", "call me", ""] {
            assert_eq!(phone(bad, None).unwrap_err().field, "phone", "{bad}");
        }
    }

    #[test]
    fn a_number_without_a_code_is_dialled_in_its_country() {
        let country = |code: &str| code.parse::<Country>().ok();
        for (given, of, number) in [
            ("044 668 18 00", "CH", "+41446681800"),
            ("0041 44 668 18 00", "CH", "+41446681800"),
            ("98765 43210", "IN", "+919876543210"),
            ("(415) 555-0123", "US", "+14155550123"),
            // One with a code is that country's, whatever the setting.
            ("+1 415 555 0123", "CH", "+14155550123"),
        ] {
            assert_eq!(phone(given, country(of)).unwrap(), number, "{given}");
        }
        for bad in ["call me", "668 18", "1-800-FLOWERS", "", "0"] {
            assert!(phone(bad, country("CH")).is_err(), "{bad}");
        }
        assert!(phone("555-0123", country("US")).is_err(), "a number of a town without its code");
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
    fn chats_have_ids_and_names_without_spaces() {
        for given in [" U02ABCDEF ", "ann@example.com", "@ann", "general", "80351110224678912"] {
            assert_eq!(Address::new(Channel::Slack, given).unwrap().normalised, given.trim());
        }
        for bad in ["", "two words", "a\u{200b}\nb", &"x".repeat(201)] {
            assert_eq!(Address::new(Channel::Teams, bad).unwrap_err().field, "teams", "{bad}");
        }
        assert_eq!(Address::new(Channel::Whatsapp, "+1 415 555 0123").unwrap().normalised, "+14155550123");
        assert_eq!(Address::new(Channel::Whatsapp, "ann").unwrap_err().field, "whatsapp");
    }

    #[test]
    fn emails_are_plain_addresses() {
        assert_eq!(Address::new(Channel::Email, " Ann@Example.com ").unwrap().normalised, "ann@example.com");
        for bad in ["ann", "a@b", "Ann <ann@example.com>", "ann@[127.0.0.1]", ""] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
