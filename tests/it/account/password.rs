use kith::auth::Role;

use crate::{
    auth::sign_in,
    support::{App, app::PASSWORD},
};

const CHOSEN: &str = "violin gravel sunday teapot";

#[test]
fn a_new_password_ends_all_other_sessions() {
    let app = App::new();
    let (mut here, mut there) = (sign_in(&app, "ada@acme.example"), app.browser(Role::Admin));
    here.visit("/account");
    here.click("Change password").expect(200).check_markup();
    here.submit("Change password", &[("Current password", PASSWORD), ("New password", CHOSEN)]).expect(303);
    here.follow().expect(200).shows("Password changed.").check_markup();
    there.get("/account").expect(303);
    assert_eq!(app.db.column("SELECT action FROM audit_log ORDER BY at DESC, id DESC LIMIT 1"), ["password set"]);
    let mut again = app.visitor();
    for (password, status) in [(PASSWORD, 422), (CHOSEN, 303)] {
        again.visit("/sign-in");
        again.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", password)]).expect(status);
    }
    // The browser stays known to the account, so that strangers do not lock its owner out.
    for _ in 0..10 {
        let mut eve = app.visitor();
        eve.visit("/sign-in");
        eve.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", "wrong pony station")]);
    }
    here.visit("/sign-in");
    here.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", CHOSEN)]).expect(303);
}

#[test]
fn it_takes_the_present_password_and_a_good_one() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit("/account/password");
    let wrong = [("Current password", "wrong pony station"), ("New password", "password1234")];
    let page = ada.submit("Change password", &wrong).expect(422).clone();
    page.check_markup();
    assert_eq!(page.attrs("[role=alert] a", "href"), ["#present", "#password"]);
    assert!(!page.has_source("pony") && !page.has_source("password1234"), "{}", page.body);
    ada.get(&page.address).expect(200);
    ada.submit("Change password", &[("Current password", PASSWORD), ("New password", "Ada Moreau 12")]).expect(422);
    ada.page().shows("easy to guess").hides("not your current password");
    app.until(|| app.db.number("SELECT count(*) FROM audit_log WHERE action = 'password refused' AND is_refusal") == 1);
    for _ in 0..10 {
        ada.visit("/account/password");
        ada.submit("Change password", &wrong);
    }
    ada.visit("/account/password");
    ada.submit("Change password", &[("Current password", PASSWORD), ("New password", CHOSEN)]).expect(429);
    // Who guesses here locks nobody out at the door.
    sign_in(&app, "ada@acme.example");
}
