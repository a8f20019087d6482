//! Pages of operators about themselves: signing in and out, the account, the setup of the first admin.
//!
//! Addresses: `/sign-in`, `/sign-out`, `/sign-out-everywhere`, `/account`, `/setup/{token}`, `/`.

mod page;
mod routes;
mod setup;
mod sign_in;

pub use routes::routes;
pub use setup::{SetupToken, check_email};
pub use sign_in::DemoAccount;
