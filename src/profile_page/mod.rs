//! What every page about a profile starts from: its header, and the way to the survivor if it was merged.

mod header;

pub use header::{Header, Tab, View, open, open_at};
