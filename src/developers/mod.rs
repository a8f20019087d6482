//! Documentation of the API, made from the descriptions beside its routes: `/api/data/v1/openapi.json` for programs, `/developers` for
//! people.
//!
//! Invariants: no address of the native API exists without its description; both documents are public, and hold no data of profiles.

mod document;
mod fields;
mod operation;
mod page;
mod routes;
mod schemas;

pub use document::document;
pub use operation::{Answer, BASE, Body, Calls, Described, Operation, Resource};
pub use routes::routes;
