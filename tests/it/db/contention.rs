//! Whoever loses to others is told so: `Busy`, never a fault of ours and never a database that is away.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use diesel::{connection::SimpleConnection, result::Error};
use kith::{db::Db, error::AppError};

use crate::support::TestDb;

#[test]
fn a_race_that_is_lost_again_and_again_ends_as_busy() {
    let test = TestDb::new();
    let db = test.pool(1);
    let lost: Result<(), _> = db.tx_now(|_| Err(Error::RollbackTransaction));
    assert!(matches!(lost, Err(AppError::Busy(_))), "{lost:?}");
}

#[test]
fn who_waits_for_a_row_hears_of_it_before_the_time_for_an_answer_is_over() {
    let test = TestDb::new();
    test.run("CREATE TABLE mine (id int); INSERT INTO mine VALUES (1)");
    let mut other = test.connect();
    other.batch_execute("BEGIN; UPDATE mine SET id = 2").expect("a lock");
    let db = Db::new(&test.url(), 1, Duration::from_secs(6));
    let since = Instant::now();
    let lost = db.tx_now(|conn| conn.batch_execute("UPDATE mine SET id = 3"));
    assert!(matches!(lost, Err(AppError::Busy(_))), "{lost:?}");
    assert!(since.elapsed() < Duration::from_secs(9), "{:?}", since.elapsed());
}

#[test]
fn no_free_connection_is_told_apart_from_no_database() {
    let test = TestDb::new();
    let db = test.pool(1);
    let ((taken, is_taken), (done, is_done)) = (mpsc::channel(), mpsc::channel::<()>());
    std::thread::scope(|scope| {
        let (holder, db) = (db.clone(), &db);
        scope.spawn(move || {
            let held = holder.read_now(|_| {
                taken.send(()).expect("somebody waits");
                is_done.recv().ok();
                Ok(())
            });
            held.expect("it had a connection");
        });
        is_taken.recv().expect("the only connection");
        let none = db.read_now(|conn| conn.batch_execute("SELECT 1"));
        assert!(matches!(none, Err(AppError::Busy(_))), "{none:?}");
        done.send(()).expect("it waits");
    });
    test.set_open(false);
    let away = db.read_now(|conn| conn.batch_execute("SELECT 1"));
    assert!(matches!(away, Err(AppError::Unavailable(_))), "{away:?}");
    test.set_open(true);
}
