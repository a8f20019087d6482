//! An event added by hand (S7.7): what happened where no sender was told, such as a call or a visit to the shop.
//!
//! Address: `…/profiles/{profile}/events/new`. The operator is its source, and its context says who added it and why. Its id is made
//! with the form, so that sending that twice stores one event.

mod actions;
mod form;
mod pages;
mod routes;
mod typed;

pub use routes::routes;
