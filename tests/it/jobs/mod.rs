//! Who works on a job, and who goes on with it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use kith::{clock::Clock, db::Db, jobs};

use crate::support::{App, Person};

/// People with a tag, and a job that takes it off them, not begun.
fn app_with_job(people: u32) -> App {
    let app = App::new();
    let items: Vec<_> =
        (0..people).flat_map(|n| Person::new(&format!("c-{n}")).tag("vip").items(app.clock.now())).collect();
    crate::support::build::submit(&app.state.db, app.live, app.clock.now(), &items);
    app.db.run(
        "INSERT INTO jobs (environment_id, id, task, title, source_id, created_at) \
         SELECT environment_id, gen_random_uuid(), '{\"do\": \"retag\", \"from\": \"vip\", \"to\": null}', 'Delete vip', source_id, created_at \
         FROM profiles LIMIT 1",
    );
    app
}

fn is_done(app: &App) -> bool {
    app.db.number("SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL AND failure IS NULL") == 1
}

fn held_by(app: &App, process: &Db) {
    let number = process.presence().number().expect("a number");
    app.db.run(&format!("UPDATE jobs SET held_by = {number}"));
}

fn go_on(process: &Db, clock: &Clock) {
    jobs::continue_now(process, clock, &kith::app::TASKS).unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn what_a_killed_process_left_is_taken_at_once_whatever_the_clock_did() {
    let app = app_with_job(3);
    let (killed, other) = (app.db.pool(2), app.db.pool(2));
    app.clock.advance(TimeDelta::days(2));
    held_by(&app, &killed);
    go_on(&other, &app.clock);
    assert!(!is_done(&app), "somebody who lives works on it");
    app.clock.advance(TimeDelta::days(-2));
    go_on(&other, &app.clock);
    assert!(!is_done(&app), "the clock has no say in it");
    killed.presence().lose();
    let since = Instant::now();
    while !is_done(&app) {
        go_on(&other, &app.clock);
        assert!(since.elapsed() < Duration::from_secs(5), "its lock went with it");
    }
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE tags @> '{vip}'"), 0);
}

#[test]
fn what_this_process_left_is_gone_on_with() {
    let app = app_with_job(3);
    held_by(&app, &app.state.db);
    go_on(&app.state.db, &app.clock);
    assert!(is_done(&app), "nobody works on it");
}

#[test]
fn two_processes_never_work_on_one_job_at_the_same_time() {
    let app = app_with_job(1200);
    let processes = [app.db.pool(2), app.db.pool(2)];
    let since = Instant::now();
    while !is_done(&app) {
        std::thread::scope(|scope| {
            for process in processes.iter().chain(&processes) {
                scope.spawn(|| go_on(process, &app.clock));
            }
        });
        assert!(since.elapsed() < Duration::from_secs(60), "it is done");
    }
    let counted = app.db.one("SELECT concat_ws(' ', looked_at, changed, refused) FROM jobs");
    assert_eq!(counted, "1200 1200 0", "each chunk was done once");
    assert_eq!(app.db.number("SELECT count(*) FROM changes WHERE kind = 'tag' AND after = 'false'"), 1200);
}

#[test]
fn whoever_lost_the_lock_leaves_the_job_to_who_has_it() {
    let app = app_with_job(3);
    let (first, second) = (app.db.pool(2), app.db.pool(2));
    let number = first.presence().number().expect("a number");
    assert_eq!(first.presence().number().expect("a number"), number);
    let quoted = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2";
    app.db.run(&format!("{quoted} AND objid = {number}"));
    assert_ne!(first.presence().number().expect("another one"), number, "it notices");
    held_by(&app, &second);
    go_on(&first, &app.clock);
    assert!(!is_done(&app));
}
