//! What tests stand on: a database each, the whole application in this process, a browser that fills the rendered forms.

pub mod app;
pub mod browser;
pub mod build;
pub mod db;
pub mod ledger;
pub mod page;
pub mod program;
pub mod sender;
pub mod statements;

pub use app::App;
pub use browser::Browser;
pub use build::Person;
pub use db::TestDb;
pub use ledger::Ledger;
pub use page::Page;
pub use program::Program;

use chrono::{DateTime, Utc};

/// A moment, as in "2026-11-22T03:24:05Z".
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text} is no time: {error}"))
}
