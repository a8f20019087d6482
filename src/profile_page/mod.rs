//! What every page about a profile starts from: its header, the way back to the list, and the way to the survivor if it was merged.

mod from_list;
mod header;

pub use from_list::FromList;
pub use header::{Header, Tab, View, open, open_at, open_with};
