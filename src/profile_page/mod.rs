//! What every page about one profile starts from: who it is, the tabs, and where to go if it was merged.

mod header;

pub use header::{Header, Tab, View, open, open_at};
