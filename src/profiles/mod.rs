//! Profiles: the list, making one, its Info tab and editing. Tables: `profiles`, `bulk_changes`, `bulk_targets`.
//!
//! Addresses: `/{workspace}/{live|test}/profiles[/new|/columns|/filter|/bulk[/{bulk}]|/export]` and `…/profiles/{profile}`, with `/edit`,
//! `/erase`, `/attributes` and `/reveal`. Each other tab of a profile belongs to the area that owns its table; their frame is in
//! `profile_page`. `ingest` alone writes rows.

mod bulk;
mod by_id;
mod columns;
mod count;
mod create;
mod derived;
mod details;
mod duplicates;
mod edit;
mod erase;
mod export;
mod facts;
mod info;
mod languages;
mod list;
mod list_state;
mod lookup;
mod misspelt;
mod neighbour;
mod order;
mod people;
mod query;
mod reference;
mod routes;
mod selection;
pub mod store;
mod walk;

pub use bulk::{BulkJob, sweep as sweep_bulk};
pub use by_id::ById;
pub use columns::{Column, Columns, Fact};
pub use count::{Count, count};
pub use list_state::{Density, ListState, VIEW, keep_found};
pub use order::{ListCursor, Order, Sort};
pub use people::{PersonLabel, people};
pub use query::{ListRow, find};
pub use reference::{FoundBy, MOST as MOST_MEANT, Reference};
pub use routes::routes;
pub use selection::Selection;
pub use walk::{along, few};

use crate::{db::ids::ProfileId, web::PathId};

impl PathId for ProfileId {
    const PART: &str = "profile";
}
