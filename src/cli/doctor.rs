//! `kith doctor`: what the status page says, on the command line.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection, RunQueryDsl, sql_types::Text};
use serde_json::json;

use crate::{
    config::{Config, Database, Settings},
    db::{local, sql_query},
    status::{Asked, State, Status},
};

#[derive(clap::Args)]
pub struct Args {
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
    /// File of the key that secrets of sending accounts are encrypted with [default: `secret` in the data directory]
    #[arg(long, env = "KITH_SECRET_FILE", value_name = "FILE")]
    secret_file: Option<String>,
}

impl Args {
    /// With the settings that this command uses beside those of all.
    pub fn complete(&self, settings: Settings) -> Settings {
        Settings { secret_file: self.secret_file.clone(), ..settings }
    }
}

/// Ends with this where the database cannot be asked.
const CANNOT_BE_ASKED: u8 = 2;

pub fn run(config: Config, args: &Args) -> anyhow::Result<ExitCode> {
    let home = super::home(&config, "kith").ok();
    let config = Config { database: Database { home, ..config.database }, ..config };
    let now = super::clock().now();
    match look(&config, now) {
        Ok(status) => {
            if args.json {
                println!("{}", in_json(&status))
            } else {
                print!("{}", in_words(&status))
            }
            Ok(code(&status))
        }
        Err(error) => {
            if args.json {
                println!("{}", json!({ "state": null, "at": now, "error": format!("{error:#}") }));
            }
            eprintln!("kith: {error:#}");
            Ok(ExitCode::from(CANNOT_BE_ASKED))
        }
    }
}

/// Asks a database as it is, without changing it.
fn look(config: &Config, now: DateTime<Utc>) -> anyhow::Result<Status> {
    let asked = Asked { config, now, beat: None };
    let url = match (&config.database.url, config.database.home.as_deref()) {
        (Some(url), _) => url.clone(),
        (None, Some(home)) => {
            anyhow::ensure!(local::is_made(home), "{}", nowhere(home));
            match local::running(home) {
                Some(url) => url,
                None if local::is_owned(home) => anyhow::bail!(
                    "a kith runs in {home}, but its Postgres cannot be reached: it may be starting, or have no connection left. \
                     {home}/postgres.log says more",
                    home = home.display()
                ),
                None => return Ok(Status::of_stopped(&asked)),
            }
        }
        (None, None) => {
            anyhow::bail!("there is no place for data: say where it is with --data DIR, or set DATABASE_URL")
        }
    };
    let mut conn = PgConnection::establish(&url)
        .map_err(|error| anyhow::anyhow!("Postgres cannot be reached: {}", error.to_string().trim()))?;
    sql_query("SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', '5s', false)")
        .bind::<Text, _>(config.database.statement_limit.as_millis().to_string())
        .execute(&mut conn)?;
    let read = conn.build_transaction().read_only().repeatable_read().run(|conn| Status::read(conn, &asked));
    read.context("Postgres was reached, but could not be asked")
}

fn nowhere(home: &Path) -> String {
    format!("there is no kith in {}: say where it is with --data DIR, or set DATABASE_URL", home.display())
}

fn code(status: &Status) -> ExitCode {
    match (status.server.is_some(), status.worst()) {
        (_, State::Wrong) => ExitCode::from(1),
        (false, _) => ExitCode::from(CANNOT_BE_ASKED),
        (true, State::Good | State::Look) => ExitCode::SUCCESS,
    }
}

fn in_json(status: &Status) -> serde_json::Value {
    json!({
        "state": status.worst(), "at": status.at, "is_running": status.server.is_some(), "checks": status.checks,
    })
}

fn in_words(status: &Status) -> String {
    let mut out = String::new();
    for check in &status.checks {
        out += &format!("{:<7}{}: {}\n", check.state.as_str(), check.title, check.is);
        out.extend(check.todo.iter().map(|todo| format!("       {todo}\n")));
        out.extend(check.figures.iter().map(|(label, value)| format!("       - {label}: {}\n", value.words())));
    }
    out
}
