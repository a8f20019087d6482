//! How a server is: each check is wrong once, and the page, the command and the metrics say so.

mod checks;
mod doctor;
mod page;
mod ready;

use chrono::TimeDelta;
use kith::{
    config::Config,
    status::{Asked, Check, Pulse, State, Status},
};

use crate::support::App;

/// The status as a command sees it.
fn status(app: &App) -> Status {
    status_of(app, &app.state.config)
}

/// The status with other settings.
fn status_of(app: &App, config: &Config) -> Status {
    let asked = Asked { config, now: app.clock.now(), beat: Some(app.state.db.memory::<Pulse>().beat()) };
    app.state.db.snapshot_now(|conn| Ok(Status::read(conn, &asked)?)).expect("it can be asked")
}

/// One of its checks.
#[track_caller]
fn check(app: &App, name: &str) -> Check {
    find(&status(app), name)
}

#[track_caller]
fn find(status: &Status, name: &str) -> Check {
    let found = status.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", status.checks)).clone()
}

/// The check has this state, says this, and what to do exactly if it is not good.
#[track_caller]
fn says(app: &App, name: &str, state: State, words: &str) {
    let check = check(app, name);
    assert_eq!(check.state, state, "{check:?}");
    assert!(check.is.contains(words), "{words} in {check:?}");
    assert_eq!(check.todo.is_some(), state != State::Good, "{check:?}");
}

/// A time before now, as SQL.
fn ago(app: &App, ago: TimeDelta) -> String {
    format!("'{}'", (app.clock.now() - ago).to_rfc3339())
}

/// Has the database take no more changes, also on connections that are open: they are opened anew.
fn make_read_only(app: &App) {
    app.db.run(&format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        app.db.one("SELECT current_database()")
    ));
    app.db.set_open(false);
    app.db.set_open(true);
}
