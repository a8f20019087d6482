//! Keys of senders: what a program shows with each call, and what it may do with it. Tables: `api_keys`,
//! `idempotent_calls`.
//!
//! Addresses: `…/keys[/{key}/revoke]`. Invariants: a secret is stored only as its SHA-256 and shown once; a key belongs to one environment
//! for good; a key for browsers can only write, because everybody can read it in the page that carries it; a revoked key stays, so that its
//! statements keep their source.

mod actions;
pub mod answers;
mod cache;
mod form;
mod grant;
mod key;
mod origin;
mod pages;
mod routes;
mod secret;
mod store;

pub use cache::KeyCache;
pub use grant::{Capabilities, Capability, Format, Grant, MayOverwrite};
pub use key::{Draft, Key, KeyName, Listed, PerMinute, WriteTarget};
pub use origin::Origin;
pub use routes::routes;
pub use secret::{Secret, hide_secrets, without_secrets};
pub use store::{Found, add, all_names, list, named, names, revoke, used};

use crate::{db::ids::KeyId, web::PathId};

impl PathId for KeyId {
    const PART: &str = "key";
}
