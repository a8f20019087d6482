//! Postgres goes away and comes back while the console runs.

use std::time::{Duration, Instant};

use kith::auth::Role;

use crate::support::{App, Person};

#[test]
fn the_console_says_so_and_goes_on_by_itself() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair"));
    let (address, mut sanjay) = (app.profile(id, "/notes?a=1&b=2"), app.browser(Role::Support));
    sanjay.visit(&address).shows("Priya Nair");
    let form = sanjay.fill("body", "Add note", &[("New note", "Written in a storm")]);
    app.visitor().get("/readyz").expect(200);

    app.db.set_open(false);
    let since = Instant::now();
    let page = sanjay.get(&address).expect(503).clone();
    assert!(since.elapsed() < Duration::from_secs(6), "it does not wait for ever: {:?}", since.elapsed());
    page.check_markup();
    page.shows("The database cannot be reached")
        .hides("may have been saved")
        .hides("Priya")
        .hides("FATAL")
        .hides("connection");
    assert_eq!(page.link("Try again").as_deref(), Some(address.as_str()));
    assert!(page.header("retry-after").parse::<u32>().is_ok(), "{:?}", page.headers);
    let page = sanjay.post(&form.action, &form.pairs).expect(503).clone();
    page.shows("may have been saved. Check before").hides("Nothing was");
    assert_eq!(page.link("Try again"), None, "sending a form again is for the person to do");
    app.visitor().get("/healthz").expect(200);
    app.visitor().get("/readyz").expect(503);
    app.visitor().get("/sign-in").expect(200);

    app.db.set_open(true);
    let since = Instant::now();
    while sanjay.get(&address).status != 200 {
        assert!(since.elapsed() < Duration::from_secs(6), "{}", sanjay.page().describe());
    }
    sanjay.post(&form.action, &form.pairs).expect(303);
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Written in a storm"]);
    app.visitor().get("/readyz").expect(200);
}

#[test]
fn a_short_loss_of_all_connections_is_not_noticed_by_readers() {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair"));
    let mut ada = app.browser(Role::Admin);
    for _ in 0..3 {
        ada.visit("/acme/live/profiles").shows("Priya Nair");
        app.db.set_open(false);
        app.db.set_open(true);
        ada.visit("/acme/live/profiles").shows("Priya Nair");
    }
}

#[test]
fn a_question_that_takes_too_long_is_stopped_and_said_so() {
    let db_limit = Duration::from_millis(300);
    let app = App::new();
    let slow = kith::db::Db::new(&app.db.url(), 2, db_limit);
    let since = Instant::now();
    let stopped = slow.read_now(|conn| diesel::connection::SimpleConnection::batch_execute(conn, "SELECT pg_sleep(5)"));
    let error = stopped.expect_err("it is stopped");
    assert!(matches!(error, kith::error::AppError::TooSlow(_)), "{error:?}");
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
}
