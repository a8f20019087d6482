//! Imports: profiles from tables, events and notes from JSON, streamed in bounded memory through the write path, by the command line or at the console.
//! Tables: `imports`, `import_choices`. Addresses: `…/imports`, `…/imports/{import}`.
//!
//! A file that is brought to the console lies in the data directory until it is imported, or for a week. What is understood of it is shown
//! first, and a dry run says what would change: it makes all changes and takes them back, batch by batch. An import that was interrupted
//! goes on where it was.
//!
//! A cell that breaks a rule costs only itself; a line that is not about anybody, or cannot be read, is rejected as a whole. Both stand with the
//! reason in a rejects file that can be mended and imported. Every
//! batch is one transaction and repeating a line changes nothing, so an interrupted import is simply run again.

mod actions;
mod cells;
mod choices;
mod columns;
mod consents;
mod csv_profiles;
mod download;
mod files;
mod form;
mod json_objects;
mod mapping;
mod pages;
mod preview;
mod progress;
mod reading;
mod receipt;
mod rehearsal;
mod rejects;
mod routes;
mod row;
mod run;
mod store;
mod work;

pub use cells::DateOrder;
pub use choices::Choices;
pub use files::Files;
pub use mapping::Unmapped;
pub use preview::Preview;
pub use progress::{Checkpoint, Going, Summary};
pub use reading::{Content, Delimiter, Object, Opened, Record, Understood, open};
pub use receipt::Receipt;
pub use rehearsal::{Difference, Rehearsal, Report};
pub use routes::routes;
pub use run::{Import, Options, Stored, import};
pub use store::Stage;
pub use work::{continue_now, stop_now, sweep_now};
