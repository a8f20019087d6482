//! kith is killed again and again while it hands messages over, and a mail server counts what arrives.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use kith::subscriptions::Medium;
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{account, app, ask_for, draft, smtp};
use crate::{
    sending_accounts::mail_server::MailServer,
    support::{App, Person, program::Program},
};

/// Messages to send.
const MESSAGES: usize = 1_500;
/// How often kith is killed.
const KILLS: usize = 100;

/// A console of its own process on the same database.
fn start(app: &App, folder: &TempDir) -> crate::support::program::Running {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mut running = Program::new(&["serve"])
        .env("DATABASE_URL", app.db.url())
        .env("KITH_DATA", folder.path())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .env("KITH_METRICS", "off")
        .env("KITH_PRIVATE_WEBHOOKS", "yes")
        .start();
    running.wait_for("kith is at");
    running
}

/// How often the server got each message whole, by its id.
fn arrived(server: &MailServer) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut id = None;
    for line in server.heard() {
        if let Some(rest) = line.strip_prefix("Message-ID: <") {
            id = rest.split('@').next().map(str::to_owned);
        }
        if line == "."
            && let Some(id) = id.take()
        {
            *counts.entry(id).or_default() += 1;
        }
    }
    counts
}

#[test]
#[ignore = "takes minutes"]
fn killed_a_hundred_times_it_sends_nothing_twice_and_loses_nothing_in_silence() {
    let (app, server, folder) = (app(), MailServer::slow(Duration::from_millis(20)), TempDir::new().expect("a folder"));
    let account = account(&app, Medium::Email, smtp(server.port));
    // So that what the server hears is one message after the other.
    app.db.run("UPDATE sending_accounts SET at_once = 1");
    for n in 0..MESSAGES {
        let person = app.add(Person::new(&format!("c-{n}")).email(&format!("c{n}@example.com")));
        ask_for(&app, &draft(account, app.clock.now()), person);
    }
    let left = || app.db.number("SELECT count(*) FROM messages WHERE status IN ('queued', 'sending')");
    let mut kills = 0;
    while kills < KILLS && left() > 0 {
        let before = server.messages();
        let running = start(&app, &folder);
        let since = Instant::now();
        // Killed while the server has a message and has not answered yet, or just after.
        while server.messages() == before && since.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(rand::random_range(0..30)));
        running.signal(Signal::SIGKILL);
        let _ = running.ended();
        kills += 1;
    }
    assert_eq!(kills, KILLS, "there are enough messages for all of it");
    let running = start(&app, &folder);
    let since = Instant::now();
    while left() > 0 && since.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(200));
    }
    running.signal(Signal::SIGTERM);
    let _ = running.ended();
    let counts = arrived(&server);
    let rows = app.db.column("SELECT id || ' ' || status FROM messages");
    let count_of = |row: &String| {
        let (id, status) = row.split_once(' ').expect("two words");
        (counts.get(id).copied().unwrap_or(0), status.to_owned())
    };
    let mut tally: BTreeMap<(String, usize), usize> = BTreeMap::new();
    for (count, status) in rows.iter().map(count_of) {
        *tally.entry((status, count)).or_default() += 1;
    }
    println!("{kills} kills; status and number of arrivals: {tally:?}");
    for ((status, count), _) in tally {
        match status.as_str() {
            "sent" => assert_eq!(count, 1, "what is told to be sent arrived once"),
            "uncertain" => assert!(count <= 1, "what is uncertain arrived at most once"),
            other => panic!("{other}: every message has an end"),
        }
    }
}
