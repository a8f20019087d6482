use crate::support::{Program, TestDb};

/// The flags in a command's help.
fn flags(args: &[&str]) -> Vec<String> {
    let help = Program::new(&[args, &["--help"]].concat()).run().expect(0).out;
    assert!(help.contains("Usage: kith"), "{help}");
    let lines = help.lines().filter_map(|line| line.trim_start().strip_prefix("--").or(line.split(", --").nth(1)));
    let mut flags: Vec<String> =
        lines.map(|line| line.split([' ', '=']).next().unwrap_or_default().to_owned()).collect();
    flags.sort();
    flags
}

/// What all commands use: where the data is, and the log.
const SHARED: [&str; 5] = ["data", "database-url", "help", "log", "log-format"];

#[test]
fn each_command_says_what_it_uses_and_nothing_else() {
    let help = Program::new(&["--help"]).run().expect(0).out;
    let words = [
        "serve",
        "demo",
        "migrate",
        "backup",
        "restore",
        "check-backup",
        "doctor",
        "import",
        "key",
        "generate",
        "operator",
    ];
    for word in words {
        assert!(help.contains(&format!("\n  {word} ")), "{word} in {help}");
    }
    assert!(help.contains("kith serve --help") && !help.contains("--bind"), "{help}");
    assert_eq!(flags(&["key"]), SHARED);
    assert_eq!(flags(&["operator"]), SHARED);
    let with = |more: &[&str]| -> Vec<String> {
        let mut all: Vec<String> = SHARED.iter().chain(more).map(|flag| (*flag).to_owned()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(flags(&["migrate"]), with(&["no-backup"]));
    assert_eq!(flags(&["backup"]), with(&["keep", "to"]));
    assert_eq!(flags(&["restore"]), with(&["replace"]));
    assert_eq!(flags(&["check-backup"]), SHARED);
    assert_eq!(flags(&["doctor"]), with(&["json", "secret-file"]));
    assert_eq!(flags(&["operator", "passwd"]), SHARED);
    assert_eq!(flags(&["operator", "disable"]), with(&["workspace"]));
    assert_eq!(flags(&["operator", "invite"]), with(&["bind", "name", "origin", "role", "workspace"]));
    assert_eq!(
        flags(&["import"]),
        with(&[
            "as-of",
            "country",
            "dates",
            "delimiter",
            "dry-run",
            "encoding",
            "environment",
            "map",
            "receipt",
            "rejects",
            "sheet",
            "time-zone",
        ])
    );
    assert_eq!(flags(&["generate"]), with(&["environment", "events", "profiles", "seed"]));
    assert_eq!(flags(&["serve"]), flags(&["demo"]));
    let serve = Program::new(&["serve", "--help"]).run().expect(0).out;
    for setting in [
        "DATABASE_URL",
        "KITH_DATA",
        "KITH_BIND",
        "KITH_ORIGIN",
        "KITH_METRICS",
        "KITH_CONNECTIONS",
        "KITH_STATEMENT_SECONDS",
        "KITH_SESSION_IDLE_HOURS",
        "KITH_SESSION_HOURS",
        "KITH_BEHIND_PROXY",
        "KITH_BATCH_MB",
        "KITH_CALL_MB",
        "KITH_SECRET_FILE",
        "KITH_LOG_FORMAT",
        "KITH_LOG",
    ] {
        assert!(serve.contains(setting), "{setting} in {serve}");
    }
}

#[test]
fn help_shows_no_secret_of_the_environment() {
    for command in ["serve", "operator"] {
        let help = Program::new(&[command, "--help"]).env("DATABASE_URL", "postgresql://kith:hunter2@db/kith");
        let help = help.run().expect(0).out;
        assert!(help.contains("DATABASE_URL") && !help.contains("hunter2"), "{help}");
    }
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
