//! Imports: profiles from CSV and events from NDJSON, streamed in bounded memory through the write path.
//!
//! A line is stored as a whole or rejected as a whole, with the reason beside it in a rejects file that can be mended and imported. Every
//! batch is one transaction and repeating a line changes nothing, so an interrupted import is simply run again.

mod csv_profiles;
mod import;
mod json_events;
mod mapping;
mod rejects;

pub use import::{Options, Summary, import};
pub use mapping::{Column, Mapping};
