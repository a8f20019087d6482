//! Signing in and out, the first account, and one's own page.

mod page;
mod password;
mod setup;
mod sign_in;
mod unsent;
