//! Adds an event by hand (S7.7): something that no sender reports, such as a call or a visit to the shop.
//!
//! Address: `…/profiles/{profile}/events/new`. The operator is the event's source, and its context says who added it and why. Its id is
//! made with the form, so that submitting the form twice stores one event.

mod actions;
mod form;
mod pages;
mod routes;
mod typed;

pub use routes::routes;
