//! What people decide themselves, by a link in a message and without signing in: which messages they receive, whether an address is
//! theirs, and what becomes of their data. Addresses: `/preferences/{link}[/…]`,
//! `…/profiles/{profile}/links[/revoke]`. Table: `revoked_links`.
//!
//! The link alone is the authority: pages and forms have no cookie. What is said here comes from the person and is asked of nobody else. No
//! GET changes anything, since programs that check messages for harm follow every link.

mod actions;
mod choices;
mod form;
mod link;
mod on_profile;
mod pages;
mod routes;
mod signer;
mod store;
mod texts;

pub use link::{Link, Use};
pub use routes::routes;
pub use signer::Signer;
pub use store::signing_key;
pub use texts::{confirmation_language, confirmation_words};

/// Uses of one link in ten minutes.
pub const OF_LINK: u32 = 60;
