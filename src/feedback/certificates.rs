//! Certificates with which Amazon SNS signs: fetched from Amazon alone, and remembered.

use std::{
    collections::HashMap,
    io::Read,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id, pem::PemObject,
};
use webpki::EndEntityCert;

use super::Refused;
use crate::web::outbound::{self, Reach};

/// Time for fetching one.
const WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a certificate that are read.
const LARGEST: u64 = 32 * 1024;
/// Certificates that are remembered; Amazon has a few a year in each region.
const MOST: usize = 50;

/// How SNS signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// With SHA-1.
    One,
    /// With SHA-256.
    Two,
}

/// RSA with the key of a certificate.
#[derive(Debug)]
struct Rsa(&'static RsaParameters);

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(self.0, public_key).verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    /// It is only named in an error that nobody reads.
    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_PKCS1_SHA256
    }
}

/// Certificates by their address, in memory.
#[derive(Default)]
pub struct Certificates(Mutex<HashMap<String, CertificateDer<'static>>>);

impl Certificates {
    /// Remembers a certificate.
    ///
    /// # Errors
    /// It is none.
    pub fn remember(&self, address: &str, pem: &str) -> Result<CertificateDer<'static>, Refused> {
        let none = || Refused::Signature("The certificate of the signature cannot be read.");
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| none())?;
        EndEntityCert::try_from(&certificate).map_err(|_| none())?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(address.to_owned(), certificate.clone());
        Ok(certificate)
    }

    fn get(&self, address: &str, reach: Reach) -> Result<CertificateDer<'static>, Refused> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let failed =
            |words: String| Refused::Unchecked(format!("The certificate of Amazon cannot be fetched. {words}"));
        let mut answer = outbound::agent(reach, WITHIN)
            .get(address)
            .call()
            .map_err(|error| failed(outbound::words(&error, WITHIN)))?;
        if !answer.status().is_success() {
            return Err(failed(format!("The answer is {}.", answer.status())));
        }
        let mut pem = String::new();
        let read = answer.body_mut().as_reader().take(LARGEST).read_to_string(&mut pem);
        read.map_err(|error| failed(error.to_string()))?;
        self.remember(address, &pem)
    }

    /// Checks a signature with the certificate at an address of Amazon.
    ///
    /// # Errors
    /// The address is another one, the certificate cannot be fetched, or it is not its signature.
    pub fn check(
        &self,
        address: &str,
        reach: Reach,
        version: Version,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), Refused> {
        if !is_certificate(address) {
            return Err(Refused::Signature("The certificate of the signature is not at an address of Amazon SNS."));
        }
        let certificate = self.get(address, reach)?;
        let wrong = || Refused::Signature("The signature is wrong.");
        let certificate = EndEntityCert::try_from(&certificate).map_err(|_| wrong())?;
        let algorithm = Rsa(match version {
            Version::One => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Version::Two => &RSA_PKCS1_2048_8192_SHA256,
        });
        certificate.verify_signature(&algorithm, data, signature).map_err(|_| wrong())
    }
}

/// Whether an address is one of Amazon SNS: `https://sns.<region>.amazonaws.com/…`, in China with `.cn` behind it.
pub fn is_of_amazon(address: &str) -> bool {
    let Some((host, path)) = address.strip_prefix("https://sns.").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let is_region = |region: &str| {
        !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    host.strip_suffix(".amazonaws.com").is_some_and(is_region) && !path.contains(char::is_whitespace)
}

/// Whether an address is that of a certificate of Amazon SNS, which lie at one place.
fn is_certificate(address: &str) -> bool {
    let name = address.rsplit_once(".amazonaws.com").map_or("", |(_, rest)| rest.strip_prefix(".cn").unwrap_or(rest));
    let is_plain = |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let id = name.strip_prefix("/SimpleNotificationService-").and_then(|rest| rest.strip_suffix(".pem"));
    is_of_amazon(address) && id.is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amazon_is_asked_for_certificates() {
        for good in [
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
            "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=x",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
        ] {
            assert!(is_of_amazon(good), "{good}");
        }
        let place = "https://sns.eu-central-1.amazonaws.com";
        assert!(is_certificate(&format!("{place}/SimpleNotificationService-f3ecfb72.pem")));
        for wrong in [
            "/?Action=x.pem",
            "/SimpleNotificationService-a.pem?x=.pem",
            "/SimpleNotificationService-a/b.pem",
            "/x.pem",
        ] {
            assert!(!is_certificate(&format!("{place}{wrong}")), "{wrong}");
        }
        for wrong in [
            "http://sns.us-west-2.amazonaws.com/x.pem",
            "https://sns.us-west-2.amazonaws.com.evil.example/x.pem",
            "https://sns.evil.example/.amazonaws.com/x.pem",
            "https://sns.a@evil.example/x.amazonaws.com",
            "https://sns.us-west-2.amazonaws.com:8443/x.pem",
            "https://sns.amazonaws.com/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://s3.us-west-2.amazonaws.com/x.pem",
            "https://sns.bucket.s3.amazonaws.com/x.pem",
            "https://sns.us-west-2.amazonaws.com",
            "https://evil.example/https://sns.us-west-2.amazonaws.com/x.pem",
            "",
        ] {
            assert!(!is_of_amazon(wrong), "{wrong}");
        }
    }
}
