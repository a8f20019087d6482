//! Who may come in and what they may do. Tables: `operators`, `memberships`, `sessions`, `audit_log`,
//! `signing_keys`.
//!
//! Invariants: a token is stored only as its SHA-256; signing in makes a new one; every POST carries the form token of its
//! session or visitor; a role is asked through [`Role::can`], nowhere else; strangers cannot lock a known browser out; what is refused is
//! written down.

pub mod audit;
pub mod known_browser;
pub mod operators;
pub mod password;
mod role;
pub mod sessions;
mod throttle;

pub use audit::{Refusals, audit, sweep as sweep_audit};
pub use operators::{Operator, Refusal, add, is_empty, list, set_password};
pub use password::{Strength, hash};
pub use role::{Permission, Role};
pub use sessions::Session;
pub use throttle::{Attempt, Throttle, Tries};
