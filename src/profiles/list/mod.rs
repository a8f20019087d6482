//! The list of profiles: its page, the cells of its columns, and the page on which columns are chosen.

mod cells;
mod choose;
mod filter;
mod heads;
mod page;
mod reach;
mod slow;

pub use choose::choose;
pub use filter::asking;
pub use page::index;
