//! Addresses of people's links, made for many people with one look at the key.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    link::{Link, Use},
    store,
};
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    subscriptions::Line,
    web::SigningKey,
};

/// Makes links of the people of one environment. Whoever has one can answer for the person: they belong into messages to that person, and
/// on no page.
pub struct Signer {
    key: SigningKey,
    /// Scheme and host of the console, as in [`crate::config::Site::origin`].
    origin: String,
    environment: EnvironmentId,
    issued_at: DateTime<Utc>,
}

impl Signer {
    /// Reads the key; links are issued at `now`.
    pub fn read(
        conn: &mut PgConnection,
        origin: &str,
        environment: EnvironmentId,
        now: DateTime<Utc>,
    ) -> QueryResult<Self> {
        Ok(Self { key: store::signing_key(conn)?, origin: origin.to_owned(), environment, issued_at: now })
    }

    /// The person's own page. A one-click unsubscribe at it is from this line.
    pub fn preferences(&self, profile: ProfileId, line: &Line) -> String {
        self.address(profile, self.issued_at, Use::Preferences(line.clone()), "", "")
    }

    /// The question whether they want no more messages of this line.
    pub fn unsubscribe(&self, profile: ProfileId, line: &Line) -> String {
        self.address(profile, self.issued_at, Use::Preferences(line.clone()), "", "/unsubscribe")
    }

    /// Confirms this email, where the subscription that waits for it was said at `asked_at`.
    pub fn confirmation(&self, profile: ProfileId, asked_at: DateTime<Utc>, email: &str) -> String {
        let used_for = Use::Confirmation { asked_at: asked_at.timestamp_micros() };
        self.address(profile, self.issued_at, used_for, email, "/confirm")
    }

    fn address(&self, profile: ProfileId, issued_at: DateTime<Utc>, used_for: Use, email: &str, rest: &str) -> String {
        let link = Link { environment: self.environment, profile, issued_at, used_for };
        format!("{}/preferences/{}{rest}", self.origin, link.sign(&self.key, email))
    }
}
