//! What every page about one profile starts from: who it is, the tabs, and where to go if it was merged.

mod header;

pub use header::{Header, Tab, View, redirect_if_merged, redirect_if_merged_asking};
