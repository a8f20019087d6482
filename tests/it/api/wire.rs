//! Over a real socket: what cannot be seen inside one process.

use std::{io::Write, time::Duration};

use diesel::connection::SimpleConnection;
use flate2::{Compression, write::GzEncoder};

use crate::support::{
    App, Program,
    program::{free_port, send},
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
