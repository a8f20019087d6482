//! Passwords: argon2id, a minimum strength, and never more hashing at once than there are cores to spare.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// Minimum length in characters.
const SHORTEST: usize = 12;
/// Maximum length in characters: hashing is not free.
const LONGEST: usize = 200;

/// A password that is strong enough to be hashed.
pub struct Strength(String);

impl Strength {
    /// Checks length (12 to 200 characters) and guessability of a new password; `about` is what a guesser knows of its owner.
    ///
    /// # Errors
    /// Text for people: too short, too long, or guessable.
    pub fn check(password: &str, about: &[&str]) -> Result<Self, String> {
        let length = password.chars().count();
        if length < SHORTEST {
            return Err(format!("Use at least {SHORTEST} characters. Several words work well."));
        }
        if length > LONGEST {
            return Err(format!("Use at most {LONGEST} characters."));
        }
        if zxcvbn::zxcvbn(password, about).score() < zxcvbn::Score::Three {
            return Err("This password is easy to guess. Use several unusual words.".to_owned());
        }
        Ok(Self(password.to_owned()))
    }
}

/// The argon2id hash of a password, for storing.
pub fn hash(password: &Strength) -> anyhow::Result<String> {
    hash_text(&password.0)
}

fn hash_text(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("hashing failed: {error}"))?.to_string())
}

/// Whether `password` has this hash. Takes as long when it has not.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A hash that no password has, verified when the account does not exist so that the time does not tell.
pub fn dummy_hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| hash_text("no account has this").unwrap_or_default());
    &HASH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_ones_are_refused_with_the_reason() {
        assert!(Strength::check("short", &[]).err().unwrap().contains("12 characters"));
        assert!(Strength::check("password1234", &[]).err().unwrap().contains("easy to guess"));
        assert!(Strength::check("ada.moreau@example.com", &["ada.moreau@example.com"]).is_err());
    }

    #[test]
    fn only_the_password_fits_its_hash() {
        let hash = hash(&Strength::check("correct horse battery staple", &[]).ok().unwrap()).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse battery staple", &hash));
        assert!(!verify("correct horse battery stapler", &hash));
        assert!(!verify("", dummy_hash()));
    }
}
