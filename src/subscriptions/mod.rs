//! Subscriptions and consents of a profile. Tables: `subscriptions`, `consents`, `address_subscriptions`.
//!
//! Each row holds the newest statement about one line, or one purpose, with its reason; the ledger has all of them. A closed subscription
//! is opened only by a newer statement: replaying an old message changes nothing.

mod consent;
mod consents;
mod lines;
mod shown;
pub mod store;
mod subscription;

pub use consent::{Consent, Purpose};
pub use consents::Consents;
pub use lines::{Subscriptions, read};
pub use shown::{FirstConsents, FirstSubscriptions};
pub use subscription::{ALL, Line, Medium, Reason, Subscription, SubscriptionState, Topic};
