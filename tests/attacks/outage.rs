//! Acknowledged means stored, whatever happens to the database: a full disk, no changes allowed, no connection in the middle of a call.

use std::{process::Command, thread, time::Duration};

use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_types::Text};
use kith::{error::AppError, keys::Format};
use serde_json::{Value, json};

use crate::support::{App, TestDb, db::superuser, sender::server};

/// What a statement ends in.
fn outcome(db: &TestDb, sql: &'static str) -> AppError {
    let ask = |conn: &mut PgConnection| -> QueryResult<usize> { diesel::sql_query(sql).execute(conn) };
    db.pool(1).read_now(ask).expect_err(sql)
}

/// The SQLSTATE that Postgres itself gives it.
fn state_of(db: &TestDb, sql: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        state: String,
    }
    let mut conn = db.connect();
    diesel::sql_query(
        "CREATE OR REPLACE FUNCTION pg_temp.state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$ \
         DECLARE found text; BEGIN EXECUTE statement; RETURN ''; \
         EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS found = RETURNED_SQLSTATE; RETURN found; END $$",
    )
    .execute(&mut conn)
    .expect("a function");
    let found: Found = diesel::sql_query("SELECT pg_temp.state_of($1) AS state")
        .bind::<Text, _>(sql)
        .get_result(&mut conn)
        .expect(sql);
    found.state
}

#[test]
fn an_error_is_about_content_only_if_its_code_says_so() {
    let db = TestDb::new();
    for sql in [
        r"SELECT convert_from('\xff', 'UTF8')",
        "SELECT 'x'::integer",
        r#"SELECT '"\u0000"'::jsonb ->> 0"#,
        "SELECT 99999999999::bigint::integer",
        "SELECT now() + '300000 years'::interval",
        "SELECT '1e200000'::numeric",
        "SELECT 1e10::numeric(5, 2)",
        "SELECT 'abc'::varchar(2)::text::char(1)::varchar(1), CAST(repeat('x', 3) AS text)::jsonb",
        "INSERT INTO workspaces (id) VALUES (1)",
        "INSERT INTO operators SELECT * FROM operators UNION ALL SELECT gen_random_uuid(), NULL, NULL, NULL, now()",
    ] {
        let state = state_of(&db, sql);
        let is_content = state.starts_with("22") || state.starts_with("23");
        let error = outcome(&db, sql);
        assert_eq!(matches!(error, AppError::Unstorable(_)), is_content, "{sql}: {state} {error:?}");
        assert!(is_content || error.retry_after().is_some(), "{sql}: {state} {error:?}");
    }
    for (sql, code) in [
        ("SELECT FROM nowhere", "42P01"),
        ("CREATE TEMP TABLE t (a int) TABLESPACE nowhere", "42704"),
        ("SELECT repeat('x', 1500000000)", "XX000"),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
            "53100",
        ),
        ("DO $$ BEGIN RAISE EXCEPTION 'out of shared memory' USING ERRCODE = '53200'; END $$", "53200"),
    ] {
        let state = state_of(&db, sql);
        let error = outcome(&db, sql);
        assert!(matches!(error, AppError::Failing(_)), "{sql}: {state}, {code} wanted: {error:?}");
        assert!(!state.starts_with("22") && !state.starts_with("23"), "{sql}: {state}");
    }
}

/// A call with something known and events that are new.
fn batch(number: usize, events: usize) -> Value {
    let track =
        |n: usize| json!({"type": "track", "userId": "c-1", "event": "Seen", "messageId": format!("m-{number}-{n}")});
    let known = json!({"type": "identify", "userId": "c-1", "traits": {"plan": "pro"}});
    let items: Vec<Value> = std::iter::once(known).chain((0..events).map(track)).collect();
    json!({"batch": items})
}

fn events(db: &TestDb) -> i64 {
    db.number("SELECT count(*) FROM events")
}

