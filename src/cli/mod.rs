//! The commands: one file each.

mod backup;
mod bounce;
mod check_backup;
mod demo;
mod doctor;
mod generate;
mod import;
mod key;
mod migrate;
mod operator;
mod restore;
mod serve;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;

use crate::{
    clock::Clock,
    config::{Config, Log, Settings, Shared},
    db::{
        self, Db,
        local::{self, Access},
        migrate::run_pending_after,
    },
    status::{self, Noted},
    web::words,
    workspaces::{self, EnvironmentKind},
};

/// A customer profile console: one binary and Postgres.
#[derive(Parser)]
#[command(
    version,
    about,
    max_term_width = 110,
    after_help = "`kith serve --help` lists all settings; each command's own help lists those that it uses. \
                  KITH_PG_BIN names the folder of the Postgres server programs, if kith does not find them."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the console. If nobody can sign in yet, it prints a one-time link for creating the first admin
    Serve(Box<Settings>),
    /// Run the console on made-up data, with one account per role on the sign-in page
    Demo(Box<Settings>),
    /// Bring the database's tables up to date, and exit
    Migrate(Box<With<migrate::Args>>),
    /// Write all that is in the database into a file, while kith runs or not
    Backup(Box<With<backup::Args>>),
    /// Put a backup in the place of the database
    Restore(Box<With<restore::Args>>),
    /// Say whether a backup is good: restores it on a server that is thrown away, counts, and looks whether all fits
    CheckBackup(Box<With<check_backup::Args>>),
    /// Say how this kith is: version, tables, Postgres, disk, what waits, the last backup, and what to do about what is
    /// wrong. Ends with 0 if nothing is wrong, 1 if something is, 2 if the database cannot be asked
    Doctor(Box<With<doctor::Args>>),
    /// Import files of profiles (.csv, .xlsx and others) and events (.ndjson, .json). Running it again changes nothing
    Import(Box<With<import::Args>>),
    /// Read a mail that came back, or a complaint, from the input, as a mail server hands it to a program
    Bounce(Shared),
    /// Create, list and revoke API keys for systems that send data
    Key {
        #[command(flatten)]
        shared: Shared,
        #[command(subcommand)]
        command: key::Command,
    },
    /// Fill an environment with made-up people and events, for measuring and trying out
    Generate(Box<With<generate::Args>>),
    /// Add, invite, change and list the people who sign in
    Operator {
        #[command(flatten)]
        shared: Shared,
        #[command(subcommand)]
        command: operator::Command,
    },
}

/// Arguments of a command, and what all commands use.
#[derive(clap::Args)]
struct With<T: clap::Args> {
    #[command(flatten)]
    args: T,
    #[command(flatten)]
    shared: Shared,
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Serve(settings) => with(*settings, serve::run),
        Command::Demo(settings) => with(*settings, demo::run),
        Command::Migrate(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| migrate::run(&config, &args))
        }
        Command::Backup(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| backup::run(&config, &args))
        }
        Command::Restore(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| restore::run(&config, &args))
        }
        Command::CheckBackup(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| check_backup::run(&config, &args))
        }
        Command::Doctor(given) => {
            let With { args, shared } = *given;
            with(args.complete(shared.into()), |config| doctor::run(config, &args))
        }
        Command::Import(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| import::run(&config, args))
        }
        Command::Bounce(shared) => with(shared.into(), |config| bounce::run(&config)),
        Command::Key { shared, command } => with(shared.into(), |config| key::run(&config, command)),
        Command::Generate(given) => {
            let With { args, shared } = *given;
            with(shared.into(), |config| generate::run(&config, args))
        }
        Command::Operator { shared, command } => {
            let settings = Settings { place: command.place(), ..shared.into() };
            with(settings, |config| operator::run(&config, command))
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kith: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Checks the settings, starts the log, and runs a command.
fn with(settings: Settings, run: impl FnOnce(Config) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let config = settings.check()?;
    start_log(&config.log);
    run(config)
}

fn start_log(log: &Log) {
    let mut filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // It logs as errors what anybody can cause: malformed requests, and closed connections.
    if !log.filter.contains("actix_http")
        && let Ok(quiet) = "actix_http=off".parse()
    {
        filter = filter.add_directive(quiet);
    }
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    if log.json { lines.json().flatten_event(true).init() } else { lines.init() }
}

/// A database with all migrations, until this is dropped.
struct Opened {
    db: Db,
    // Dropped after the pool: the server stops when all connections are closed.
    _server: Option<Access>,
}

/// Opens the configured database for a command: `DATABASE_URL`, else the private server, attached to one that another kith runs.
fn open(config: &Config) -> anyhow::Result<Opened> {
    let reached = reach_or_make(config)?;
    Ok(Opened { db: connect(config, &reached.url, reached.first())?, _server: reached.server })
}

/// A database as it is, until this is dropped.
struct Reached {
    url: String,
    /// Data directory of the private server.
    home: Option<PathBuf>,
    server: Option<Access>,
}

impl Reached {
    /// What is to happen before its tables change.
    fn first(&self) -> First<'_> {
        self.home.as_deref().map_or(First::Warning, First::Backup)
    }
}

