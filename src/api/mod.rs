//! The API for senders: one guard, one intake, and an adapter for each format. It owns no table: what it keeps is in
//! [`rejections`](crate::rejections) and in the answers of [`keys`](crate::keys).
//!
//! ```text
//! call ─> guard: key → format, capability, origin, calls per minute → body (inflated, under a cap)
//!      ─> formats::*: text → entries, each some items or the reason why not     (pure)
//!      ─> intake: one ingest::submit, refused entries kept for the console
//!      ─> answer: success or failure, as the format's clients expect it
//! ```
//!
//! Addresses: `/api/data/v1/…` (native), `/v1/…` (Segment), `/api/v2/…` (Vero). Invariants: no handler runs without a key that may do what
//! its route needs; a call writes to its key's environment and nowhere else; success is answered only for what is stored; no content of a
//! call is answered with a 5xx status; the memory for bodies is bounded.

mod answer;
mod body;
mod caller;
mod cors;
mod credentials;
pub mod formats;
mod guard;
pub mod idempotency;
mod intake;
mod json;
mod left_out;
mod limit;
pub mod native;
mod receive;
mod turns;

pub use answer::Fault;
pub use body::{Body, Budget};
pub use caller::Caller;
pub use guard::path_part;
pub use intake::{Intake, take};
pub use limit::Meter;
pub use receive::routes;

use actix_web::{HttpRequest, HttpResponse};

use crate::{
    keys::{Capability, Format},
    rejections::codes,
};

/// What a route of the API requires of a key, and the size of its bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Format that the key must allow, and in whose shape everything is answered.
    pub format: Format,
    /// Capability that the key must have.
    pub capability: Capability,
    /// Maximum size of a body.
    pub size: Size,
    /// Names that its query may have; `None` if any.
    pub query: Option<&'static [&'static str]>,
}

/// Maximum size of a body, by setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// `KITH_CALL_MB`.
    Call,
    /// `KITH_BATCH_MB`.
    Batch,
}

impl Need {
    /// A route of that format that needs this capability, with bodies of [`Size::Call`].
    pub const fn new(format: Format, capability: Capability) -> Self {
        Self { format, capability, size: Size::Call, query: None }
    }

    /// The same with a query of these names only.
    pub const fn asking(self, names: &'static [&'static str]) -> Self {
        Self { query: Some(names), ..self }
    }

    /// The same with bodies of [`Size::Batch`].
    pub const fn of_batch(self) -> Self {
        Self { size: Size::Batch, ..self }
    }
}

/// Prefixes of the addresses of the API. No workspace has such a name.
pub const PREFIXES: [&str; 2] = ["/api", "/v1"];

/// The format whose clients use this address, if any.
pub fn family(path: &str) -> Option<Format> {
    let is_under =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match () {
        () if is_under("/v1") => Some(Format::Segment),
        () if is_under("/api/v2") => Some(Format::Vero),
        () if is_under("/api") => Some(Format::Native),
        () => None,
    }
}

/// The answer `not_found` to an address of the API without a route.
pub async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let path = "There is nothing at this address; check the path and the base address that the client is set to.";
    Fault::new(codes::NOT_FOUND, path).answer(family(request.path()).unwrap_or(Format::Native))
}
