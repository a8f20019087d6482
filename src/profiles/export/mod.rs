//! A file of what the list shows: as CSV or NDJSON, with chosen columns, sent as it is read. It is complete, or it breaks off and the browser
//! says so. That somebody took one is a line of the audit log, and how many people were in it another.

mod actions;
mod columns;
mod form;
mod pages;
mod rows;

pub use actions::download;
pub use pages::question;
