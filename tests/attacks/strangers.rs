//! Nobody without a key costs more than a refusal: odd methods, bodies that never come, large ones without a key.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::support::{
    Program, TestDb,
    program::{Running, fetch, free_port, send},
};

/// The real server on a database of its own.
struct Console {
    running: Running,
    port: u16,
    metrics: u16,
    // Dropped last, when nobody needs it any more.
    _db: TestDb,
}

impl Console {
    fn start() -> Self {
        let (db, port, metrics) = (TestDb::new(), free_port(), free_port());
        let mut running = Program::new(&["serve"])
            .env("DATABASE_URL", db.url())
            .env("KITH_BIND", format!("127.0.0.1:{port}"))
            .env("KITH_METRICS", format!("127.0.0.1:{metrics}"))
            .start();
        running.wait_for("kith is at");
        Self { running, port, metrics, _db: db }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream
    }

    /// Sends the head of a request and nothing else.
    fn begin(&self, line: &str, headers: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(stream, "{line} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{headers}\r\n", self.port).expect("it reads");
        stream
    }

    /// Tells it to stop, and returns what it logged.
    fn stop(self) -> String {
        self.running.signal(Signal::SIGTERM);
        self.running.ended().1
    }
}

#[test]
fn made_up_methods_are_neither_labels_nor_lines_of_their_own() {
    let console = Console::start();
    let before = console.running.memory();
    let mut stream = console.connect();
    let long = "X".repeat(60_000);
    for n in 0..1_500 {
        write!(stream, "{long}{n} / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", console.port).expect("it reads");
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).expect("it answers");
        assert!(answer[..read].starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer[..read]));
    }
    let (status, metrics) = fetch(console.metrics, "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("method=\"other\"") && !metrics.contains("XXXX"), "{} bytes", metrics.len());
    assert!(metrics.len() < 100_000, "{} bytes", metrics.len());
    // Kept as labels, these would be 90 MB and as much again.
    assert!(console.running.memory() < before + 60_000, "{} KB, {before} before", console.running.memory());
    let log = console.stop();
    assert!(log.lines().all(|line| line.len() < 1_000), "no line is as long as what was sent");
}

#[test]
fn forms_that_never_come_are_ended_and_keep_nobody_out() {
    let console = Console::start();
    let since = Instant::now();
    let (form, length) = ("Content-Type: application/x-www-form-urlencoded\r\n", "Content-Length: 1000\r\n");
    let mut idle: Vec<TcpStream> =
        (0..200).map(|_| console.begin("POST /sign-in", &format!("{form}{length}"))).collect();
    for stream in &mut idle {
        stream.write_all(b"csrf=").expect("it reads");
    }
    let asked = Instant::now();
    assert_eq!(fetch(console.port, "/healthz").0, 200);
    assert!(asked.elapsed() < Duration::from_secs(2), "others are served meanwhile");
    for stream in &mut idle {
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("too slowly"), "{answer:?}");
    }
    // All of them at once: five seconds of grace, and what a slow machine adds.
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    console.stop();
}

#[test]
fn whoever_is_refused_need_not_be_read() {
    let console = Console::start();
    let length = "Content-Type: application/json\r\nContent-Length: 12000000\r\n";
    // Of the first nothing is read: a key in the body is looked for in small ones only.
    for (line, status) in [("POST /v1/batch", "401"), ("POST /api/data/v1/batch", "401"), ("POST /account", "303")] {
        let asked = Instant::now();
        let mut stream = console.begin(line, length);
        let mut answer = [0; 1024];
        let read = stream.read(&mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(asked.elapsed() < Duration::from_secs(3), "{line}: {:?}", asked.elapsed());
        // And it cannot go on sending for ever: the connection ends, or takes no more than it has room for.
        let began = Instant::now();
        stream.set_write_timeout(Some(Duration::from_secs(2))).expect("a limit");
        let chunk = [b' '; 65_536];
        while began.elapsed() < Duration::from_secs(12) && stream.write_all(&chunk).is_ok() {}
        assert!(began.elapsed() < Duration::from_secs(12), "{line}: it reads on");
    }
    let small = br#"{"batch":[],"writeKey":"kith_live_0000000000000000000000000000000000000000000"}"#;
    assert_eq!(send(console.port, "POST /v1/batch HTTP/1.1", "", small).0, 401);
    console.stop();
}
