//! The secret that webhook and receiver share, and signatures by it, as Standard Webhooks 1.0 say.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::Sha256;

use crate::db::ids::DeliveryId;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes that the standard allows.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;
/// How long the secret before signs besides a new one, so that receivers can change theirs meanwhile.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// A secret of 24 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new secret of 256 random bits.
    pub fn random() -> Self {
        Self(rand::rng().random::<[u8; 32]>().to_vec())
    }

    /// A secret from its stored bytes; `None` if they are too few or too many.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        LENGTH.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// It is something else. The text is for people.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = text.trim().strip_prefix(PREFIX).and_then(|rest| BASE64_STANDARD.decode(rest).ok());
        bytes.and_then(Self::new).ok_or("A secret is whsec_ and 24 to 64 random bytes in Base64.")
    }

    /// The bytes to store.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for the receiver.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    /// The signature over a message, `v1,…`.
    fn signature(&self, id: &str, at: i64, body: &str) -> String {
        // The key as HMAC takes it: a whole block of the hash, padded with zeros. No secret is longer.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block);
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The secret of a webhook, and the one before while it still signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    pub current: Secret,
    /// The secret before, and until when it signs.
    pub old: Option<(Secret, DateTime<Utc>)>,
}

impl Secrets {
    /// A new secret; the present one becomes the one before.
    pub fn rotated(self, new: Secret, now: DateTime<Utc>) -> Self {
        Self { current: new, old: Some((self.current, now + OVERLAP)) }
    }

    /// The header `webhook-signature` of an attempt: a signature by each secret that signs, separated by blanks.
    pub fn sign(&self, id: DeliveryId, at: DateTime<Utc>, body: &str) -> String {
        let old = self.old.iter().filter(|(_, until)| at < *until).map(|(secret, _)| secret);
        let all = std::iter::once(&self.current).chain(old);
        let signed: Vec<String> = all.map(|secret| secret.signature(&id.to_string(), at.timestamp(), body)).collect();
        signed.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the libraries of Standard Webhooks are tested with.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        let text = |length: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; length]));
        for length in [24, 64] {
            assert_eq!(Secret::parse(&text(length)).unwrap().text(), text(length));
        }
        for wrong in [text(23), text(65), text(32).replace("whsec_", ""), "whsec_?".to_owned(), String::new()] {
            assert!(Secret::parse(&wrong).is_err(), "{wrong}");
        }
        assert_ne!(Secret::random(), Secret::random());
        assert_eq!(format!("{:?}", Secret::random()), "Secret(…)");
    }

    #[test]
    fn the_secret_before_signs_for_a_day() {
        let (first, second) = (Secret::new(vec![1; 32]).unwrap(), Secret::new(vec![2; 32]).unwrap());
        let (id, now) = (DeliveryId(uuid::Uuid::nil()), DateTime::UNIX_EPOCH);
        let secrets = Secrets { current: first.clone(), old: None }.rotated(second.clone(), now);
        let alone = |secret: &Secret, at: DateTime<Utc>| secret.signature(&id.to_string(), at.timestamp(), "{}");
        let later = now + TimeDelta::hours(23);
        assert_eq!(secrets.sign(id, later, "{}"), format!("{} {}", alone(&second, later), alone(&first, later)));
        let end = now + OVERLAP;
        assert_eq!(secrets.sign(id, end, "{}"), alone(&second, end));
    }
}
