//! Pages of operators about themselves: signing in and out, the account and its workspaces, the setup of the first admin, answering an invitation.
//!
//! Addresses: `/sign-in`, `/sign-out`, `/sign-out-everywhere`, `/account[/…]`, `/workspaces`, `/setup/{token}`, `/join/{secret}`, `/`.

mod actions;
mod join;
mod newcomer;
mod page;
mod places;
mod routes;
mod setup;
mod sign_in;

pub use newcomer::check_email;
pub use routes::routes;
pub use setup::SetupToken;
pub use sign_in::{DemoAccount, for_unsent};
