//! Rejections: refused items, as they were sent, for people who connect a client. Table: `rejections`.
//!
//! Address: `…/rejections`. Invariants: a call is not acknowledged before its rejections are stored; about the newest 10,000 of an
//! environment are stored, for 30 days; no item holds the secret of a key.

pub mod codes;
mod forget;
mod keep;
mod pages;
mod refused;
mod routes;
mod store;

pub use codes::Code;
pub use forget::forget;
pub use keep::{MOST_AT_ONCE, Rejection, Sweeper, keep};
pub use pages::address;
pub use refused::{Fate, Refused};
pub use routes::routes;
pub use store::{OfKey, count_by_key, page, sweep_old};
