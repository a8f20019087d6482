//! The addresses that forms are sent to.

use actix_web::http::Method;
use kith::{auth::Role, console::Access};

use super::{Site, entries};

/// After a refused form the address bar shows where it was sent. Whoever asks for that address gets to the page that the form is on.
#[test]
fn the_address_of_every_form_can_be_reloaded() {
    let site = Site::new();
    // No form is sent to what programs call.
    for entry in entries(Method::POST).iter().filter(|entry| entry.guard() != Some(&Access::Hook)) {
        let mut browser =
            if entry.guard() == Some(&Access::Public) { site.app.visitor() } else { site.app.browser(Role::Admin) };
        let address = site.address(entry);
        let page = browser.get(&address).clone();
        assert!(page.status == 200 || page.status == 303, "{}", page.describe());
        browser.follow().expect(200);
    }
}
