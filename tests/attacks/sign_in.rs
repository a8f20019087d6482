//! Guessing at passwords: behind proxies, and to lock somebody out.

use actix_web::http::header;
use chrono::TimeDelta;

use crate::support::{App, Browser, Page, app::PASSWORD};

const WRONG: &str = "wrong pony station";

fn attempt<'a>(browser: &'a mut Browser<'_>, email: &str, password: &str) -> &'a Page {
    browser.visit("/sign-in");
    browser.submit("Sign in", &[("Email", email), ("Password", password)])
}

/// How many of 60 guesses at as many accounts are refused unheard, each sent with these lines of X-Forwarded-For.
fn refused(app: &App, lines: impl Fn(u32) -> Vec<String>) -> usize {
    let guess = |n: u32| {
        let mut visitor = app.visitor();
        visitor.visit("/sign-in");
        let lines = lines(n);
        visitor.origin.extend(lines.into_iter().map(|line| ("x-forwarded-for", line)));
        attempt_open(&mut visitor, &format!("a{n}@acme.example"))
    };
    (0..60).filter(|n| guess(*n) == 429).count()
}

fn attempt_open(visitor: &mut Browser<'_>, email: &str) -> u16 {
    visitor.submit("Sign in", &[("Email", email), ("Password", WRONG)]).status.as_u16()
}

#[test]
fn no_way_of_writing_the_forwarded_address_makes_guesses_free() {
    let ways: [fn(u32) -> Vec<String>; 7] = [
        |_| vec!["203.0.113.9".to_owned()],
        // The client's own claim in a line of its own, as some proxies leave it.
        |n| vec![format!("198.51.100.{n}"), "203.0.113.9".to_owned()],
        |n| vec![format!("198.51.100.{n}, 203.0.113.9")],
        |n| vec![format!("203.0.113.9:{}", 1024 + n)],
        |_| vec!["unknown".to_owned()],
        |_| vec![],
        |n| vec![format!("2001:db8:1:2::{n:x}")],
    ];
    for (place, way) in ways.into_iter().enumerate() {
        let app = App::configured(|config| config.server.proxies = "yes".parse().expect("proxies"));
        assert_eq!(refused(&app, way), 20, "way {place}");
    }
    // Nobody is believed where no proxy is trusted.
    assert_eq!(refused(&App::new(), |n| vec![format!("198.51.100.{n}")]), 20);
    let elsewhere = App::configured(|config| config.server.proxies = "192.0.2.7".parse().expect("proxies"));
    assert_eq!(refused(&elsewhere, |n| vec![format!("198.51.100.{n}")]), 20);
}

#[test]
fn strangers_cannot_lock_a_known_browser_out() {
    let app = App::new();
    let (mut ada, mut eve) = (app.visitor(), app.visitor());
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
    let said = ada.page().headers.get_all(header::SET_COOKIE).map(|cookie| cookie.to_str().expect("text").to_owned());
    let known = said.into_iter().find(|cookie| cookie.starts_with("kith_browser=")).expect("the browser is known");
    assert!(
        known.contains("HttpOnly") && known.contains("SameSite=Lax") && known.contains("Max-Age=34560000"),
        "{known}"
    );
    for _ in 0..10 {
        attempt(&mut eve, "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut eve, "ada@acme.example", PASSWORD).expect(429);
    attempt(&mut app.visitor(), "ada@acme.example", PASSWORD).expect(429);
    attempt(&mut ada, "Ada@ACME.example ", PASSWORD).expect(303);
    attempt(&mut eve, "ada@acme.example", PASSWORD).expect(429);
    // All of an office's address is closed, but not to those who were there before.
    for n in 0..40 {
        attempt(&mut eve, &format!("a{n}@acme.example"), WRONG);
    }
    attempt(&mut eve, "mara@acme.example", PASSWORD).expect(429);
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);

    // It is limited as well, at its own account and as a stranger at others.
    for _ in 0..10 {
        attempt(&mut ada, "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(429);
    attempt(&mut ada, "mara@acme.example", PASSWORD).expect(429);
    app.clock.advance(TimeDelta::minutes(16));
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
}

#[test]
fn a_browser_known_to_two_accounts_does_not_forgive_one_for_the_other() {
    let app = App::new();
    let mut shared = app.visitor();
    for email in ["ada@acme.example", "mara@acme.example"] {
        attempt(&mut shared, email, PASSWORD).expect(303);
    }
    for _ in 0..5 {
        attempt(&mut shared, "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut shared, "mara@acme.example", PASSWORD).expect(303);
    for _ in 0..5 {
        attempt(&mut shared, "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut shared, "ada@acme.example", PASSWORD).expect(429);
    attempt(&mut shared, "mara@acme.example", PASSWORD).expect(303);
}

#[test]
fn a_forged_browser_is_a_stranger() {
    let app = App::new();
    let (mut ada, mut mara) = (app.visitor(), app.visitor());
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
    attempt(&mut mara, "mara@acme.example", PASSWORD).expect(303);
    for _ in 0..10 {
        attempt(&mut app.visitor(), "ada@acme.example", WRONG).expect(422);
    }
    let (own, of_mara) = (ada.cookies["kith_browser"].clone(), mara.cookies["kith_browser"].clone());
    let (id, signature) = own.split_once('.').expect("two parts");
    let forged = [
        of_mara.clone(),
        id.to_owned(),
        format!("{id}.{}", "A".repeat(43)),
        format!("{}.{signature}", of_mara.split('.').next().expect("an id")),
        format!("{}.{signature}", "A".repeat(22)),
        String::new(),
    ];
    for cookie in forged {
        let mut eve = app.visitor();
        eve.cookies.insert("kith_browser".to_owned(), cookie.clone());
        attempt(&mut eve, "ada@acme.example", PASSWORD).expect(429);
        assert_eq!(eve.page().header("set-cookie").matches("kith_session").count(), 0, "{cookie}");
    }
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
}

#[test]
fn a_new_password_makes_browsers_strangers() {
    let app = App::new();
    let mut ada = app.visitor();
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
    // The same password once more, in another hash.
    let password = kith::auth::Strength::check(PASSWORD, &[]).expect("a password");
    let hash = kith::auth::hash(&password).expect("a hash");
    app.db.run(&format!("UPDATE operators SET password_hash = '{hash}' WHERE email = 'ada@acme.example'"));
    for _ in 0..10 {
        attempt(&mut app.visitor(), "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(429);
    app.clock.advance(TimeDelta::minutes(16));
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
    for _ in 0..10 {
        attempt(&mut app.visitor(), "ada@acme.example", WRONG).expect(422);
    }
    attempt(&mut ada, "ada@acme.example", PASSWORD).expect(303);
}
