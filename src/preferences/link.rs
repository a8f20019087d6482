//! Links of people: whom one belongs to and what it is for, with a signature over both. Nothing of a link is stored, and it names nobody.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{Address, Channel},
    subscriptions::Line,
    text::hexadecimal,
    web::SigningKey,
};

/// Purpose of the signatures, and name of the key that makes them.
pub(super) const PURPOSE: &str = "links";
/// Days for which a link to confirm an address is good.
pub const CONFIRM_DAYS: i64 = 7;

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// The preference page; a one-click unsubscribe is from this line, that of the message in which the link stood.
    Preferences(Line),
    /// Confirms the address; the subscription that waits for it was said at this time, in microseconds. One after an opt-out needs another
    /// link.
    Confirmation { asked_at: i64 },
}

/// A link, as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub environment: EnvironmentId,
    pub profile: ProfileId,
    /// To the second.
    pub issued_at: DateTime<Utc>,
    pub used_for: Use,
}

/// A link as it arrived: not proven yet.
pub(super) struct Sent<'a> {
    link: Link,
    text: &'a str,
    signature: &'a str,
}

impl Link {
    /// The link's part of an address. One that confirms an address is worth something only while the person has that `address`.
    pub fn sign(&self, key: &SigningKey, address: &str) -> String {
        let text = self.text();
        format!("{text}.{}", key.signature(&[PURPOSE, &text, &self.bound_to(address)]))
    }

    /// The address that the signature covers, however it is written; none for the preference page.
    fn bound_to(&self, address: &str) -> String {
        if !matches!(self.used_for, Use::Confirmation { .. }) {
            return String::new();
        }
        Address::new(Channel::Email, address).map_or_else(|_| address.to_owned(), |address| address.normalised)
    }

    fn text(&self) -> String {
        let (use_, rest) = match &self.used_for {
            Use::Preferences(line) => ("p", hexadecimal(line.to_string().as_bytes())),
            Use::Confirmation { asked_at } => ("c", asked_at.to_string()),
        };
        let Self { environment, profile, issued_at, .. } = self;
        format!("{use_}{}-{}-{}-{rest}", environment.0, profile.0.simple(), issued_at.timestamp())
    }

    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let [first, profile, issued_at, rest] = parts[..] else { return None };
        let (kind, environment) = first.split_at_checked(1)?;
        let used_for = match kind {
            "p" => Use::Preferences(String::from_utf8(unhex(rest)?).ok()?.parse().ok()?),
            "c" => Use::Confirmation { asked_at: rest.parse().ok()? },
            _ => return None,
        };
        Some(Self {
            environment: EnvironmentId(environment.parse().ok()?),
            profile: ProfileId(Uuid::try_parse(profile).ok()?),
            issued_at: DateTime::from_timestamp(issued_at.parse().ok()?, 0)?,
            used_for,
        })
    }

    /// Whether it is too old. A link to the preference page never is: a person may unsubscribe by any message.
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        let confirms = matches!(self.used_for, Use::Confirmation { .. });
        confirms && now - self.issued_at > TimeDelta::days(CONFIRM_DAYS)
    }
}

impl<'a> Sent<'a> {
    /// Reads a link's part of an address; `None` if it is malformed.
    pub fn read(sent: &'a str) -> Option<Self> {
        let (text, signature) = sent.split_once('.').filter(|_| sent.len() <= 1000)?;
        Some(Self { link: Link::read(text)?, text, signature })
    }

    /// Whom it names, unproven.
    pub fn claimed(&self) -> (EnvironmentId, ProfileId) {
        (self.link.environment, self.link.profile)
    }

    /// The link, if we signed it; a confirmation: for this address.
    pub fn prove(self, key: &SigningKey, address: &str) -> Option<Link> {
        let bound_to = self.link.bound_to(address);
        let parts = [PURPOSE, self.text, &bound_to];
        key.is_signature(self.signature, &parts).then_some(self.link)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair.filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscriptions::{Medium, Topic};

    fn link(used_for: Use) -> Link {
        let issued_at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        Link { environment: EnvironmentId(3), profile: ProfileId(Uuid::from_u128(0xabc)), issued_at, used_for }
    }

    fn opened(sent: &str, key: &SigningKey, address: &str) -> Option<Link> {
        Sent::read(sent)?.prove(key, address)
    }

    #[test]
    fn what_was_signed_is_read_and_nothing_else() {
        let key = SigningKey::random();
        let topic = Topic::new("Angebote – täglich").unwrap();
        let line = Line { channel: Some(Medium::Email), topic: Some(topic) };
        for used_for in [
            Use::Preferences(Line::everything()),
            Use::Preferences(line),
            Use::Confirmation { asked_at: 1_790_000_000_123_456 },
        ] {
            let sent = link(used_for.clone()).sign(&key, "ann@example.com");
            assert!(sent.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c)), "{sent}");
            assert_eq!(opened(&sent, &key, "ann@example.com"), Some(link(used_for)));
            assert_eq!(opened(&sent, &SigningKey::random(), "ann@example.com"), None);
            for place in (0..sent.len() - 1).filter(|place| sent.as_bytes()[*place] != b'.') {
                let other = if sent.as_bytes()[place] == b'1' { "2" } else { "1" };
                let changed = format!("{}{other}{}", &sent[..place], &sent[place + 1..]);
                assert_eq!(opened(&changed, &key, "ann@example.com"), None, "{changed}");
            }
        }
        for wrong in ["", ".", "p1", "p1-0-0-0.x", "p1-é.x", &"x".repeat(2000)] {
            assert!(opened(wrong, &key, "").is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_confirmed_by_its_own_link_and_for_a_week() {
        let key = SigningKey::random();
        let confirmation = link(Use::Confirmation { asked_at: 5 });
        let sent = confirmation.sign(&key, "ann@example.com");
        assert!(opened(&sent, &key, "ann@example.com").is_some() && opened(&sent, &key, "bob@example.com").is_none());
        let after = |days| confirmation.issued_at + TimeDelta::days(days);
        assert!(!confirmation.is_over(after(7)) && confirmation.is_over(after(8)));
        assert!(!link(Use::Preferences(Line::everything())).is_over(after(4000)));
    }
}
