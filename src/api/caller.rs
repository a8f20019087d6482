//! The caller: every call that the guard has passed has one.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chrono::{DateTime, Utc};

use super::{Fault, Intake, formats::Call};
use crate::{
    db::ids::{EnvironmentId, KeyId, SourceId},
    identities::Reading,
    ingest::Seen,
    keys::{Capability, Grant, Key, WriteTarget},
    rejections::codes,
};

/// The key of a call, and the environment of its statements.
#[derive(Clone)]
pub struct Caller {
    key: Arc<Key>,
    place: WriteTarget,
    /// State that all calls share.
    pub intake: Data<Intake>,
    /// Arrival of the call; of a repeat, the first arrival.
    pub received_at: DateTime<Utc>,
    /// The `Idempotency-Key` of the call, if it has one.
    pub repeat_as: Option<String>,
    /// Whether it was made before and has no answer that is known: it may be done already.
    pub is_repeat: bool,
    /// The profile as `If-Match` says that the sender saw it.
    pub seen: Option<Seen>,
    /// How the workspace has identifiers and addresses read that arrived when this call did.
    pub reading: Reading,
}

impl Caller {
    pub(super) fn new(key: Arc<Key>, received_at: DateTime<Utc>, intake: Data<Intake>) -> Self {
        let (repeat_as, is_repeat, seen, reading) = (None, false, None, Reading::default());
        Self { place: key.place, key, intake, received_at, repeat_as, is_repeat, seen, reading }
    }

    /// Id of the key.
    pub fn key(&self) -> KeyId {
        self.key.id
    }

    /// Name of the key for people.
    pub fn name(&self) -> &str {
        &self.key.name
    }

    /// Environment of everything that this call reads or writes.
    pub fn environment(&self) -> EnvironmentId {
        self.place.environment
    }

    /// The key as a source in that environment.
    pub fn source(&self) -> SourceId {
        self.place.source
    }

    /// Whether the key has the capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.key.grant.can(capability)
    }

    /// Kind and capabilities of the key.
    pub fn grant(&self) -> &Grant {
        &self.key.grant
    }

    /// Whether the key is one for browsers, which pages expose to everybody.
    pub fn is_browser(&self) -> bool {
        matches!(self.key.grant, Grant::Browser { .. })
    }

    /// The facts about this call that adapters need.
    pub fn call(&self) -> Call {
        Call {
            received_at: self.received_at,
            is_browser: self.is_browser(),
            can_merge: self.can(Capability::Merge),
            can_delete: self.can(Capability::Delete),
            reading: self.reading,
        }
    }

    /// The same caller, who changes this version of a profile or nothing.
    pub fn having(self, seen: Seen) -> Self {
        Self { seen: Some(seen), ..self }
    }

    /// The same caller in the test environment of its workspace. There is no way from test to live.
    pub fn for_test(self) -> Self {
        Self { place: self.key.test, ..self }
    }
}

impl FromRequest for Caller {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| Fault::new(codes::MISSING_KEY, "This address needs a key.")))
    }
}
