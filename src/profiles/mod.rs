//! Profiles: the list, and the frame and the Info tab of one. Tables: `profiles`.
//!
//! Addresses: `/{workspace}/{live|test}/profiles` and `…/profiles/{profile}`, with `/edit`, `/attributes` and `/reveal`. The frame (name, tabs) belongs here, each
//! tab to the area that owns its table. State rows are written by [`store`]'s two set-based functions, which only `ingest` calls.

mod create;
mod derived;
mod edit;
mod facts;
mod info;
mod list;
mod people;
mod query;
mod question;
mod search;
pub mod store;
mod twins;

pub use people::{PersonLabel, people};
pub use query::{ListRow, find};

use crate::{
    auth::Permission,
    console::{Access, Routes},
    db::ids::ProfileId,
    web::PathId,
};

impl PathId for ProfileId {
    const PART: &str = "profile";
}

/// The list, the Info tab, and what changes what that shows.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    Routes::default()
        .get("/{workspace}/{environment}/profiles", read, list::index)
        .get("/{workspace}/{environment}/profiles/new", edit, create::new)
        .post("/{workspace}/{environment}/profiles/new", edit, create::create)
        .get("/{workspace}/{environment}/profiles/{profile}", read, info::show)
        .get("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::show)
        .post("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::save)
        .get("/{workspace}/{environment}/profiles/{profile}/attributes/new", edit, edit::new)
        .post("/{workspace}/{environment}/profiles/{profile}/attributes", edit, edit::add)
        .post("/{workspace}/{environment}/profiles/{profile}/reveal", edit, edit::reveal)
}
