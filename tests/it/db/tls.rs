//! TLS to Postgres: a server with a certificate of its own, on 127.0.0.1.
#![cfg(feature = "tls")]

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, lchown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection};
use kith::db::local::{Server, Speed};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::support::{
    Program,
    db::column,
    program::{fetch, free_port},
};

/// A server that takes nothing but TLS, as "localhost".
struct Encrypted {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl Encrypted {
    /// None without the `openssl` program.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("its mode");
        for name in ["right", "wrong"] {
            certificate(folder.path(), name)?;
        }
        let home = folder.path().join("home");
        let made = Server::start(&home, Speed::Throwaway).expect("a cluster");
        let data = home.join("data");
        let pid = fs::read_to_string(data.join("postmaster.pid")).expect("it runs");
        let program = fs::read_link(format!("/proc/{}/exe", pid.lines().next().expect("a pid"))).expect("its program");
        made.stop().expect("it stops");
        let owner = fs::metadata(&data).expect("it is there");
        for (file, mode) in [("right.crt", 0o644), ("right.key", 0o600), ("hba.conf", 0o644)] {
            let path = data.join(file);
            match file {
                "hba.conf" => fs::write(&path, "hostssl all all 127.0.0.1/32 trust\n").expect("rules"),
                _ => drop(fs::copy(folder.path().join(file), &path).expect("a copy")),
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
            lchown(&path, Some(owner.uid()), Some(owner.gid())).expect("its owner");
        }
        let port = free_port();
        let mut command = Command::new(program);
        command.arg("-D").arg(&data).uid(owner.uid()).gid(owner.gid()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let path = |file: &str| data.join(file).display().to_string();
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "unix_socket_directories=".to_owned(),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", path("right.crt")),
            format!("ssl_key_file={}", path("right.key")),
            format!("hba_file={}", path("hba.conf")),
        ] {
            command.args(["-c", &setting]);
        }
        let encrypted = Self { server: command.spawn().expect("it starts"), port, folder };
        let since = Instant::now();
        while let Err(error) = encrypted.connect("localhost", "require") {
            assert!(since.elapsed() < Duration::from_secs(20), "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(encrypted)
    }

    fn url(&self, host: &str, mode: &str) -> String {
        format!("postgresql://kith@{host}:{}/kith?sslmode={mode}", self.port)
    }

    fn verified(&self, root: &str) -> String {
        format!("verify-full&sslrootcert={}", self.folder.path().join(format!("{root}.crt")).display())
    }

    fn connect(&self, host: &str, mode: &str) -> Result<PgConnection, String> {
        PgConnection::establish(&self.url(host, mode)).map_err(|error| error.to_string())
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.server.id().cast_signed()), Signal::SIGINT);
        let _ = self.server.wait();
    }
}

/// A certificate for "localhost" that is its own root.
fn certificate(folder: &Path, name: &str) -> Option<()> {
    let path = |ending: &str| -> PathBuf { folder.join(format!("{name}.{ending}")) };
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    command
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .arg("-keyout")
        .arg(path("key"))
        .arg("-out")
        .arg(path("crt"));
    let made = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no openssl program to make a certificate with");
        return None;
    }
    Some(())
}

#[test]
fn connections_are_encrypted_and_the_server_is_who_it_should_be() {
    let Some(server) = Encrypted::start() else { return };
    let is_encrypted = |host: &str, mode: &str| {
        let mut conn = server.connect(host, mode).unwrap_or_else(|error| panic!("{host}, {mode}: {error}"));
        column(&mut conn, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == ["true"]
    };
    assert!(is_encrypted("localhost", "require"));
    assert!(is_encrypted("127.0.0.1", "require"), "this does not ask who it is");
    assert!(is_encrypted("localhost", &server.verified("right")));
    let refused = |host: &str, mode: &str| server.connect(host, mode).err().expect("it is refused");
    let wrong_root = refused("localhost", &server.verified("wrong"));
    assert!(wrong_root.contains("certificate verify failed"), "{wrong_root}");
    let wrong_name = refused("127.0.0.1", &server.verified("right"));
    assert!(wrong_name.contains("does not match host name"), "{wrong_name}");
    let plain = refused("localhost", "disable");
    assert!(plain.contains("no encryption"), "{plain}");
}

#[test]
fn the_console_runs_on_an_encrypted_database() {
    let Some(server) = Encrypted::start() else { return };
    let url = server.url("localhost", &server.verified("right"));
    Program::new(&["migrate"]).env("DATABASE_URL", &url).run().expect(0);
    let port = free_port();
    let serve = Program::new(&["serve", "--metrics", "off"]).env("DATABASE_URL", &url);
    let mut running = serve.env("KITH_BIND", format!("127.0.0.1:{port}")).start();
    running.wait_for("kith is at");
    assert_eq!(fetch(port, "/readyz"), (200, "ready".to_owned()));
    running.signal(Signal::SIGTERM);
    let (code, errors) = running.ended();
    assert!(code == Some(0) && !errors.contains("WARN"), "{errors}");
    let wrong = server.url("127.0.0.1", &server.verified("right"));
    let done = Program::new(&["migrate"]).env("DATABASE_URL", &wrong).run().expect(1);
    assert!(done.err.contains("does not match host name"), "{}", done.err);
}