#[test]
fn a_database_that_takes_no_changes_acknowledges_nothing() {
    let app = App::new();
    let key = app.key(server());
    app.post(&key, "/v1/batch", &batch(0, 3)).expect(200);
    let name = app.db.one("SELECT current_database()");
    let read_only = |on: bool| {
        superuser(&format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}"));
        app.db.set_open(false);
        app.db.set_open(true);
    };
    read_only(true);
    let track = json!({"userId": "c-1", "event": "Seen", "messageId": "single"});
    let own = json!({"name": "Seen", "profile": {"id": "c-1"}});
    for (address, body, format) in [
        ("/v1/batch", batch(1, 3), Format::Segment),
        ("/v1/track", track, Format::Segment),
        ("/api/v2/users/track", json!({"id": "c-1", "data": {"city": "Bern"}}), Format::Vero),
        ("/api/data/v1/events", own, Format::Native),
    ] {
        // The first one may meet a connection from before.
        let answers = [(); 2].map(|()| app.post(&key, address, &body));
        let answer = answers.last().expect("two");
        answer.expect_error(503, "failing", format);
        assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1, "{address}");
    }
    // An item that is refused is not acknowledged either where its rejection cannot be kept.
    app.post(&key, "/v1/batch", &json!({"batch": [{"type": "track", "event": "By nobody"}]})).expect(503);
    read_only(false);
    let again = || app.post(&key, "/v1/batch", &batch(1, 3));
    assert!((0..3).any(|_| again().status == 200), "it comes back");
    assert_eq!(events(&app.db), 6);
}

#[test]
fn a_call_that_loses_its_connection_in_the_middle_is_sent_again_and_stored_once() {
    let app = App::new();
    let key = app.key(server());
    app.post(&key, "/v1/batch", &batch(0, 1)).expect(200);
    let large = batch(1, 9_900);
    thread::scope(|scope| {
        let db = &app.db;
        // Its transactions hold two thousand items: after the first the database lets nobody in.
        let breaking = scope.spawn(|| {
            for _ in 0..2_000 {
                if events(db) > 1 {
                    db.set_open(false);
                    return true;
                }
                thread::sleep(Duration::from_millis(2));
            }
            false
        });
        let answer = app.post(&key, "/v1/batch", &large);
        assert!(breaking.join().expect("no panic"), "something was stored");
        answer.expect_error(503, "unavailable", Format::Segment);
    });
    app.db.set_open(true);
    let stored = events(&app.db);
    assert!(stored > 1 && stored < 9_901, "{stored}");
    assert!((0..3).any(|_| app.post(&key, "/v1/batch", &large).status == 200), "it comes back");
    assert_eq!(events(&app.db), 9_901);
}

/// A file system in memory, with a tablespace of the tests' server on it; gone with this.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where only root may make one.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let size = format!("size={megabytes}m,mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        if !mounted.is_ok_and(|done| done.status.success()) {
            return None;
        }
        let disk = Self(folder);
        // As root the tests' server runs as an account of its own.
        let owned = Command::new("chown").arg("postgres").arg(disk.0.path()).output();
        let is_owned = owned.is_ok_and(|done| done.status.success());
        superuser(&format!("CREATE TABLESPACE small_disk LOCATION '{}'", disk.0.path().display()));
        superuser("GRANT CREATE ON TABLESPACE small_disk TO kith");
        is_owned.then_some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        superuser("DROP TABLESPACE IF EXISTS small_disk");
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount(60) else {
        println!("SKIPPED: only root can make a small file system");
        return;
    };
    // Gone before its disk is.
    let app = App::new();
    let key = app.key(server());
    app.post(&key, "/v1/batch", &batch(0, 50)).expect(200);
    app.db.move_to("small_disk");
    let filler = disk.0.path().join("filler");
    let filled = Command::new("dd").args(["if=/dev/zero", "bs=8k"]).arg(format!("of={}", filler.display())).output();
    assert!(!filled.expect("dd runs").status.success(), "until it is full");
    let mut acknowledged = 50;
    let mut refused = 0;
    for number in 1..40 {
        let answer = app.post(&key, "/v1/batch", &batch(number, 400));
        if answer.status == 200 {
            acknowledged += 400;
        } else {
            answer.expect(503);
            assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1);
            refused += 1;
        }
    }
    assert!(refused > 10, "the disk was full");
    std::fs::remove_file(filler).expect("it is removed");
    app.post(&key, "/v1/batch", &batch(1, 400)).expect(200);
    let known = i64::from(acknowledged == 50) * 400;
    assert_eq!(events(&app.db), acknowledged + known, "each exactly once");
}
