//! What providers tell kith about messages that it sent (V6.3, V7.7-8, F1, F5.2). Table: `feedback_misses`; steps and statuses are those of
//! [`messages`](crate::messages), settings those of [`sending_accounts`](crate::sending_accounts).
//!
//! Addresses: `/hooks/{account}/{secret}`, which providers call, and `…/sending/{sending_account}/feedback[/replace]`. `kith bounce` reads a
//! mail from its input. The secret in an address is derived from a key of the server, the account and how often it was replaced, so it is
//! stored nowhere.
//!
//! Invariants: nothing is read of a call before its secret is known to be right, and nothing stored before its signature is. A step has an
//! id made of what the provider said, so that what comes twice is once. Effects follow from events, as [`messages`](crate::messages) tell
//! all steps.

mod actions;
mod call;
mod certificates;
mod formats;
mod hook;
mod keep;
mod pages;
mod report;
mod routes;
mod sign;
mod store;

pub use call::{Call, Refused};
pub use certificates::Certificates;
pub use formats::mail;
pub use hook::Hooks;
pub use keep::{Kept, keep_anywhere};
pub use report::{Bounce, Named, Outcome, Report};
pub use routes::routes;
