//! The page that says how the console is used: keys of the keyboard, the search box, where the documents are. It owns no tables.
//!
//! Address: `…/help`.

mod pages;
mod routes;

pub use routes::routes;
