//! Routes of the pages of operators about themselves.

use super::{actions, join, page, places, setup, sign_in};
use crate::console::{Access, Routes};

/// Routes for signing in and out, the account, the setup, and invited people.
pub fn routes() -> Routes {
    Routes::default()
        .own_page("/", places::home)
        .own_page("/workspaces", places::show)
        .get("/sign-in", Access::Public, sign_in::show)
        .post("/sign-in", Access::Public, sign_in::create)
        .post("/sign-out", Access::SignedIn, sign_in::destroy)
        .on("/account")
        .post("/sign-out-everywhere", Access::SignedIn, sign_in::destroy_all)
        .on("/account")
        .own_page("/account", page::show)
        .post("/account", Access::SignedIn, actions::update)
        .own_page("/account/password", page::password)
        .post("/account/password", Access::SignedIn, actions::set_password)
        .post("/account/sessions/end", Access::SignedIn, actions::end_session)
        .on("/account")
        .post("/account/sessions/end-others", Access::SignedIn, actions::end_others)
        .on("/account")
        .get("/setup/{token}", Access::Public, setup::show)
        .post("/setup/{token}", Access::Public, setup::create)
        .get("/join/{secret}", Access::Public, join::show)
        .post("/join/{secret}", Access::Public, join::create)
}
