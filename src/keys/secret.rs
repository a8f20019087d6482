use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngExt;
use sha2::{Digest, Sha256};

use crate::workspaces::EnvironmentKind;

/// How many of a secret's own characters are shown for good, so that people can tell keys apart.
const SHOWN: usize = 4;

/// A new key's secret, in clear: it exists only until it was shown.
pub struct Secret(String);

impl Secret {
    /// A new one, of 256 random bits.
    pub fn new(environment: EnvironmentKind) -> Self {
        let random: [u8; 32] = rand::rng().random();
        Self(format!("kith_{}_{}", environment.slug(), BASE64_URL_SAFE_NO_PAD.encode(random)))
    }

    /// All of it, for the one time that it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(&self.0)
    }

    /// The hash of a text that may be one.
    pub fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text).into()
    }

    /// Whether a text could be one: senders put other things where keys belong, too.
    pub fn is_like(text: &str) -> bool {
        text.starts_with("kith_live_") || text.starts_with("kith_test_")
    }

    /// What may be shown of a secret of which `rest` is what follows `kith_`; none if that is no secret.
    pub fn shown(rest: &str) -> Option<&str> {
        let is_secret = rest.starts_with("live_") || rest.starts_with("test_");
        (is_secret && rest.len() >= "live_".len() + 43).then(|| rest.get(.."live_".len() + SHOWN)).flatten()
    }

    /// The first characters, which are shown for good.
    pub fn prefix(&self) -> &str {
        &self.0[.."kith_live_".len() + SHOWN]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (Secret::new(EnvironmentKind::Live), Secret::new(EnvironmentKind::Test));
        assert!(Secret::is_like(one.as_str()) && other.as_str().starts_with("kith_test_"));
        assert_eq!(one.as_str().len(), "kith_live_".len() + 43);
        assert_ne!(one.as_str()[10..], other.as_str()[10..]);
        assert_eq!(one.prefix().len(), 14);
    }
}
