//! Restrictions: what keeps messages from somebody whatever they want. Tables: `restrictions`, `address_restrictions`.
//! Addresses: `…/profiles/{profile}/restrictions`, `…/suppressions`.
//!
//! All messages off, a pause, an entry of the suppression list, an address that takes no messages. Subscriptions and consents are what a
//! person wants and agreed to; these are not, and no subscription lifts one. Each row holds the newest statement under one key, a lifted
//! restriction too; the ledger has all of them.

mod actions;
mod card;
pub mod delivery;
mod form;
mod held;
mod key;
mod list;
mod pages;
mod register;
mod routes;
mod said;
mod store;

pub use card::RestrictionCard;
pub use form::Wish;
pub use held::{Cause, Held};
pub use key::{Contact, Key, Kind, Stop};
pub use register::Restrictions;
pub use routes::routes;
pub use said::{kept_of_keys, label, refused, title, value};
pub(crate) use store::in_force;
pub use store::{InForce, Restriction};
