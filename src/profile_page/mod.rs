//! What every page about a profile starts from: its header, the way back to the list, and the way to whom an address means.

mod from_list;
mod header;
mod open;

pub use from_list::FromList;
pub use header::{Header, Tab, View};
pub use open::{open, open_at, open_with};
