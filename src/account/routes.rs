//! Routes of the pages of operators about themselves.

use super::{page, setup, sign_in};
use crate::console::{Access, Routes};

/// Routes for signing in and out, the account and the setup.
pub fn routes() -> Routes {
    Routes::default()
        .own_page("/", sign_in::home)
        .get("/sign-in", Access::Public, sign_in::show)
        .post("/sign-in", Access::Public, sign_in::create)
        .post("/sign-out", Access::SignedIn, sign_in::destroy)
        .post("/sign-out-everywhere", Access::SignedIn, sign_in::destroy_all)
        .own_page("/account", page::show)
        .post("/account", Access::SignedIn, page::update)
        .get("/setup/{token}", Access::Public, setup::show)
        .post("/setup/{token}", Access::Public, setup::create)
}
