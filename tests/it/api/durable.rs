//! What was acknowledged is stored, once, whoever is killed meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

use crate::support::{
    Program,
    app::PASSWORD,
    db::column,
    program::{Running, free_port},
};

const SENDERS: usize = 3;
/// Events of one call.
const SIZE: usize = 7;

fn serve(home: &Path, port: u16) -> Running {
    let serve = Program::new(&["serve", "--metrics", "off"]).env("KITH_DATA", home);
    let mut kith = serve.env("KITH_BIND", format!("127.0.0.1:{port}")).start();
    kith.wait_for("kith is at");
    kith
}

/// Posts a batch; none: there was no answer.
fn post(port: u16, key: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let length = body.len();
    let head = format!(
        "POST /v1/batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// The messages of one call: of three people, one of whom is new with each call.
fn batch(sender: usize, call: usize) -> (Vec<String>, String) {
    let ids: Vec<String> = (0..SIZE).map(|n| format!("m-{sender}-{call}-{n}")).collect();
    let message = |(n, id): (usize, &String)| {
        let who = if n == 0 { format!("new-{sender}-{call}") } else { format!("c-{}", n % 2) };
        json!({"type": "track", "userId": who, "event": "Visit", "messageId": id, "timestamp": "2026-11-20T10:00:00Z"})
    };
    let messages: Vec<_> = ids.iter().enumerate().map(message).collect();
    (ids, json!({ "batch": messages }).to_string())
}

/// Sends until told to stop; returns which calls were acknowledged and which were not.
fn send(sender: usize, (port, key): (u16, &str), (stop, good): (&AtomicBool, &AtomicUsize)) -> BTreeMap<usize, bool> {
    let mut calls = BTreeMap::new();
    for call in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (_, body) = batch(sender, call);
        let answer = post(port, key, &body);
        assert!(answer.is_none_or(|status| matches!(status, 200 | 500 | 503)), "{answer:?}");
        calls.insert(call, answer == Some(200));
        good.fetch_add(usize::from(answer == Some(200)), Ordering::Relaxed);
        if answer.is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    calls
}

/// Waits until so many calls were acknowledged.
#[track_caller]
fn wait_for(good: &AtomicUsize, enough: usize) {
    let since = Instant::now();
    while good.load(Ordering::Relaxed) < enough {
        assert!(since.elapsed() < Duration::from_secs(60), "calls go through");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_when_kith_or_postgres_is_killed() {
    let home = tempfile::tempdir().expect("a folder");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o711)).expect("its mode");
    let (home, port) = (home.path(), free_port());
    let mut kith = serve(home, port);
    let command = |args: &[&str]| Program::new(args).env("KITH_DATA", home);
    let add = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
    command(&add).run_with(&format!("{PASSWORD}\n")).expect(0);
    let made = command(&["key", "add", "load", "--per-minute", "1000000"]).run().expect(0).out;
    let key = made.lines().last().expect("the secret");

    let mut acknowledged: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    let postmaster = || fs::read_to_string(home.join("data/postmaster.pid")).ok()?.lines().next()?.parse().ok();
    for victim in ["postgres", "kith"] {
        let (stop, good) = (AtomicBool::new(false), AtomicUsize::new(0));
        let offset = if victim == "kith" { SENDERS } else { 0 };
        let sent: Vec<_> = std::thread::scope(|scope| {
            let told = (&stop, &good);
            let senders: Vec<_> =
                (0..SENDERS).map(|n| scope.spawn(move || send(n + offset, (port, key), told))).collect();
            wait_for(&good, 20);
            if victim == "kith" {
                kith.signal(Signal::SIGKILL);
                std::thread::sleep(Duration::from_millis(200));
            } else {
                let pid: i32 = postmaster().expect("Postgres runs");
                kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is ours");
                std::thread::sleep(Duration::from_millis(200));
                // It is started again, and calls go through again.
                let so_far = good.load(Ordering::Relaxed);
                wait_for(&good, so_far + 5);
            }
            stop.store(true, Ordering::Relaxed);
            senders.into_iter().map(|sender| sender.join().expect("it sends")).collect()
        });
        for (n, calls) in sent.into_iter().enumerate() {
            assert!(calls.values().any(|is_good| *is_good), "some calls went through before {victim} was killed");
            acknowledged.extend(calls.into_iter().map(|(call, is_good)| ((n + offset, call), is_good)));
        }
        if victim == "kith" {
            kith = serve(home, port);
        }
    }
    assert!(acknowledged.values().any(|is_good| !is_good), "somebody was interrupted");

    let mut conn = connect(home);
    let stored =
        |conn: &mut PgConnection| -> BTreeSet<String> { column(conn, "SELECT id FROM events").into_iter().collect() };
    let before = stored(&mut conn);
    let environment = kith::db::ids::EnvironmentId(1);
    let id = |message: &str| kith::events::MessageId(message.to_owned()).event_id(environment).to_string();
    for ((sender, call), _) in acknowledged.iter().filter(|(_, is_good)| **is_good) {
        for message in batch(*sender, *call).0 {
            assert!(before.contains(&id(&message)), "{message} was acknowledged");
        }
    }
    // As clients do: what had no answer is sent again; and some of what had.
    for (place, ((sender, call), is_good)) in acknowledged.iter().enumerate() {
        if !is_good || place % 5 == 0 {
            assert_eq!(post(port, key, &batch(*sender, *call).1), Some(200));
        }
    }
    let all = stored(&mut conn);
    assert_eq!(all.len(), acknowledged.len() * SIZE);
    assert_eq!(column(&mut conn, "SELECT count(*) FROM events"), [all.len().to_string()], "each once");
    let people = column(&mut conn, "SELECT count(*) FROM profiles");
    assert_eq!(people, [(acknowledged.len() + 2).to_string()], "nobody was made twice");
    kith.signal(Signal::SIGTERM);
    assert_eq!(kith.ended().0, Some(0));
}

/// A connection to the private server.
fn connect(home: &Path) -> PgConnection {
    let run = home.join("run");
    let since = Instant::now();
    loop {
        let url = format!("host={} user=kith dbname=kith", run.display());
        match PgConnection::establish(&url) {
            Ok(conn) => return conn,
            Err(error) => assert!(since.elapsed() < Duration::from_secs(10), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
