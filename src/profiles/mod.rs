//! Profiles: the list, and the frame and the Info tab of one. Tables: `profiles`.
//!
//! Addresses: `/{workspace}/{live|test}/profiles` and `…/profiles/{profile}`, with `/edit`, `/attributes` and `/reveal`. The frame (name, tabs) belongs here, each
//! tab to the area that owns its table. State rows are written by [`store`]'s two set-based functions, which only `ingest` calls.

mod create;
mod derived;
mod duplicates;
mod edit;
mod facts;
mod info;
mod list;
mod people;
mod query;
mod routes;
pub mod store;

pub use people::{PersonLabel, people};
pub use query::{ListRow, find};
pub use routes::routes;

use crate::{db::ids::ProfileId, web::PathId};

impl PathId for ProfileId {
    const PART: &str = "profile";
}
