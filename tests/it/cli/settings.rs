use crate::support::{Program, TestDb};

#[test]
fn help_names_every_command_and_every_setting() {
    let help = Program::new(&["--help"]).run().expect(0).out;
    for word in ["serve", "demo", "migrate", "import", "key", "operator"] {
        assert!(help.contains(&format!("\n  {word} ")), "{word} in {help}");
        let more = Program::new(&[word, "--help"]).run().expect(0).out;
        assert!(more.contains("Usage: kith"), "{more}");
    }
    for setting in ["DATABASE_URL", "KITH_DATA", "KITH_BIND", "KITH_ORIGIN", "KITH_METRICS", "KITH_LOG"] {
        assert!(help.contains(setting), "{setting} in {help}");
    }
    let secret = Program::new(&["--help"]).env("DATABASE_URL", "postgresql://kith:hunter2@db/kith").run().expect(0).out;
    assert!(!secret.contains("hunter2"), "{secret}");
}

#[test]
fn everything_wrong_with_the_settings_is_said_at_once() {
    let done = Program::new(&["serve", "--metrics", "0.0.0.0:9464"])
        .env("DATABASE_URL", "mysql://kith:hunter2@db/kith")
        .env("KITH_BIND", "8080")
        .env("KITH_CONNECTIONS", "0")
        .env("KITH_LOG_FORMAT", "xml")
        .run()
        .expect(1);
    for setting in ["DATABASE_URL", "KITH_BIND", "KITH_METRICS", "KITH_CONNECTIONS", "KITH_LOG_FORMAT"] {
        assert!(done.err.contains(setting), "{setting} in {}", done.err);
    }
    assert!(!done.err.contains("hunter2"), "{}", done.err);
}

#[test]
fn a_database_that_cannot_be_reached_is_said_plainly() {
    let done = Program::new(&["migrate"]).env("DATABASE_URL", "postgresql://127.0.0.1:1/kith").run().expect(1);
    assert!(done.err.contains("Postgres cannot be reached"), "{}", done.err);
    assert!(!done.err.contains("panicked"), "{}", done.err);
}

#[test]
fn migrating_twice_is_migrating_once() {
    let db = TestDb::blank();
    let migrate = || Program::new(&["migrate"]).env("DATABASE_URL", db.url()).env("KITH_LOG", "info").run().expect(0);
    let first = migrate();
    assert!(first.out.contains("up to date") && first.err.contains("migrated"), "{first:?}");
    let before = db.column("SELECT concat_ws(' ', version, run_on) FROM __diesel_schema_migrations");
    let second = migrate();
    assert!(second.out.contains("up to date") && !second.err.contains("migrated"), "{second:?}");
    assert_eq!(db.column("SELECT concat_ws(' ', version, run_on) FROM __diesel_schema_migrations"), before);
}
