//! Backups, by the real binary: written, checked, restored.

mod check;
mod files;
mod migrate;
mod restore;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use kith::db::local::{self, Access};
use tempfile::TempDir;

use crate::support::{Program, TestDb, app::PASSWORD, db::column};

/// A folder in a place that the server's account can reach.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("its mode");
    folder
}

/// The database that commands use.
#[derive(Clone, Copy)]
enum Place<'a> {
    Url(&'a TestDb),
    Home(&'a Path),
}

impl Place<'_> {
    /// A command on it.
    fn kith(self, args: &[&str]) -> Program {
        match self {
            Self::Url(db) => Program::new(args).env("DATABASE_URL", db.url()),
            Self::Home(home) => Program::new(args).env("KITH_DATA", home),
        }
    }

    /// An operator, and people with events.
    fn fill(self, people: &str, events: &str) {
        let add = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
        self.kith(&add).run_with(PASSWORD).expect(0);
        self.generate(people, events, "1");
    }

    fn generate(self, people: &str, events: &str, seed: &str) {
        self.kith(&["generate", "--profiles", people, "--events", events, "--seed", seed]).run().expect(0);
    }

    fn backup(self, file: &Path) {
        self.kith(&["backup", text(file)]).run().expect(0);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// What `check-backup` counts in a good backup.
#[track_caller]
fn counted(file: &Path) -> String {
    let done = Program::new(&["check-backup", text(file)]).run().expect(0);
    assert!(done.out.contains("\nGood: "), "{}", done.out);
    done.out.lines().next().expect("a line").to_owned()
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).permissions().mode() & 0o777
}

/// Files of a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The private server of a home that nobody runs.
fn server(home: &Path) -> (Access, PgConnection) {
    let access = local::open(home).expect("the server starts");
    let conn = PgConnection::establish(&access.url()).expect("it lets us in");
    (access, conn)
}

/// Takes the newest migration back, as if the database were an older kith's. Returns its number.
fn age(conn: &mut PgConnection) -> String {
    let newest = column(conn, "SELECT max(version) FROM __diesel_schema_migrations").remove(0);
    let migrations = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("migrations").flatten();
    let is_it = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&newest));
    let folder = migrations.map(|entry| entry.path()).find(is_it).expect("it has a folder");
    let down = fs::read_to_string(folder.join("down.sql")).expect("a file");
    conn.batch_execute(&down).expect("it goes back");
    conn.batch_execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    )
    .expect("it is forgotten");
    newest
}
