//! The command and the metrics, by the real binary.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    Program, TestDb,
    app::PASSWORD,
    program::{Running, fetch, free_port},
};

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("its mode");
    folder
}

fn at(home: &Path, args: &[&str]) -> Program {
    Program::new(args).env("KITH_DATA", home)
}

/// A console, with its port and that of its metrics.
fn serve(program: Program) -> (Running, u16, u16) {
    let (port, metrics) = (free_port(), free_port());
    let program = program.env("KITH_BIND", format!("127.0.0.1:{port}"));
    let mut running = program.env("KITH_METRICS", format!("127.0.0.1:{metrics}")).start();
    running.wait_for("kith is at");
    (running, port, metrics)
}

fn stop(running: Running) {
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn of<'a>(status: &'a Value, name: &str) -> &'a Value {
    let checks = status["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {status}"))
}

const ADD: [&str; 9] =
    ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];

#[test]
fn a_private_server_is_told_whether_it_runs_or_not() {
    let folder = folder();
    let (home, other, file) =
        (folder.path().join("home"), folder.path().join("other"), folder.path().join("kith.dump"));
    let done = at(&home, &["doctor", "--json"]).run().expect(2);
    assert!(done.err.contains("there is no kith in") && json(&done.out)["error"].is_string(), "{done:?}");
    assert!(!home.exists(), "looking makes nothing");

    at(&home, &ADD).run_with(PASSWORD).expect(0);
    let done = at(&home, &["doctor"]).run().expect(2);
    assert!(done.out.contains("Server: The private Postgres is stopped") && done.out.contains("Disk"), "{}", done.out);
    let stopped = json(&at(&home, &["doctor", "--json"]).run().expect(2).out);
    assert_eq!((&stopped["is_running"], &of(&stopped, "server")["state"]), (&Value::Bool(false), &"look".into()));

    let lock = fs::File::open(home.join("owner.lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    let done = at(&home, &["doctor"]).run().expect(2);
    assert!(done.err.contains("cannot be reached") && done.out.is_empty(), "who holds the lock runs: {done:?}");
    drop(lock);

    let (running, port, metrics) = serve(at(&home, &["serve"]));
    assert_eq!(fetch(port, "/readyz"), (200, "ready".to_owned()));
    let done = at(&home, &["doctor"]).run().expect(0);
    assert!(done.out.contains("look   Backup: There has never been a backup"), "{}", done.out);
    assert!(done.out.contains("good   Housekeeping: A running kith is connected."), "{}", done.out);
    assert!(!done.out.contains("wrong  "), "{}", done.out);

    let path = file.to_str().expect("a path");
    at(&home, &["backup", path]).run().expect(0);
    at(&home, &["check-backup", path]).run().expect(0);
    let status = json(&at(&home, &["doctor", "--json"]).run().expect(0).out);
    let backup = of(&status, "backup");
    assert_eq!((&backup["state"], &backup["todo"]), (&"good".into(), &Value::Null), "{backup}");
    assert!(backup["figures"].to_string().contains("kith.dump"), "{backup}");
    let (_, counted) = fetch(metrics, "/metrics");
    assert!(counted.contains("\nkith_backup_age_seconds ") && counted.contains("\nkith_backup_checked_seconds "));
    stop(running);

    // The restored database knows from which file it came, and nothing of what was after.
    at(&other, &["restore", path]).run().expect(0);
    let (running, ..) = serve(at(&other, &["serve"]));
    let status = json(&at(&other, &["doctor", "--json"]).run().expect(0).out);
    assert!(of(&status, "backup")["figures"].to_string().contains("kith.dump"), "{status}");
    assert_eq!(of(&status, "backup")["state"], "good", "{status}");
    stop(running);
}

#[test]
fn a_postgres_of_ones_own_is_told_too() {
    let db = TestDb::new();
    let doctor = |url: &str| Program::new(&["doctor", "--json"]).env("DATABASE_URL", url).run();
    // The server of the tests forgets everything in a power cut.
    let status = json(&doctor(&db.url()).expect(1).out);
    assert_eq!((&status["state"], &of(&status, "postgres")["state"]), (&"wrong".into(), &"wrong".into()));
    assert_eq!(of(&status, "housekeeping")["state"], "look", "no kith is connected");
    assert!(status["at"].is_string() && of(&status, "jobs")["figures"].is_array());
    db.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    let newer = doctor(&db.url()).expect(1);
    assert!(of(&json(&newer.out), "schema")["is"].to_string().contains("newer"), "{newer:?}");
    let away = doctor("postgresql://127.0.0.1:1/kith?connect_timeout=2").expect(2);
    assert!(away.err.contains("Postgres cannot be reached"), "{away:?}");
    let blank = TestDb::blank();
    let status = json(&doctor(&blank.url()).expect(1).out);
    assert!(of(&status, "schema")["is"].to_string().contains("0001 has not run"), "{status}");
    assert_eq!(blank.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 0, "looking makes no table");
}

#[test]
fn metrics_tell_what_waits_and_name_nobody() {
    let db = TestDb::blank();
    Program::new(&ADD).env("DATABASE_URL", db.url()).run_with(PASSWORD).expect(0);
    let account = "0192a000-0000-7000-8000-000000000001";
    db.run(&format!(
        "INSERT INTO sending_accounts (workspace_id, id, channel, name, provider, is_default, is_on, per_second, at_once, give_up_hours, \
             test_list, failing_since, failure, created_at) \
         VALUES (1, '{account}', 'email', 'Shop mail', '{{}}', true, true, 0, 2, 24, '{{}}', now() - interval '1 hour', 'no', now()); \
         INSERT INTO messages (environment_id, profile_id, id, channel, kind, account_id, name, source_id, group_id, status, asked_at, \
             first_due_at, due_at, changed_at, attempts) \
         SELECT 1, gen_random_uuid(), gen_random_uuid(), 'email', 'service', '{account}', 'Hello', 1, gen_random_uuid(), 'queued', now(), \
             now(), now() - interval '10 minutes', now(), 0 FROM generate_series(1, 3)"
    ));
    let (running, _, metrics) = serve(Program::new(&["serve"]).env("DATABASE_URL", db.url()));
    let (status, text) = fetch(metrics, "/metrics");
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<i64>().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    assert_eq!(value("kith_database_up"), 1);
    assert_eq!(value("kith_queue_waiting{queue=\"jobs\"}"), 0);
    assert_eq!(value("kith_check_state{check=\"postgres\"}"), 2);
    assert!(value("kith_database_bytes") > 1_000_000);
    let lane = format!("{{environment=\"1\",account=\"{account}\"}}");
    // Its provider is none that this version knows, so they wait.
    assert_eq!(value(&format!("kith_messages_waiting{lane}")), 3);
    assert!((600..700).contains(&value(&format!("kith_messages_oldest_seconds{lane}"))));
    assert!(value(&format!("kith_sending_account_failing_seconds{{account=\"{account}\"}}")) >= 3600);
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(name.starts_with("kith_") && value.parse::<f64>().is_ok(), "{line}");
    }
    for line in text.lines().filter(|line| line.starts_with("# TYPE kith_queue")) {
        assert_eq!(text.matches(line).count(), 1, "{line}");
    }
    for secret in ["Shop mail", "Acme", "ada@acme.example", "Hello"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    db.set_open(false);
    let (status, text) = fetch(metrics, "/metrics");
    assert!(status == 200 && text.contains("\nkith_database_up 0\n") && !text.contains("kith_queue"), "{text}");
    db.set_open(true);
    running.signal(Signal::SIGKILL);
}
