//! Asking people to confirm their email (double opt-in, S5.2). Table: `confirmation_requests`. Address: `…/profiles/{profile}/confirmations`.
//!
//! Whether somebody has to confirm is no state of its own: the verdict reads it from what was said (`subscriptions/confirmations.rs`). What is
//! stored here is only who is to be asked: the write path notes it in its own transaction, once for each subscription after an opt-out, and
//! [`ask_now`] asks for the messages.

mod actions;
mod routes;
pub mod store;
mod worker;

pub use routes::routes;
pub use worker::ask_now;
