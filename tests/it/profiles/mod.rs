//! The list of profiles, the Info tab, its forms, and new profiles.

mod bulk;
mod columns;
mod create;
mod edit;
mod erase;
mod export;
mod header;
mod info;
mod list;
mod lookup;
mod paging;
mod refused;
mod same;
pub mod views;

pub use bulk::parts;

use crate::support::Page;

/// Names in the list, as it shows them.
pub fn names(page: &Page) -> Vec<String> {
    page.texts("table.list tbody th a.open")
}
