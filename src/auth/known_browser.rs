//! Browsers that have signed in to an account before. Strangers who guess its password cannot lock it out in these.
//!
//! The cookie holds a random id of the browser, and for each account a signature over account, id and password hash: it is worth nothing
//! for another account, in another browser, or after the password was changed.

use actix_web::HttpRequest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use rand::RngExt;

use crate::{
    db::{ids::OperatorId, schema::signing_keys},
    web::{Jar, Name, SigningKey},
};

/// Purpose of the signatures.
const PURPOSE: &str = "known browser";
/// Accounts in one cookie at most; the one that signed in longest ago is dropped first.
const MOST: usize = 4;
/// Characters of an id, and (`SIGNATURE`) of a signature.
const ID: usize = 22;
const SIGNATURE: usize = 43;

/// The content of the cookie; only a signature proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBrowser {
    id: String,
    signatures: Vec<String>,
}

impl KnownBrowser {
    /// A new browser, with a random id and no account.
    pub fn random() -> Self {
        Self { id: BASE64_URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>()), signatures: Vec::new() }
    }

    /// The browser that a request comes from; `None` if it has never signed in.
    pub fn of(request: &HttpRequest, jar: Jar) -> Option<Self> {
        jar.read(request, Name::Browser).and_then(|cookie| Self::parse(&cookie))
    }

    /// Parses a cookie; `None` if it is malformed.
    pub fn parse(cookie: &str) -> Option<Self> {
        let is_made_of = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
        };
        let mut parts = cookie.split('.');
        let id = parts.next().filter(|id| is_made_of(id, ID))?.to_owned();
        let signatures: Vec<_> = parts.take(MOST + 1).map(str::to_owned).collect();
        let is_good = (1..=MOST).contains(&signatures.len()) && signatures.iter().all(|it| is_made_of(it, SIGNATURE));
        is_good.then_some(Self { id, signatures })
    }

    /// Whether the browser has signed in to the account with the password of this hash.
    pub fn is_known_to(&self, key: &SigningKey, operator: OperatorId, password_hash: &str) -> bool {
        let parts = [PURPOSE, &operator.to_string(), &self.id, password_hash];
        self.signatures.iter().any(|signature| key.is_signature(signature, &parts))
    }

    /// Key of the browser's failed sign-ins to the account: those to another account are counted apart.
    pub fn at(&self, operator: OperatorId) -> String {
        format!("{operator} {}", self.id)
    }

    /// The cookie after a sign-in to the account.
    pub fn signed_in(mut self, key: &SigningKey, operator: OperatorId, password_hash: &str) -> String {
        let new = key.signature(&[PURPOSE, &operator.to_string(), &self.id, password_hash]);
        self.signatures.retain(|signature| *signature != new);
        self.signatures.truncate(MOST - 1);
        self.signatures.insert(0, new);
        format!("{}.{}", self.id, self.signatures.join("."))
    }
}

/// The signing key, if one was made.
pub fn key(conn: &mut PgConnection) -> QueryResult<Option<SigningKey>> {
    let kept = signing_keys::table.find(PURPOSE).select(signing_keys::secret).first::<Vec<u8>>(conn).optional()?;
    Ok(kept.and_then(|secret| SigningKey::new(&secret)))
}

/// The signing key, made if there is none.
pub fn ensure_key(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Option<SigningKey>> {
    if let Some(kept) = key(conn)? {
        return Ok(Some(kept));
    }
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::purpose.eq(PURPOSE),
            signing_keys::secret.eq(SigningKey::random().bytes()),
            signing_keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    // Another process may have made one first.
    key(conn)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_browser_is_known_to_those_who_signed_in_with_it() {
        let key = SigningKey::random();
        let who = |n| OperatorId(Uuid::from_u128(n));
        let mut cookie = KnownBrowser::random().signed_in(&key, who(1), "hash");
        let known = |cookie: &str, n, hash: &str| KnownBrowser::parse(cookie).unwrap().is_known_to(&key, who(n), hash);
        assert!(known(&cookie, 1, "hash"));
        assert!(!known(&cookie, 2, "hash") && !known(&cookie, 1, "another hash"));
        assert!(!KnownBrowser::parse(&cookie).unwrap().is_known_to(&SigningKey::random(), who(1), "hash"));
        // The signature covers the id as well.
        let other = format!("{}{}", "A".repeat(ID), &cookie[ID..]);
        assert!(!known(&other, 1, "hash"));
        for n in [1, 2, 2, 3, 4, 1, 5] {
            cookie = KnownBrowser::parse(&cookie).unwrap().signed_in(&key, who(n), "hash");
        }
        assert_eq!([1, 2, 3, 4, 5].map(|n| known(&cookie, n, "hash")), [true, false, true, true, true]);
    }

    #[test]
    fn what_is_no_such_cookie_is_not_read() {
        let cookie = KnownBrowser::random().signed_in(&SigningKey::random(), OperatorId(Uuid::nil()), "hash");
        assert!(KnownBrowser::parse(&cookie).is_some());
        let long = format!("{cookie}{}", format!(".{}", "A".repeat(SIGNATURE)).repeat(MOST));
        for wrong in ["", ".", &cookie[..ID], &cookie[1..], &cookie[..cookie.len() - 1], &format!("{cookie}."), &long] {
            assert_eq!(KnownBrowser::parse(wrong), None, "{wrong}");
        }
    }
}
