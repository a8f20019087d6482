//! Emails to a mail server that others wrote: `smtp-sink` of Postfix.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use chrono::DateTime;
use kith::{sending_accounts::HandedOver, subscriptions::Medium, web::outbound::Reach};

use super::{account, message, smtp};

struct Sink(Child);

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn emails_arrive_at_a_real_server_quickly_and_unchanged() {
    let Some(program) =
        ["/usr/sbin/smtp-sink", "/usr/bin/smtp-sink"].into_iter().find(|it| fs::exists(it).unwrap_or(false))
    else {
        eprintln!("left out: there is no smtp-sink (Debian: postfix)");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let template = folder.path().join("mail");
    let dump = template.to_str().expect("a path");
    let mut command = Command::new(program);
    // It wants to be told as whom it goes on, where it starts with all rights.
    if nix::unistd::geteuid().is_root() {
        command.args(["-u", "root"]);
    }
    let started = command.args(["-D", dump, &format!("127.0.0.1:{port}"), "10"]).stderr(Stdio::null()).spawn();
    let _sink = Sink(started.expect("it starts"));
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < Duration::from_secs(10), "it listens");
        thread::sleep(Duration::from_millis(20));
    }
    let mut connection = account(Medium::Email, smtp(port, "")).open(None, Reach::Anywhere);
    let text = "Hello Ann,\n.\n..dots\n.\nBye";
    let since = Instant::now();
    for _ in 0..50 {
        let came = connection.hand_over(&message("ann@example.com", text), DateTime::UNIX_EPOCH);
        assert!(matches!(came, HandedOver::Taken { .. }), "{came:?}");
    }
    let took = since.elapsed();
    // Two writes for a message would wait 40 ms for each other.
    assert!(took < Duration::from_millis(50 * 38), "{took:?}");
    drop(connection);
    let is_ours = |name: &str| name.starts_with("mail");
    let files = fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file").path());
    let all: String = files
        .filter(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(is_ours))
        .map(|file| fs::read_to_string(file).expect("text").replace("\r\n", "\n"))
        .collect();
    assert_eq!(all.matches("Subject: Your order").count(), 50, "{all}");
    assert_eq!(all.matches("Hello Ann,").count(), 50);
}
