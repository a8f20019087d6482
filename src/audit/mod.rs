//! The audit log, as the admins of a workspace read it. Table: `audit_log`, which [`crate::auth`] writes.
//!
//! Addresses: `…/audit[/download]`, `/organisation/audit`. Invariants: a workspace's admins see the lines about that workspace alone,
//! organisation admins those that belong to no workspace; reading changes nothing;
//! a download is a line itself.

mod actions;
mod asked;
mod pages;
mod routes;
mod row;
mod store;

pub use routes::routes;
