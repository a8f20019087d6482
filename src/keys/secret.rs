//! Secrets of keys: made, hashed, recognised in texts and hidden there.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::workspaces::EnvironmentKind;

/// Characters of a secret, after its prefix, that stay visible so that people can tell keys apart.
const SHOWN: usize = 4;

/// A new key's secret, in clear: it exists only until it was shown.
pub struct Secret(String);

impl Secret {
    /// A new secret of 256 random bits.
    pub fn new(environment: EnvironmentKind) -> Self {
        let random: [u8; 32] = rand::rng().random();
        Self(format!("kith_{}_{}", environment.as_str(), BASE64_URL_SAFE_NO_PAD.encode(random)))
    }

    /// The whole secret, for the one time that it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash to store.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(&self.0)
    }

    /// The hash of a text that may be a secret.
    pub fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text).into()
    }

    /// Whether a text looks like a secret: senders also put other texts where keys belong.
    pub fn is_like(text: &str) -> bool {
        text.starts_with("kith_live_") || text.starts_with("kith_test_")
    }

    /// The part of a secret that may be shown, where `rest` follows `kith_`; `None` if that is no secret.
    pub fn shown(rest: &str) -> Option<&str> {
        let is_secret = rest.starts_with("live_") || rest.starts_with("test_");
        (is_secret && rest.len() >= "live_".len() + 43).then(|| rest.get(.."live_".len() + SHOWN)).flatten()
    }

    /// First characters, which stay visible.
    pub fn prefix(&self) -> &str {
        &self.0[.."kith_live_".len() + SHOWN]
    }
}

/// The text with every secret in it cut to what may be shown. Applied to all input of senders before anything else reads it.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    // Most calls, which may be long, are not copied.
    if !text.contains("kith_live_") && !text.contains("kith_test_") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("kith_");
    let mut cut = parts.next().unwrap_or_default().to_owned();
    let mut is_cut = false;
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        cut.push_str("kith_");
        match Secret::shown(word) {
            Some(start) => {
                is_cut = true;
                cut.extend([start, "…"]);
            }
            None => cut.push_str(word),
        }
        cut.push_str(rest);
    }
    if is_cut { Cow::Owned(cut) } else { Cow::Borrowed(text) }
}

/// Cuts secrets in every text of a value, where escapes may have hidden one.
pub fn hide_secrets(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(cut) = without_secrets(text) {
                *text = cut;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        Value::Object(fields) => {
            if fields.keys().any(|name| matches!(without_secrets(name), Cow::Owned(_))) {
                let kept = std::mem::take(fields);
                fields.extend(kept.into_iter().map(|(name, value)| (without_secrets(&name).into_owned(), value)));
            }
            fields.values_mut().for_each(hide_secrets);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_cut_wherever_they_stand() {
        let secret = Secret::new(EnvironmentKind::Live);
        let start = format!("{}…", secret.prefix());
        let text = format!("a kith_live_x {0}kith_live_, \"{0}\"", secret.as_str());
        assert_eq!(without_secrets(&text), format!("a kith_live_x {start}kith_live_, \"{start}\""));
        assert!(matches!(without_secrets("nothing of kith_ here"), Cow::Borrowed(_)));
        let mut value = serde_json::json!({ secret.as_str(): [secret.as_str(), 1, {"a": "b"}] });
        hide_secrets(&mut value);
        assert_eq!(value, serde_json::json!({ start.clone(): [start, 1, {"a": "b"}] }));
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (Secret::new(EnvironmentKind::Live), Secret::new(EnvironmentKind::Test));
        assert!(Secret::is_like(one.as_str()) && other.as_str().starts_with("kith_test_"));
        assert_eq!(one.as_str().len(), "kith_live_".len() + 43);
        assert_ne!(one.as_str()[10..], other.as_str()[10..]);
        assert_eq!(one.prefix().len(), 14);
    }
}
