//! Messages to people, and what became of them (F1, F4.5, S8, V6.7, Y3). Tables: `messages`, `message_steps`.
//!
//! Addresses: `…/messages[/{message}[/cancel]]` for the workspace, `…/profiles/{profile}/messages[/new]` for a person, and
//! `/api/data/v1/messages`. [`ask`] asks the verdict before anything is stored, [`Worker`] hands over what is due and asks it again first.
//!
//! Invariants: that a message is being handed over is committed before it is, and what came of it afterwards, so that one of which a dead
//! process knew more is *uncertain* and never sent twice, unless its provider takes an id that it knows again. Each step that says something
//! of the person becomes one of their events, from which the timeline, segments and blocked addresses follow.

mod actions;
mod ask;
mod compose;
mod draft;
mod form;
mod log;
mod many;
mod message;
mod pages;
mod recover;
mod renderer;
mod reported;
mod routes;
mod settle;
mod status;
mod store;
mod take;
mod tell;
mod timing;
mod worker;

pub use ask::{Asked, ask, first_that_may};
pub use draft::{Content, Draft, Passes, beginning, block};
pub use log::{Asks, LaneWaiting, MOST_WAITING, Row, page, waiting_everywhere};
pub use many::{Forecast, any_waits, ask_each, cancel_some, sentences};
pub use message::{Message, SentText, Step};
pub use reported::{Among, Found, advance, any_is_handed_over, named};
pub use routes::routes;
pub use status::Status;
pub use store::{Cancelled, NewStep, TEXT_KEPT_DAYS, cancel, find, of_group, sweep};
pub use timing::Timing;
pub use worker::Worker;

use crate::{db::ids::MessageId, web::PathId};

impl PathId for MessageId {
    const PART: &str = "message";
}
