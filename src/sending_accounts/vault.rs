//! The key of the server, with which secrets are encrypted (XChaCha20-Poly1305).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::RngExt;

use super::secret::{Sealed, Secret};
use crate::{config::Config, db::ids::SendingAccountId};

/// Bytes of the key.
const KEY: usize = 32;
/// Bytes of the number that no two secrets share.
const NONCE: usize = 24;
/// What stored secrets begin with, so that another way of encrypting can follow.
const FORMAT: u8 = 1;

/// Why a secret can be neither stored nor read. The text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    #[error(
        "This server has no place for the key that secrets are encrypted with. Set KITH_SECRET_FILE to a file, or KITH_DATA to a folder, and start kith again."
    )]
    NoPlace,
    #[error("The file of KITH_SECRET_FILE cannot be used: {0}.")]
    Unreadable(String),
    #[error(
        "The stored secret was encrypted with another key than this server has. Put that key back, or enter the secret again."
    )]
    OtherKey,
}

/// Encrypts and decrypts secrets with the key of the server.
pub struct Vault(XChaCha20Poly1305);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// The file of the key.
fn place(config: &Config) -> Result<PathBuf, Locked> {
    let in_data = || config.database.home.as_ref().map(|home| home.join("secret"));
    config.server.secret_file.clone().or_else(in_data).ok_or(Locked::NoPlace)
}

impl Vault {
    /// The vault of a server, for new secrets. Makes the key if there is none.
    ///
    /// # Errors
    /// There is no place for the key, or its file cannot be used.
    pub fn of(config: &Config) -> Result<Self, Locked> {
        let place = place(config)?;
        if !place.exists() {
            make(&place).map_err(|error| Locked::Unreadable(error.to_string()))?;
        }
        Self::read(&place)
    }

    /// Why no secret can be stored, as far as the settings tell.
    pub fn obstacle(config: &Config) -> Option<Locked> {
        place(config).err()
    }

    /// The secret that an account has, readable.
    ///
    /// # Errors
    /// There is no key, its file cannot be used, or it is another one.
    pub fn reveal(config: &Config, id: SendingAccountId, sealed: &Sealed) -> Result<Secret, Locked> {
        let place = place(config)?;
        // A key that is made now opens nothing.
        if !place.exists() {
            return Err(Locked::OtherKey);
        }
        Self::read(&place)?.open(id, sealed)
    }

    /// How many of these secrets the key of the server does not open. Makes no key.
    ///
    /// # Errors
    /// The file of the key cannot be used, or there is no place for it although there are secrets.
    pub fn closed_to(config: &Config, secrets: &[(SendingAccountId, Sealed)]) -> Result<usize, Locked> {
        match place(config) {
            Err(_) if secrets.is_empty() => Ok(0),
            Err(nowhere) => Err(nowhere),
            Ok(place) if place.exists() => {
                let vault = Self::read(&place)?;
                Ok(secrets.iter().filter(|(id, sealed)| vault.open(*id, sealed).is_err()).count())
            }
            Ok(_) => Ok(secrets.len()),
        }
    }

    fn read(place: &Path) -> Result<Self, Locked> {
        let text = fs::read_to_string(place).map_err(|error| Locked::Unreadable(error.to_string()))?;
        let key = BASE64_STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; KEY]>::try_from(bytes).ok());
        let wrong = || Locked::Unreadable("it must hold 32 random bytes in Base64".to_owned());
        key.map(|key| Self(XChaCha20Poly1305::new(&key.into()))).ok_or_else(wrong)
    }

    /// Encrypts the secret of an account.
    ///
    /// # Errors
    /// Never: it is no longer than what can be encrypted.
    pub fn seal(&self, id: SendingAccountId, secret: &Secret) -> Result<Sealed, Locked> {
        let nonce: [u8; NONCE] = rand::rng().random();
        let payload = Payload { msg: secret.text().as_bytes(), aad: id.0.as_bytes() };
        let encrypted = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| Locked::OtherKey)?;
        Ok(Sealed([&[FORMAT][..], &nonce, &encrypted].concat()))
    }

    /// Decrypts the secret of an account.
    ///
    /// # Errors
    /// It was encrypted with another key, or for another account.
    pub fn open(&self, id: SendingAccountId, sealed: &Sealed) -> Result<Secret, Locked> {
        let rest = sealed.0.strip_prefix(&[FORMAT]).ok_or(Locked::OtherKey)?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE>().ok_or(Locked::OtherKey)?;
        let payload = Payload { msg: encrypted, aad: id.0.as_bytes() };
        let plain = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Locked::OtherKey)?;
        String::from_utf8(plain).ok().and_then(|text| Secret::new(&text).ok()).ok_or(Locked::OtherKey)
    }
}

/// Makes a key. The file appears whole, and the one of another process stays.
fn make(place: &Path) -> io::Result<()> {
    let key: [u8; KEY] = rand::rng().random();
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:08x}", rand::rng().random::<u32>()));
    let draft = place.with_file_name(name);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
        file.write_all(format!("{}\n", BASE64_STANDARD.encode(key)).as_bytes())?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::hard_link(&draft, place));
    // A draft that stays behind is a key of nothing.
    let _ = fs::remove_file(&draft);
    match placed {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use uuid::Uuid;

    use super::*;
    use crate::config::Settings;

    fn config(file: &Path) -> Config {
        let settings = Settings { secret_file: Some(file.to_str().unwrap().to_owned()), ..Settings::default() };
        settings.check().unwrap()
    }

    #[test]
    fn a_secret_is_opened_by_its_key_for_its_account_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder.path().join("key"));
        let (id, other) = (SendingAccountId(Uuid::from_u128(1)), SendingAccountId(Uuid::from_u128(2)));
        let secret = Secret::new("hunter2").unwrap();
        let sealed = Vault::of(&config).unwrap().seal(id, &secret).unwrap();
        assert!(!sealed.0.windows(7).any(|part| part == b"hunter2"));
        assert_ne!(sealed, Vault::of(&config).unwrap().seal(id, &secret).unwrap(), "no two are alike");
        assert_eq!(Vault::reveal(&config, id, &sealed), Ok(secret));
        assert_eq!(Vault::reveal(&config, other, &sealed), Err(Locked::OtherKey));
        assert_eq!(Vault::closed_to(&config, &[(id, sealed.clone()), (other, sealed.clone())]), Ok(1));
        let mode = fs::metadata(folder.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else stays");
        fs::remove_file(folder.path().join("key")).unwrap();
        assert_eq!(Vault::reveal(&config, id, &sealed), Err(Locked::OtherKey));
        assert_eq!(Vault::closed_to(&config, &[(id, sealed.clone())]), Ok(1));
        assert_eq!(Vault::closed_to(&config, &[]), Ok(0));
        assert!(!folder.path().join("key").exists(), "looking makes no key");
        let _ = Vault::of(&config).unwrap();
        assert_eq!(Vault::reveal(&config, id, &sealed), Err(Locked::OtherKey));
    }

    #[test]
    fn a_file_without_a_key_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "not a key").unwrap();
        let said = Vault::of(&config(&file)).unwrap_err().to_string();
        assert!(said.contains("32 random bytes"), "{said}");
        let nowhere = Settings::default().check().unwrap();
        assert_eq!(Vault::of(&nowhere).unwrap_err(), Locked::NoPlace);
    }
}
