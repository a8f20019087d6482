//! Subscriptions and consents of a profile, with their tab. Tables: `subscriptions`, `consents`, `address_subscriptions`,
//! `confirmations`.
//!
//! Each row holds the newest statement about one line, or one purpose, with its reason; the ledger has all of them. A closed subscription
//! is opened only by a newer statement: replaying an old message changes nothing.

mod actions;
mod confirmations;
mod consent;
mod consents;
mod form;
mod lines;
mod matrix;
mod pages;
mod routes;
mod shown;
pub mod store;
mod subscription;

pub(crate) use confirmations::awaits;
pub use confirmations::{Begun, Confirmation, ConfirmationKey, Confirmations, Way};
pub use consent::{Consent, Purpose};
pub use consents::Consents;
pub use form::ChangeForm;
pub use lines::{Subscriptions, read};
pub use routes::routes;
pub use shown::{FirstConsents, FirstSubscriptions};
pub use subscription::{ALL, Line, Medium, Reason, Subscription, SubscriptionState, Topic};