/// The configured database.
fn reach_or_make(config: &Config) -> anyhow::Result<Reached> {
    if let Some(url) = &config.database.url {
        return Ok(Reached { url: url.clone(), home: None, server: None });
    }
    let home = home(config, "kith")?;
    let access = local::open(&home)?;
    Ok(Reached { url: access.url(), home: Some(home), server: Some(access) })
}

/// The configured database, which must be there.
fn reach(config: &Config) -> anyhow::Result<Reached> {
    if config.database.url.is_none() {
        let home = home(config, "kith")?;
        anyhow::ensure!(
            local::is_made(&home),
            "there is no kith in {}: say where it is with --data DIR, or set DATABASE_URL",
            home.display()
        );
    }
    reach_or_make(config)
}

/// Notes what was done with a backup file in a database, for its status. What was done is done: a failure is only told.
fn note_backup(url: &str, noted: &Noted) {
    use diesel::Connection;
    let done = diesel::PgConnection::establish(url)
        .map_err(anyhow::Error::from)
        .and_then(|mut conn| Ok(status::note(&mut conn, noted)?));
    if let Err(error) = done {
        tracing::warn!(%error, "it could not be noted in the database, so the status page does not know of it");
    }
}

/// Name of a file without its folder, and its bytes.
fn named(file: &Path) -> (String, Option<i64>) {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    (name, std::fs::metadata(file).ok().and_then(|about| i64::try_from(about.len()).ok()))
}

/// What happens before the tables of a database change that somebody is in.
#[derive(Clone, Copy)]
enum First<'a> {
    /// A backup into this folder.
    Backup(&'a Path),
    /// A word that there is none.
    Warning,
    /// Nothing.
    Nothing,
}

/// Connects, and runs pending migrations.
fn connect(config: &Config, url: &str, first: First<'_>) -> anyhow::Result<Db> {
    use diesel::Connection;
    let mut conn = diesel::PgConnection::establish(url)
        .map_err(|error| anyhow::anyhow!("Postgres cannot be reached: {}", error.to_string().trim()))?;
    if db::is_open_to_others(&mut conn)? {
        tracing::warn!(
            "the connection to Postgres crosses the network unencrypted: add sslmode=verify-full to DATABASE_URL"
        );
    }
    let before = |conn: &mut diesel::PgConnection, pending: &str| match first {
        First::Nothing => Ok(()),
        _ if !crate::backup::has_people(conn)? => Ok(()),
        First::Backup(folder) => {
            tracing::info!("writing a backup before the tables change");
            let file = crate::backup::before_migration(url, folder, pending).context(
                "no backup could be made before the tables change, so they stay as they are; \
                 `kith migrate --no-backup` changes them without one",
            )?;
            tracing::info!(file = %file.display(), "backup is written");
            Ok(())
        }
        First::Warning => {
            tracing::warn!(
                "the tables of DATABASE_URL change now, and kith takes no backup of it by itself: `kith backup` does"
            );
            Ok(())
        }
    };
    for name in run_pending_after(&mut conn, before)? {
        tracing::info!(migration = name, "migrated");
    }
    Ok(Db::new(url, config.database.connections, config.database.statement_limit))
}

/// The directory of the private server: as set, else the platform's place for `name`.
fn home(config: &Config, name: &str) -> anyhow::Result<PathBuf> {
    Ok(match &config.database.home {
        Some(home) => home.clone(),
        None => local::default_home(name)?,
    })
}

/// The environment of a command, named as `workspace/live`; with one workspace, `live` and `test` suffice.
fn environment(db: &Db, named: &str) -> anyhow::Result<crate::db::ids::EnvironmentId> {
    let (slug, kind) = match named.split_once('/') {
        Some((slug, kind)) => (slug.to_owned(), kind),
        None => (only_workspace(db)?, named),
    };
    let kind: EnvironmentKind =
        kind.parse().map_err(|()| anyhow::anyhow!("the environment must be live or test, not {kind:?}"))?;
    let found = db.read_now(|conn| workspaces::find(conn, &slug, kind))?;
    found.ok_or_else(|| anyhow::anyhow!("there is no workspace {slug:?}"))
}

/// "3 profiles", for the output of a command.
fn counted(number: u64, one: &str, many: &str) -> String {
    words::counted(i64::try_from(number).unwrap_or(i64::MAX), one, many)
}

/// "15.7 MB", for the output of a command.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", words::grouped(i64::try_from(tenths / 10).unwrap_or(i64::MAX)), tenths % 10)
}

fn only_workspace(db: &Db) -> anyhow::Result<String> {
    let mut slugs = db.read_now(workspaces::slugs)?;
    match (slugs.pop(), slugs.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => anyhow::bail!("there are several workspaces: say which, as in --environment acme/live"),
        (None, _) => {
            anyhow::bail!("there is no workspace yet: create the first admin with `kith serve` or `kith operator add`")
        }
    }
}

fn clock() -> Clock {
    Clock::System
}

/// Moves the bar to `position` while `work` runs.
fn watched<T>(bar: &ProgressBar, position: impl Fn() -> u64 + Sync, work: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let position = &position;
        scope.spawn(move || {
            while is_done.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                bar.set_position(position());
            }
        });
        let result = work();
        drop(done);
        result
    })
}
