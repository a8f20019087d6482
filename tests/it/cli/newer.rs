//! A database that a newer version has been at.

use crate::support::{App, Program, TestDb, program::free_port};

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";

#[test]
fn no_command_touches_it_and_each_says_why() {
    let db = TestDb::new();
    db.run(NEWER);
    let tables = db.digest(&["operators", "profiles", "__diesel_schema_migrations"]);
    let csv = std::env::temp_dir().join(format!("kith-newer-{}.csv", std::process::id()));
    std::fs::write(&csv, "id,plan\n1,pro\n").expect("a file");
    let import = ["import", csv.to_str().expect("a path")];
    for args in [&["serve"][..], &["demo"], &["migrate"], &["operator", "list"], &["key", "list"], &import] {
        let program = Program::new(args).env("DATABASE_URL", db.url()).env("KITH_METRICS", "off");
        let done = program.env("KITH_BIND", format!("127.0.0.1:{}", free_port())).run().expect(1);
        let known = kith_knows();
        assert!(done.err.contains("9999") && done.err.contains(&known), "{args:?}: {}", done.err);
        assert!(done.err.contains("newer kith") && !done.out.contains("up to date"), "{args:?}: {}", done.err);
    }
    std::fs::remove_file(&csv).expect("it is there");
    assert_eq!(db.digest(&["operators", "profiles", "__diesel_schema_migrations"]), tables);
}

/// The number of the newest migration of this binary.
fn kith_knows() -> String {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("migrations");
    let names = folders.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let numbers = names.filter_map(|name| name.split_once('_').map(|(number, _)| number.to_owned()));
    numbers.max().expect("one")
}

#[test]
fn a_console_that_still_runs_says_that_it_is_not_ready() {
    let app = App::new();
    app.visitor().get("/readyz").expect(200);
    app.db.run(NEWER);
    app.visitor().get("/readyz").expect(503).shows("newer kith").shows("9999");
}
