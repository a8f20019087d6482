//! Postgres that hangs: it neither answers nor closes its connections.

use std::time::{Duration, Instant};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Integer};
use kith::{db::Db, error::AppError};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::support::TestDb;

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

/// Stopped for as long as this lives.
struct Stopped(Pid);

impl Stopped {
    fn new(pid: Pid) -> Self {
        kill(pid, Signal::SIGSTOP).expect("we may");
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGCONT);
    }
}

#[test]
fn whoever_waits_for_it_is_answered_all_the_same() {
    let test = TestDb::new();
    let db = Db::new(&test.url(), 1, Duration::from_secs(1));
    let runner = actix_web::rt::System::new();
    let ask =
        || runner.block_on(db.read(|conn| sql_query("SELECT pg_backend_pid() AS pid").get_result::<Backend>(conn)));
    let pid = ask().expect("it answers").pid;
    let stopped = Stopped::new(Pid::from_raw(pid));
    let since = Instant::now();
    let error = ask().err().expect("no answer");
    assert!(matches!(error, AppError::Unavailable(_)), "{error:?}");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    let since = Instant::now();
    assert!(matches!(ask(), Err(AppError::Busy(_))), "the connection is not used for anybody else");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    drop(stopped);
    let since = Instant::now();
    while let Err(error) = ask() {
        assert!(since.elapsed() < Duration::from_secs(20), "{error:?}");
    }
}
