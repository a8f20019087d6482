use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::support::{
    Program, TestDb,
    app::PASSWORD,
    program::{Running, fetch, free_port},
};

/// The console on a free port.
struct Console {
    running: Running,
    port: u16,
    /// Path of the setup link, if one was printed.
    link: Option<String>,
}

fn serve(prepare: impl Fn(Program) -> Program) -> Program {
    prepare(Program::new(&["serve", "--metrics", "off"]))
}

fn start(prepare: impl Fn(Program) -> Program, expects_link: bool) -> Console {
    let port = free_port();
    let mut running = serve(prepare).env("KITH_BIND", format!("127.0.0.1:{port}")).start();
    let link = expects_link.then(|| {
        let line = running.wait_for("/setup/");
        let (_, path) = line.split_once(&format!("http://127.0.0.1:{port}")).expect("our own address");
        path.to_owned()
    });
    running.wait_for(&format!("kith is at http://127.0.0.1:{port}"));
    Console { running, port, link }
}

impl Console {
    /// Tells it to stop and expects that it does, cleanly.
    #[track_caller]
    fn stop(self) {
        self.running.signal(Signal::SIGTERM);
        let (code, errors) = self.running.ended();
        assert_eq!(code, Some(0), "{errors}");
        assert!(!errors.contains("ERROR") && !errors.contains("panicked"), "{errors}");
    }
}

/// A data directory in a place that the server's account can reach.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("its mode");
    folder
}

fn private(home: &Path) -> impl Fn(Program) -> Program {
    let home = home.to_owned();
    move |program| program.env("KITH_DATA", &home)
}

#[test]
fn a_new_console_prints_its_setup_link_and_stops_when_told() {
    let db = TestDb::blank();
    let with_db = |program: Program| program.env("DATABASE_URL", db.url());
    let console = start(with_db, true);
    let link = console.link.clone().expect("a link");
    assert_eq!(fetch(console.port, "/healthz"), (200, "ok".to_owned()));
    assert_eq!(fetch(console.port, "/readyz"), (200, "ready".to_owned()));
    let (status, page) = fetch(console.port, &link);
    assert!(status == 200 && page.contains("Create the first admin"), "{page}");
    assert_eq!(fetch(console.port, "/").0, 303);
    console.stop();

    let add = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
    with_db(Program::new(&add)).run_with(PASSWORD).expect(0);
    let console = start(with_db, false);
    assert_eq!(fetch(console.port, &link).0, 404, "the old link is dead");
    console.stop();
}

#[test]
fn a_port_that_is_taken_is_said_plainly() {
    let db = TestDb::blank();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let done = serve(|program| program.env("DATABASE_URL", db.url()).env("KITH_BIND", &address)).run().expect(1);
    assert!(done.err.contains(&address) && done.err.contains("KITH_BIND"), "{}", done.err);
    let folder = folder();
    let home = folder.path().join("home");
    let done = serve(private(&home)).env("KITH_BIND", &address).run().expect(1);
    assert!(!done.out.contains("/setup/") && !done.err.contains("FATAL"), "{} {}", done.out, done.err);
    assert!(!home.exists(), "no database is made for it");
}

#[test]
fn what_anybody_may_send_is_no_error_of_ours() {
    use std::io::{Read, Write};
    let db = TestDb::blank();
    let console = start(|program| program.env("DATABASE_URL", db.url()), true);
    for nonsense in
        ["\u{0}\u{1}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "G E T\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
    {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", console.port)).expect("it listens");
        stream.write_all(nonsense.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.starts_with(b"HTTP/1.1 400"), "{nonsense:?}: {}", String::from_utf8_lossy(&answer));
    }
    console.running.signal(Signal::SIGTERM);
    let (_, log) = console.running.ended();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

#[test]
fn one_data_directory_has_one_console_and_commands_join_it() {
    let folder = folder();
    let home = folder.path().join("home");
    let console = start(private(&home), true);
    let second = serve(private(&home)).env("KITH_BIND", "127.0.0.1:0").run().expect(1);
    assert!(second.err.contains("in use by another kith"), "{}", second.err);
    let add = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
    private(&home)(Program::new(&add)).run_with(PASSWORD).expect(0);
    assert_eq!(fetch(console.port, "/readyz").0, 200);

    // Ended without warning: the next one starts on the same data.
    console.running.signal(Signal::SIGKILL);
    assert_eq!(console.running.ended().0, None);
    let console = start(private(&home), false);
    assert_eq!(fetch(console.port, "/readyz").0, 200);
    console.stop();
    assert!(!home.join("data/postmaster.pid").exists(), "the private server stopped with it");
    let list = private(&home)(Program::new(&["operator", "list"])).run().expect(0);
    assert!(list.out.contains("ada@acme.example"), "{}", list.out);
}

#[test]
fn the_log_and_the_metrics_name_no_person_and_no_question() {
    let db = TestDb::blank();
    let (port, metrics) = (free_port(), free_port());
    let mut running = Program::new(&["serve", "--log-format", "json"])
        .env("KITH_METRICS", format!("127.0.0.1:{metrics}"))
        .env("DATABASE_URL", db.url())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .start();
    let link = running.wait_for("/setup/");
    running.wait_for("kith is at");
    let token = link.rsplit('/').next().expect("a token").to_owned();
    fetch(port, &format!("/setup/{token}"));
    fetch(port, "/acme/live/profiles?q=priya%40example.com");
    let (status, counted) = fetch(metrics, "/metrics");
    let route = r#"route="/{workspace}/{environment}/profiles""#;
    assert!(status == 200 && counted.contains("kith_requests_total") && counted.contains(route), "{counted}");
    running.signal(Signal::SIGTERM);
    let (_, log) = running.ended();
    let answers: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .filter(|line: &serde_json::Value| line["message"] == "answered")
        .collect();
    assert_eq!(answers.len(), 2, "{log}");
    assert_eq!(answers[1]["route"], "/{workspace}/{environment}/profiles");
    for secret in ["priya", "acme", token.as_str(), db.url().as_str()] {
        assert!(!log.contains(secret) && !counted.contains(secret), "{secret} in {log} or {counted}");
    }
}
