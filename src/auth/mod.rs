//! Operators, sessions and roles. Tables: `operators`, `memberships`, `invitations`, `sessions`, `audit_log`, `signing_keys`.
//!
//! Invariants: a token is stored only as its SHA-256; signing in makes a new one; every POST carries the form token of its session or
//! visitor; permissions are checked through [`Role::can`] alone; strangers cannot lock a known browser out; refusals are audited; a team
//! keeps an active admin, and a server an organisation admin.

mod action;
pub mod audit;
pub mod invitations;
pub mod known_browser;
pub mod operators;
pub mod organisation;
pub mod password;
mod role;
pub mod sessions;
pub mod team;
mod throttle;

pub use action::{Action, Topic};
pub use audit::{Actor, Place, Refusals, audit, sweep as sweep_audit};
pub use operators::{NewOperator, Operator, OperatorName, Refusal, add, is_empty, of_workspace};
pub use password::{Strength, hash};
pub use role::{Permission, Role};
pub use sessions::Session;
pub use throttle::{Attempt, Throttle, Tries};
