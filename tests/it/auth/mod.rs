//! Coming in, staying in, going out.

mod account;
mod audit;
mod sessions;
mod setup;
mod sign_in;
mod throttle;

use crate::support::{App, Browser, app::PASSWORD};

/// Signs in through the form.
#[track_caller]
fn sign_in<'a>(app: &'a App, email: &str) -> Browser<'a> {
    let mut browser = app.visitor();
    browser.visit("/sign-in");
    browser.submit("Sign in", &[("Email", email), ("Password", PASSWORD)]).expect(303);
    browser
}
