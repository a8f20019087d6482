//! Settings of a workspace: what its admins decide for all of it. Columns: `workspaces.name`, `accent` and `settings`.
//!
//! Addresses: `…/settings[/{setting}]`. Invariants: a stored setting that cannot be read is the default; every change is a line of the
//! audit log, with before and after; a change holds on every server ten seconds later, and that of the country exactly then, so that a
//! call is read alike by all of them, and again by its repeats.

mod actions;
mod form;
mod pages;
mod routes;
mod store;
mod workspace;

pub use routes::routes;
pub use workspace::{Setting, WorkspaceSettings, named};
