//! Over a real socket: what cannot be seen inside one process.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use diesel::connection::SimpleConnection;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::support::{
    App, Program,
    program::{Running, free_port, send},
    sender::server,
};

#[test]
fn a_bomb_is_refused_without_being_held() {
    let app = App::new();
    let key = app.key(server());
    let port = free_port();
    let mut console = Program::new(&["serve", "--metrics", "off"])
        .env("DATABASE_URL", app.db.url())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .start();
    console.wait_for("kith is at");
    let headers = format!("Authorization: {}\r\nContent-Encoding: gzip\r\n", key.bearer());
    let post = |body: &[u8]| send(port, "POST /v1/batch HTTP/1.1", &headers, body);
    let (status, _) = post(br#"{"batch": []}"#);
    assert_eq!(status, 200);
    let before = console.peak_memory();
    // A gigabyte of zeros.
    let mut member = GzEncoder::new(Vec::new(), Compression::best());
    member.write_all(&vec![0; 1 << 20]).expect("memory");
    let bomb = member.finish().expect("memory").repeat(1024);
    for _ in 0..8 {
        let (status, body) = post(&bomb);
        assert_eq!(status, 413, "{body}");
        assert!(body.contains("\"code\":\"too_large\"") && body.contains("\"message\""), "{body}");
    }
    // The answer arrives although nobody read all of the body.
    let (status, body) = send(port, "POST /v1/batch HTTP/1.1", &headers, &vec![b' '; 13 << 20]);
    assert_eq!(status, 413, "{body}");
    let (status, body) =
        send(port, "POST /v1/batch HTTP/1.1", "Authorization: Bearer kith_live_x\r\n", &vec![b' '; 13 << 20]);
    assert_eq!(status, 401, "{body}");
    let grown = (console.peak_memory() - before) / 1024;
    assert!(grown < 80, "{grown} MB");
    let (status, _) = post(br#"{"batch": []}"#);
    assert_eq!(status, 200);
}

#[test]
fn a_body_that_is_declared_too_large_is_refused_before_it_comes() {
    let app = App::new();
    let key = app.key(server());
    let (_console, port) = serve(&app, &[]);
    for length in ["100000000000", "99999999999999999999999999"] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
        let head = format!(
            "POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Length: {length}\r\n\r\n{{",
            key.bearer()
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap_or_else(|error| panic!("{length}: {error}"));
        let status = String::from_utf8_lossy(&start).into_owned();
        assert!(status.ends_with(" 413") || length.len() > 20 && status.ends_with(" 400"), "{length}: {status}");
    }
}

#[test]
fn one_name_at_the_same_time_is_done_once_and_answered_alike() {
    let app = App::new();
    let key = app.key(server());
    let (_console, port) = serve(&app, &[]);
    let event = |n: usize| json!({"type": "event", "name": "Visit", "profile": {"id": "c-1"}, "properties": {"n": n}});
    let body = json!({"items": (0..50).map(event).collect::<Vec<_>>()}).to_string();
    for round in 0..3 {
        let headers = format!("Authorization: {}\r\nIdempotency-Key: round-{round}\r\n", key.bearer());
        let post = || send(port, "POST /api/data/v1/batch HTTP/1.1", &headers, body.as_bytes());
        let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..8).map(|_| scope.spawn(post)).collect();
            calls.into_iter().map(|call| call.join().expect("an answer")).collect()
        });
        for (status, said) in answers {
            assert_eq!(status, 200, "{said}");
            assert_eq!(said, r#"{"accepted":50,"duplicates":0,"kept_stricter":[],"rejected":[]}"#);
        }
    }
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 150);
}

#[test]
fn a_name_whose_call_goes_on_is_in_progress() {
    let app = App::new();
    let key = app.key(server());
    let (_console, port) = serve(&app, &[]);
    let headers = format!("Authorization: {}\r\nIdempotency-Key: slow\r\n", key.bearer());
    let post = || {
        let body = br#"{"name": "Visit", "profile": {"id": "c-1"}}"#;
        send(port, "POST /api/data/v1/events HTTP/1.1", &headers, body)
    };
    let mut other = app.db.connect();
    other.batch_execute("BEGIN; LOCK TABLE events IN SHARE MODE").expect("a lock");
    std::thread::scope(|scope| {
        let first = scope.spawn(post);
        std::thread::sleep(Duration::from_millis(300));
        let second = scope.spawn(post);
        let (status, said) = second.join().expect("an answer");
        assert_eq!(status, 409, "{said}");
        assert!(said.contains("\"code\":\"in_progress\""), "{said}");
        other.batch_execute("ROLLBACK").expect("the lock is gone");
        assert_eq!(first.join().expect("an answer").0, 202);
    });
    assert_eq!(post().0, 202);
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 1);
}

/// Serves the database of `app` in a process of its own, until it is dropped.
pub fn serve(app: &App, more: &[&str]) -> (Running, u16) {
    let port = free_port();
    let mut console = Program::new(&[&["serve", "--metrics", "off"], more].concat())
        .env("DATABASE_URL", app.db.url())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .start();
    console.wait_for("kith is at");
    (console, port)
}

#[test]
fn senders_that_wait_leave_connections_to_others() {
    let app = App::new();
    let key = app.key(server());
    let port = free_port();
    let mut console = Program::new(&["serve", "--metrics", "off", "--connections", "4"])
        .env("DATABASE_URL", app.db.url())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .start();
    console.wait_for("kith is at");
    let headers = format!("Authorization: {}\r\n", key.bearer());
    let write = &|user: usize| {
        let body = format!(r#"{{"type": "track", "userId": "c-{user}", "event": "Order"}}"#);
        send(port, "POST /v1/track HTTP/1.1", &headers, body.as_bytes()).0
    };
    assert_eq!(write(0), 200);
    // Nobody can write.
    let mut other = app.db.connect();
    other.batch_execute("BEGIN; LOCK TABLE events IN SHARE MODE").expect("a lock");
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=8).map(|user| scope.spawn(move || write(user))).collect();
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..3 {
            let (status, body) = send(port, "GET /api/data/v1/profiles HTTP/1.1", &headers, b"");
            assert_eq!(status, 200, "{body}");
        }
        other.batch_execute("ROLLBACK").expect("the lock is gone");
        for writer in writers {
            assert_eq!(writer.join().expect("an answer"), 200);
        }
    });
}

#[test]
fn senders_that_read_leave_connections_to_the_console() {
    let app = App::new();
    let key = app.key(server());
    // Two of them are the console's: what kith does by itself may wait for the table with one.
    let (_console, port) = serve(&app, &["--connections", "8"]);
    let headers = format!("Authorization: {}\r\n", key.bearer());
    let read = &|| send(port, "GET /api/data/v1/rejections HTTP/1.1", &headers, b"").0;
    assert_eq!(read(), 200);
    // Nobody can read what they ask for.
    let mut other = app.db.connect();
    other.batch_execute("BEGIN; LOCK TABLE rejections IN ACCESS EXCLUSIVE MODE").expect("a lock");
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..12).map(|_| scope.spawn(read)).collect();
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..3 {
            let (status, body) = send(port, "GET /readyz HTTP/1.1", "", b"");
            assert_eq!((status, &*body), (200, "ready"));
        }
        other.batch_execute("ROLLBACK").expect("the lock is gone");
        for reader in readers {
            assert_eq!(reader.join().expect("an answer"), 200);
        }
    });
}
