//! Signatures on values that browsers keep, so that nobody else can have written them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::Sha256;

/// Signs with HMAC-SHA256.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// A new random key.
    pub fn random() -> Self {
        Self(rand::rng().random())
    }

    /// A key from its stored bytes; `None` if there are not 32.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The signature over these parts. The first is the purpose: a signature for one purpose is invalid for another.
    pub fn signature(&self, parts: &[&str]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.over(parts).finalize().into_bytes())
    }

    /// Whether `signature` is that over these parts, in constant time.
    pub fn is_signature(&self, signature: &str, parts: &[&str]) -> bool {
        let sent = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.over(parts).verify_slice(&sent).is_ok()
    }

    /// `text`, which a cookie may hold, with its signature.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        format!("{text}.{}", self.signature(&[purpose, text]))
    }

    /// The text, if it was signed for this purpose.
    pub fn open<'a>(&self, purpose: &str, signed: &'a str) -> Option<&'a str> {
        let (text, signature) = signed.rsplit_once('.')?;
        self.is_signature(signature, &[purpose, text]).then_some(text)
    }

    fn over(&self, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.padded());
        for part in parts {
            // With its length before it, no part can run into the next.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    /// The key as HMAC takes it: a whole block of the hash, padded with zeros as the standard says.
    fn padded(&self) -> hmac::digest::Key<Hmac<Sha256>> {
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..self.0.len()].copy_from_slice(&self.0);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_for_it_opens() {
        let key = SigningKey::random();
        let signed = key.sign("flash", "aGVsbG8");
        assert_eq!(key.open("flash", &signed), Some("aGVsbG8"));
        assert_eq!(key.open("visitor", &signed), None);
        assert_eq!(SigningKey::random().open("flash", &signed), None);
        for forged in
            [format!("x{signed}"), format!("{signed}x"), "aGVsbG8.".to_owned(), "aGVsbG8".to_owned(), String::new()]
        {
            assert_eq!(key.open("flash", &forged), None, "{forged}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = SigningKey::random();
        let signature = key.signature(&["a", "bc"]);
        assert!(key.is_signature(&signature, &["a", "bc"]));
        assert!(!key.is_signature(&signature, &["ab", "c"]) && !key.is_signature(&signature, &["a", "b", "c"]));
    }
}
