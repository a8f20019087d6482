//! Profiles: the list, and the frame and the Info tab of one. Tables: `profiles`.
//!
//! Addresses: `/{workspace}/{live|test}/profiles` and `…/profiles/{profile}`. The frame (name, tabs) belongs here, each
//! tab to the area that owns its table. State rows are written by [`store`]'s two set-based functions, which only `ingest` calls.

mod frame;
mod info;
mod list;
mod people;
mod query;
mod search;
pub mod store;

pub use frame::{Frame, Tab, View, elsewhere};
pub use people::{Known, people};
pub use query::{ListRow, find};

use crate::{
    auth::Permission,
    db::ids::ProfileId,
    web::{Access, PathId, Routes},
};

impl PathId for ProfileId {
    const PART: &str = "profile";
}

/// The list and the Info tab.
pub fn routes() -> Routes {
    let read = Access::Can(Permission::ReadProfiles);
    Routes::default().get("/{workspace}/{environment}/profiles", read, list::index).get(
        "/{workspace}/{environment}/profiles/{profile}",
        read,
        info::show,
    )
}
