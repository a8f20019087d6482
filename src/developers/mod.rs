//! The documentation of the API, made of what stands beside its routes: `/api/data/v1/openapi.json` for programs, `/developers` for people.
//!
//! Invariants: no address of our own API exists without its description; both are for everybody, and say nothing about anybody.

mod document;
mod fields;
mod operation;
mod page;
mod routes;
mod schemas;

pub use document::document;
pub use operation::{Answer, BASE, Body, Calls, Described, Operation, Resource};
pub use routes::routes;
