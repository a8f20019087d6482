//! Imports: profiles from tables and events from JSON, streamed in bounded memory through the write path.
//!
//! A cell that breaks a rule costs only itself; a line that is not about anybody, or cannot be read, is rejected as a whole. Both stand with the
//! reason in a rejects file that can be mended and imported. Every
//! batch is one transaction and repeating a line changes nothing, so an interrupted import is simply run again.

mod cells;
mod columns;
mod csv_profiles;
mod import;
mod json_events;
mod mapping;
mod reading;
mod rejects;
mod row;

pub use cells::DateOrder;
pub use import::{Options, Summary, import, import_opened};
pub use reading::{Asked, Content, Delimiter, Object, Opened, Record, Understood, open};
