//! The suppression list of an environment (F7.1, Y2.6-8): entries and blocks of people and of addresses. Addresses: `…/suppressions`.

mod actions;
mod add;
mod asked;
mod download;
mod pages;
mod store;

pub use actions::{add, remove};
pub use download::download;
pub use pages::{index, new, question};
