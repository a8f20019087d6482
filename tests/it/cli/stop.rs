//! The end of a console that is in use.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use kith::auth::Session;
use nix::sys::signal::Signal;

use crate::support::{
    Program, TestDb,
    app::PASSWORD,
    program::{Running, free_port},
};

struct Console {
    running: Running,
    port: u16,
    cookie: String,
    key: String,
}

fn start(db: &TestDb) -> Console {
    let port = free_port();
    let program = |args: &[&str]| Program::new(args).env("DATABASE_URL", db.url());
    let add = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
    program(&add).run_with(PASSWORD).expect(0);
    let key = program(&["key", "add", "Shop"]).run().expect(0).out;
    let key = key.trim().lines().last().expect("a secret").to_owned();
    let operator = db.one("SELECT id FROM operators").parse().expect("an id");
    #[expect(clippy::disallowed_methods, reason = "the program lives in real time")]
    let token = Session::start(&mut db.connect(), operator, chrono::Utc::now()).expect("a session");
    let serve = program(&["serve", "--metrics", "off"]).env("KITH_BIND", format!("127.0.0.1:{port}"));
    let mut running = serve.start();
    running.wait_for("kith is at");
    Console { running, port, cookie: format!("kith_session={token}"), key }
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    stream
}

#[test]
fn live_streams_end_at_once_and_uploads_are_finished() {
    let db = TestDb::blank();
    let console = start(&db);
    let mut stream = connect(console.port);
    write!(
        stream,
        "GET /acme/live/stream HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\r\n",
        console.port, console.cookie
    )
    .expect("it reads");
    let mut head = [0; 4096];
    let length = stream.read(&mut head).expect("it begins");
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");

    let mut upload = connect(console.port);
    let body = r#"{"userId": "c-1", "event": "Visit", "messageId": "m-1"}"#;
    let (first, second) = body.split_at(20);
    write!(
        upload,
        "POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{first}",
        console.key,
        body.len()
    )
    .expect("it reads");
    std::thread::sleep(Duration::from_millis(300));

    let since = Instant::now();
    console.running.signal(Signal::SIGTERM);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("a whole answer");
    assert!(rest.contains("kith is stopping") && rest.ends_with("0\r\n\r\n"), "{rest}");
    upload.write_all(second.as_bytes()).expect("it reads on");
    let mut answer = String::new();
    upload.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (code, errors) = console.running.ended();
    assert_eq!(code, Some(0), "{errors}");
    // Ten seconds is what it takes when a stream does not end.
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
    assert_eq!(db.number("SELECT count(*) FROM events"), 1);
}
