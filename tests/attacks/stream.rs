//! A live stream that is open when its session ends.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use kith::{
    auth::{Role, Session},
    clock::Clock,
};

use crate::support::{
    App, Program,
    app::operator_names,
    program::{free_port, send},
    sender::server,
};

/// An answer that goes on.
struct Open {
    socket: TcpStream,
    seen: String,
    has_ended: bool,
}

impl Open {
    fn new(port: u16, path: &str, session: &str) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let head = format!("host: 127.0.0.1:{port}\r\ncookie: kith_session={session}\r\nconnection: close\r\n");
        write!(socket, "GET {path} HTTP/1.1\r\n{head}\r\n").expect("asked");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit");
        Self { socket, seen: String::new(), has_ended: false }
    }

    fn read(&mut self) {
        let mut piece = [0; 4096];
        match self.socket.read(&mut piece) {
            Ok(0) => self.has_ended = true,
            Ok(length) => self.seen.push_str(&String::from_utf8_lossy(&piece[..length])),
            Err(_) => {}
        }
    }

    /// Reads until that is there.
    #[track_caller]
    fn until(&mut self, text: &str) {
        let since = Instant::now();
        while !self.seen.contains(text) {
            assert!(!self.has_ended && since.elapsed() < Duration::from_secs(30), "no {text:?} in {}", self.seen);
            self.read();
        }
    }

    /// Reads to the end, which must be near.
    #[track_caller]
    fn until_end(&mut self) {
        let since = Instant::now();
        while !self.has_ended {
            assert!(since.elapsed() < Duration::from_secs(30), "it goes on: {}", self.seen);
            self.read();
        }
    }
}

#[test]
fn a_stream_ends_with_its_session() {
    let app = App::new();
    let key = app.key(server());
    let session = |role| {
        let id = app.db.one(&format!("SELECT id FROM operators WHERE email = '{}'", operator_names(role).1));
        let id = id.parse().expect("an id");
        Session::start(&mut app.db.connect(), id, Clock::System.now()).expect("a session")
    };
    let port = free_port();
    let serve = Program::new(&["serve", "--metrics", "off"]).env("DATABASE_URL", app.db.url());
    let mut kith = serve.env("KITH_BIND", format!("127.0.0.1:{port}")).start();
    kith.wait_for("kith is at");

    let mut streams = Role::ALL.map(|role| Open::new(port, &app.path("stream?kind=identify"), &session(role)));
    let call = |id: &str| {
        let headers = format!("authorization: {}\r\n", key.bearer());
        let body = format!(r#"{{"userId": "{id}", "messageId": "m-{id}"}}"#);
        assert_eq!(send(port, "POST /v1/identify HTTP/1.1", &headers, body.as_bytes()).0, 200);
        app.db.one(&format!("SELECT profile_id FROM identifier_claims WHERE value = '{id}'"))
    };
    let early = call("c-early");
    for stream in &mut streams {
        stream.until(&early);
    }
    // One signs out, of one the session gets too old, and one is taken out of the workspace. A call comes right afterwards.
    let of = |role| format!("(SELECT id FROM operators WHERE email = '{}')", operator_names(role).1);
    app.db.run(&format!("DELETE FROM sessions WHERE operator_id = {}", of(Role::Marketer)));
    let old = "created_at = created_at - interval '400 days'";
    app.db.run(&format!("UPDATE sessions SET {old} WHERE operator_id = {}", of(Role::Support)));
    app.db.run(&format!("DELETE FROM memberships WHERE operator_id = {}", of(Role::Admin)));
    let late = call("c-late");
    for stream in &mut streams {
        stream.until_end();
        assert!(!stream.seen.contains(&late), "{}", stream.seen);
        assert!(stream.seen.contains("You are signed out, or no longer a member of this workspace"), "{}", stream.seen);
        let again = "href=\"/sign-in?next=%2Facme%2Flive%2Fstream%3Fkind%3Didentify\"";
        assert!(stream.seen.contains(again) && stream.seen.contains("</html>"), "{}", stream.seen);
    }
}
