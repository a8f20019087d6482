use chrono::TimeDelta;
use kith::auth::Tries;

use crate::support::{App, Page, app::PASSWORD};

fn attempt(app: &App, email: &str, password: &str) -> Page {
    let mut visitor = app.visitor();
    visitor.visit("/sign-in");
    visitor.submit("Sign in", &[("Email", email), ("Password", password)]).clone()
}

#[test]
fn many_wrong_passwords_close_the_account_for_a_while_and_no_other() {
    let app = App::new();
    for _ in 0..10 {
        attempt(&app, "ada@acme.example", "wrong pony station").expect(422);
    }
    app.clock.advance(TimeDelta::minutes(5));
    // The right password does not help either, nor another spelling of the email.
    for email in ["ada@acme.example", "ADA@acme.example "] {
        let page = attempt(&app, email, PASSWORD);
        page.expect(429).shows("Too many attempts").shows("Wait 10 minutes").check_markup();
        let wait: u64 = page.header("retry-after").parse().expect("seconds");
        assert!((598..=600).contains(&wait), "{wait}");
    }
    attempt(&app, "mara@acme.example", PASSWORD).expect(303);
    app.clock.advance(TimeDelta::minutes(10));
    attempt(&app, "ada@acme.example", PASSWORD).expect(303);
}

#[test]
fn an_account_that_does_not_exist_is_closed_like_one_that_does() {
    let app = App::new();
    for _ in 0..10 {
        attempt(&app, "nobody@acme.example", "wrong pony station").expect(422);
    }
    attempt(&app, "nobody@acme.example", "wrong pony station").expect(429);
}

#[test]
fn guesses_at_many_accounts_close_their_address_and_no_other() {
    let app = App::new();
    let guess = |n: u32, address: [u8; 4]| {
        let email = format!("a{n}@acme.example");
        app.console.throttle.attempt(Tries::Stranger(&email, Some(address.into())), app.clock.now()).is_ok()
    };
    assert_eq!((0..60).filter(|n| guess(*n, [127, 0, 0, 1])).count(), 40);
    // The browser comes from there, and its password is right.
    attempt(&app, "ada@acme.example", PASSWORD).expect(429);
    assert!(guess(100, [192, 0, 2, 1]));
}

#[test]
fn signing_in_forgives_what_was_mistyped_before() {
    let app = App::new();
    for _ in 0..2 {
        for _ in 0..6 {
            attempt(&app, "ada@acme.example", "wrong pony station").expect(422);
        }
        attempt(&app, "ada@acme.example", PASSWORD).expect(303);
    }
}

#[test]
fn behind_a_proxy_the_address_is_the_one_that_the_proxy_saw() {
    let app = App::configured(|config| config.server.proxies = "yes".parse().expect("proxies"));
    let closed = [192, 0, 2, 1];
    for n in 0..40 {
        let email = format!("a{n}@acme.example");
        let guess = app.console.throttle.attempt(Tries::Stranger(&email, Some(closed.into())), app.clock.now());
        assert!(guess.is_ok());
    }
    // The first entries are what the client itself claims.
    for (forwarded, status) in [("203.0.113.9, 192.0.2.1", 429), ("192.0.2.1, 203.0.113.9", 303)] {
        let mut visitor = app.visitor();
        visitor.visit("/sign-in");
        visitor.origin.push(("x-forwarded-for", forwarded.to_owned()));
        visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(status);
    }
}
