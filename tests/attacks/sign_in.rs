//! Guessing at passwords, behind proxies.

use crate::support::{App, Browser};

const WRONG: &str = "wrong pony station";

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
        let app = App::with(|state| state.config.server.proxies = "yes".parse().expect("proxies"));
        assert_eq!(refused(&app, way), 20, "way {place}");
    }
    // Nobody is believed where no proxy is trusted.
    assert_eq!(refused(&App::new(), |n| vec![format!("198.51.100.{n}")]), 20);
    let elsewhere = App::with(|state| state.config.server.proxies = "192.0.2.7".parse().expect("proxies"));
    assert_eq!(refused(&elsewhere, |n| vec![format!("198.51.100.{n}")]), 20);
}
