//! The private server: `kith::db::local`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use kith::db::local::{self, Access, Error, Server, Speed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Under root, the server's account must be able to pass.
fn folder(mode: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("its mode");
    folder
}

fn start(home: &Path) -> Server {
    Server::start(home, Speed::Throwaway).expect("the server starts")
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("it lets us in")
}

#[test]
fn data_outlives_a_restart_and_trusted_extensions_work() {
    let folder = folder(0o711);
    let home = folder.path().join("a home with 'odd' \"signs\"");
    let server = start(&home);
    let sql = "CREATE EXTENSION pg_trgm; CREATE TABLE note AS SELECT 'kept' AS text; CREATE DATABASE other";
    let mut connection = connect(&server.url());
    for statement in sql.split("; ") {
        connection.batch_execute(statement).expect("we may do this");
    }
    connection.batch_execute("CREATE EXTENSION pg_stat_statements").expect_err("our role is no superuser");
    server.stop().expect("a clean stop");
    assert!(!home.join("data/postmaster.pid").exists());

    let server = start(&home);
    let found = sql_query("SELECT FROM note WHERE text = 'kept'").execute(&mut connect(&server.url()));
    assert_eq!(found.expect("the table is there"), 1);
    let text = fs::read_to_string(home.join("postgres.log")).expect("a log");
    assert!(!text.contains("note") && !text.contains("pg_stat_statements"), "the log tells what sessions do: {text}");
}

#[test]
fn a_home_has_one_owner_and_any_number_of_guests() {
    let folder = folder(0o711);
    let home = folder.path().join("home");
    let server = start(&home);
    let second = Server::start(&home, Speed::Throwaway).expect_err("it is taken");
    assert!(matches!(&second, Error::InUse { pid: Some(pid), .. } if *pid == std::process::id()), "{second}");

    let guest = local::open(&home).expect("guests may come");
    assert!(matches!(guest, Access::Guest { .. }));
    connect(&guest.url());
    drop(guest);
    connect(&server.url());

    drop(server);
    assert!(matches!(local::open(&home), Ok(Access::Owner(_))), "nobody else runs it any more");
}

#[test]
fn a_server_that_dies_alone_comes_back() {
    let folder = folder(0o711);
    let home = folder.path().join("home");
    let server = Server::start(&home, Speed::Durable).expect("the server starts");
    connect(&server.url()).batch_execute("CREATE TABLE kept ()").expect("a table");
    let recorded = fs::read_to_string(home.join("data/postmaster.pid")).expect("it runs");
    let pid = recorded.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("we may");

    let since = Instant::now();
    std::thread::sleep(Duration::from_millis(50));
    let mut connection = loop {
        match PgConnection::establish(&server.url()) {
            Ok(connection) => break connection,
            Err(error) => assert!(since.elapsed() < Duration::from_secs(20), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    connection.batch_execute("SELECT FROM kept").expect("the table is there");
    drop(connection);
    server.stop().expect("a clean stop");
}

#[test]
fn a_server_whose_socket_was_deleted_comes_back() {
    let folder = folder(0o711);
    let home = folder.path().join("home");
    let server = Server::start(&home, Speed::Durable).expect("the server starts");
    connect(&server.url()).batch_execute("CREATE TABLE kept ()").expect("a table");
    fs::remove_dir_all(home.join("run")).expect("we may");
    assert!(PgConnection::establish(&server.url()).is_err(), "nobody gets in");
    let since = Instant::now();
    let mut connection = loop {
        match PgConnection::establish(&server.url()) {
            Ok(connection) => break connection,
            Err(error) => assert!(since.elapsed() < Duration::from_secs(30), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    connection.batch_execute("SELECT FROM kept").expect("the table is there");
    drop(connection);
    server.stop().expect("a clean stop");
}

#[test]
fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let folder = folder(0o711);
    let home = folder.path().join("x".repeat(120));
    let server = start(&home);
    assert!(server.url().contains("host=%2Ftmp%2Fkith%2D"), "{}", server.url());
    connect(&server.url());
    assert!(matches!(local::open(&home), Ok(Access::Guest { .. })));
}

#[test]
fn root_is_told_about_a_folder_the_server_may_not_enter() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let closed = folder(0o700);
    let error = Server::start(&closed.path().join("home"), Speed::Throwaway).expect_err("no way in");
    assert!(matches!(&error, Error::Unreachable { folder, .. } if folder == closed.path()), "{error}");
}
