//! Who makes a call: there is one wherever the guard let a call through.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chrono::{DateTime, Utc};

use super::{Fault, Intake, formats::Call};
use crate::{
    db::ids::{EnvironmentId, KeyId, SourceId},
    keys::{Capability, Grant, Key, WriteTarget},
    rejections::codes,
};

/// The key of a call, and where what it says belongs.
#[derive(Clone)]
pub struct Caller {
    key: Arc<Key>,
    place: WriteTarget,
    /// What all calls share.
    pub intake: Data<Intake>,
    /// When the call arrived: the first time, if it is a repeat.
    pub received_at: DateTime<Utc>,
    /// The name under which the call may be repeated.
    pub repeat_as: Option<String>,
}

impl Caller {
    pub(super) fn new(key: Arc<Key>, received_at: DateTime<Utc>, intake: Data<Intake>) -> Self {
        Self { place: key.place, key, intake, received_at, repeat_as: None }
    }

    /// The key's id.
    pub fn key(&self) -> KeyId {
        self.key.id
    }

    /// What people call the key.
    pub fn name(&self) -> &str {
        &self.key.name
    }

    /// The environment of everything that this call reads or writes.
    pub fn environment(&self) -> EnvironmentId {
        self.place.environment
    }

    /// The key as a source in that environment.
    pub fn source(&self) -> SourceId {
        self.place.source
    }

    /// Whether the key may do that.
    pub fn can(&self, capability: Capability) -> bool {
        self.key.grant.can(capability)
    }

    /// What the key is and may do.
    pub fn grant(&self) -> &Grant {
        &self.key.grant
    }

    /// Whether pages carry the key, for everybody to read.
    pub fn is_browser(&self) -> bool {
        matches!(self.key.grant, Grant::Browser { .. })
    }

    /// What adapters must know of this call.
    pub fn call(&self) -> Call {
        Call {
            received_at: self.received_at,
            is_browser: self.is_browser(),
            can_merge: self.can(Capability::Merge),
            can_delete: self.can(Capability::Delete),
        }
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
