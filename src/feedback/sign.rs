//! Signatures of providers. All comparisons take the same time whatever differs.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::{
    hmac,
    signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey},
};
use subtle::ConstantTimeEq;

use super::Refused;
use crate::sending_accounts::Secret;

/// How far the clock of a provider may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// What stands before the point of a key on the curve P-256 (RFC 5480): kind of key, curve, and that the point is uncompressed.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The point of a public key as providers show it: Base64, perhaps with the lines of a PEM file, which stand on one line here.
pub fn p256_point(shown: &str) -> Option<Vec<u8>> {
    let bare = shown.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "");
    let bare: String = bare.split_whitespace().collect();
    let key = BASE64_STANDARD.decode(bare).ok()?;
    key.strip_prefix(&P256).filter(|point| point.len() == 65 && point.starts_with(&[4])).map(<[u8]>::to_vec)
}

/// Whether this is the signature (ECDSA on P-256 with SHA-256) of the key that the provider shows.
pub fn is_p256(key: &Secret, data: &[u8], signature: &str) -> bool {
    let (Some(point), Ok(signature)) = (p256_point(key.text()), BASE64_STANDARD.decode(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(data, &signature).is_ok()
}

/// Whether this is the HMAC-SHA256, in hexadecimal digits.
pub fn is_hmac_sha256(key: &Secret, data: &[u8], signature: &str) -> bool {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.text().as_bytes()), data);
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    digits.as_bytes().ct_eq(signature.to_ascii_lowercase().as_bytes()).into()
}

/// Whether this is the HMAC-SHA1, in Base64.
pub fn is_hmac_sha1(key: &Secret, data: &[u8], signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.text().as_bytes());
    BASE64_STANDARD.decode(signature).is_ok_and(|signature| hmac::verify(&key, data, &signature).is_ok())
}

/// Whether something was signed within this time.
///
/// # Errors
/// It was not, or it is of the future.
pub fn fresh(at: Option<DateTime<Utc>>, within: TimeDelta, now: DateTime<Utc>) -> Result<(), Refused> {
    let age = now - at.ok_or(Refused::Signature("The time of the signature is missing."))?;
    if age > within || age < -AHEAD { Err(Refused::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_on_the_curve_are_taken() {
        // The public key in the tests of SendGrid's own libraries.
        let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
        assert!(p256_point(key).is_some());
        assert!(p256_point(&format!("-----BEGIN PUBLIC KEY----- {key} -----END PUBLIC KEY-----")).is_some());
        for wrong in ["", "x", &key[4..], &key[..80]] {
            assert_eq!(p256_point(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn old_and_future_signatures_are_refused() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let at = |minutes| fresh(Some(now - TimeDelta::minutes(minutes)), TimeDelta::minutes(65), now);
        assert_eq!((at(0), at(65), at(-5)), (Ok(()), Ok(()), Ok(())));
        assert_eq!((at(66), at(-6)), (Err(Refused::Stale), Err(Refused::Stale)));
        assert!(matches!(fresh(None, TimeDelta::minutes(5), now), Err(Refused::Signature(_))));
    }
}
