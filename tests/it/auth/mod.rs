//! Sessions, failed attempts, and what is written down of them.

mod audit;
mod sessions;
mod throttle;

use crate::support::{App, Browser, app::PASSWORD};

/// Signs in through the form.
#[track_caller]
pub fn sign_in<'a>(app: &'a App, email: &str) -> Browser<'a> {
    let mut browser = app.visitor();
    browser.visit("/sign-in");
    browser.submit("Sign in", &[("Email", email), ("Password", PASSWORD)]).expect(303);
    browser
}
