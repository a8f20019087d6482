//! Who may come in and what they may do. Tables: `operators`, `memberships`, `sessions`, `audit_log`,
//! `signing_keys`.
//!
//! Addresses: `/sign-in`, `/sign-out`, `/sign-out-everywhere`, `/account`, `/setup/{token}`, `/`.
//! Invariants: a token is stored only as its SHA-256; signing in makes a new one; every POST carries the form token of its
//! session or visitor; a role is asked through [`Role::can`], nowhere else; strangers cannot lock a known browser out; what is refused is
//! written down.

mod account;
mod audit;
mod guard;
mod known_browser;
mod operators;
mod password;
mod role;
mod sessions;
mod setup;
mod sign_in;
mod throttle;

pub use audit::{Refusals, audit, sweep as sweep_audit};
pub use guard::{Pattern, guard};
pub use operators::{Operator, Refusal, add, is_empty, list, set_password};
pub use password::{Strength, hash};
pub use role::{Permission, Role};
pub use sessions::Session;
pub use setup::{SetupToken, check_email};
pub use sign_in::DemoAccount;
pub use throttle::{Throttle, Tries};

use crate::web::{Access, Routes};

/// The doors of the console.
pub fn routes() -> Routes {
    Routes::default()
        .get("/", Access::SignedIn, sign_in::home)
        .get("/sign-in", Access::Public, sign_in::show)
        .post("/sign-in", Access::Public, sign_in::create)
        .post("/sign-out", Access::SignedIn, sign_in::destroy)
        .post("/sign-out-everywhere", Access::SignedIn, sign_in::destroy_all)
        .get("/account", Access::SignedIn, account::show)
        .post("/account", Access::SignedIn, account::update)
        .get("/setup/{token}", Access::Public, setup::show)
        .post("/setup/{token}", Access::Public, setup::create)
}
