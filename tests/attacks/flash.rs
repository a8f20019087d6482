//! Cookies that somebody else wrote.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kith::auth::Role;

use crate::support::{App, app::PASSWORD};

#[test]
fn a_message_that_somebody_planted_is_not_shown() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for said in [
        "Your session ended",
        "text\n/\t/evil.example",
        "text\n/\r/evil.example",
        "text\n/\n/evil.example",
        "text\n//evil.example",
        "text\n/acme/live/profiles",
    ] {
        let forged = BASE64_URL_SAFE_NO_PAD.encode(said);
        for cookie in [forged.clone(), format!("{forged}."), format!("{forged}.{}", "A".repeat(43))] {
            ada.cookies.insert("kith_flash".to_owned(), cookie);
            let page = ada.visit("/account").clone();
            page.check_markup();
            page.hides("text").hides("Your session ended");
            assert!(page.link("Undo").is_none() && !page.has_source("evil.example"), "{said:?}: {}", page.body);
            assert!(!ada.cookies.contains_key("kith_flash"), "it is taken away");
        }
    }
}

#[test]
fn a_message_of_ours_is_shown_once_and_works_in_no_other_kith() {
    let (app, other) = (App::new(), App::new());
    let mut ada = app.browser(Role::Admin);
    ada.visit("/account");
    ada.submit("Save", &[("Time zone", "Europe/Zurich")]).expect(303);
    let carried = ada.cookies["kith_flash"].clone();
    ada.follow().shows("Time zone saved.");
    ada.visit("/account").hides("Time zone saved.");
    let mut bea = other.browser(Role::Admin);
    bea.cookies.insert("kith_flash".to_owned(), carried);
    bea.visit("/account").hides("Time zone saved.");
}

#[test]
fn a_form_token_that_a_stranger_chose_is_not_accepted() {
    let app = App::new();
    for chosen in ["v".repeat(43), format!("{}.{}", "v".repeat(43), "v".repeat(43)), "v.v".to_owned()] {
        let mut visitor = app.visitor();
        visitor.cookies.insert("kith_visitor".to_owned(), chosen.clone());
        let pairs = [("csrf", chosen.as_str()), ("email", "ada@acme.example"), ("password", PASSWORD)];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        visitor.post("/sign-in", &pairs).expect(400).shows("This form has expired");
        visitor.visit("/sign-in");
        assert_ne!(visitor.token(), chosen);
        assert_ne!(visitor.cookies["kith_visitor"], chosen, "it is replaced");
        visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
    }
    // One of ours stays, so that two open pages both work.
    let mut visitor = app.visitor();
    visitor.visit("/sign-in");
    let token = visitor.token();
    visitor.visit("/sign-in");
    assert_eq!(visitor.token(), token);
}
