//! The list of profiles: its page, the cells of its columns, and the pages on which columns are chosen and filters are built.

mod builder;
mod cells;
mod choose;
mod filter;
mod heads;
mod page;
mod reach;
mod slow;

pub use builder::build;
pub use choose::choose;
pub use page::index;
