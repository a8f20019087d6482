//! Secrets of accounts: passwords, tokens, addresses that are secrets themselves.

use base64::{Engine, prelude::BASE64_STANDARD};

/// The secret of an account, readable.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Longest secret, in characters.
    pub const LONGEST: usize = 2000;

    /// Checks a secret.
    ///
    /// # Errors
    /// It is empty, too long or has control characters. The text is for people and does not repeat it.
    pub fn new(given: &str) -> Result<Self, String> {
        if given.is_empty() || given.chars().count() > Self::LONGEST || given.contains(char::is_control) {
            return Err(format!("It must have 1 to {} characters on one line.", Self::LONGEST));
        }
        Ok(Self(given.to_owned()))
    }

    /// The secret itself.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The secret as the header of HTTP's basic sign-in writes it.
    pub fn in_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.0)
    }

    /// A text without the secret, however it is written there: it may be shown and stored.
    pub fn hide(&self, text: &str) -> String {
        let in_form: String = form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        let in_json = serde_json::to_string(&self.0).unwrap_or_default();
        let ways = [self.in_base64(), in_form, in_json.trim_matches('"').to_owned(), self.0.clone()];
        let shown = ways.iter().filter(|way| !way.is_empty());
        shown.fold(
            text.to_owned(),
            |text, way| if text.contains(way.as_str()) { text.replace(way, "(secret)") } else { text },
        )
    }
}

/// The secret of an account as it is stored: encrypted, for this account alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub(super) Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_shows_a_secret() {
        let secret = Secret::new("p\"w +1").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let written = "p\"w +1, p\\\"w +1, p%22w+%2B1, cCJ3ICsx";
        assert_eq!(secret.hide(written), "(secret), (secret), (secret), (secret)");
        for wrong in ["", "a\nb", &"x".repeat(2001)] {
            assert!(Secret::new(wrong).is_err());
        }
    }
}
