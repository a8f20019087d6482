//! Items that were refused, as they were sent: what people look at who connect a client. Table: `rejections`.
//!
//! Address: `…/rejections`. Invariants: a call is not acknowledged before what was refused of it is kept; about the newest 10,000 of an environment are
//! kept, for 30 days; no item holds a key.

pub mod codes;
mod keep;
mod pages;
mod refused;
mod routes;
mod store;

pub use codes::Code;
pub use keep::{MOST_AT_ONCE, Rejection, Sweeper, keep};
pub use pages::address;
pub use refused::{Fate, Refused};
pub use routes::routes;
pub use store::{count_by_key, forget, page, sweep_old};
