//! A private PostgreSQL for operation without `DATABASE_URL`.
//!
//! The server programs come from the system's package; the rest is one folder, the *home*:
//!
//! | in the home | |
//! | --- | --- |
//! | `owner.lock` | the process that holds its flock owns the server; contains the owner's pid and the socket folder |
//! | `hba.conf`, `ident.conf` | who may connect as which role; written anew at each start |
//! | `postgres.log` | the server's own log, without statements and values |
//! | `data/` | the cluster |
//! | `run/` | the Unix socket |
//!
//! There is no password and no TCP port: the kernel tells the server which account connects. PostgreSQL refuses to run as root, so under
//! root `data/` and `run/` belong to the account `postgres` (or `nobody`) and the server runs under it; all else in the home stays ours.
//!
//! One process is the owner. It starts the server, keeps it alive and stops it. Others attach as guests ([`open`]). If the owner is killed,
//! the server gets a fast shutdown from the kernel (Linux); what is left after harder deaths is cleared at the next start.

mod cluster;
mod keeper;
mod programs;
mod tools;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection};
use nix::unistd::{Uid, User, geteuid};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use cluster::Cluster;
use keeper::Keeper;
pub use tools::Tools;

/// Time that a guest waits for an owner that is still starting.
const ATTACH_LIMIT: Duration = Duration::from_secs(30);
/// Time for a killed owner to release its lock.
const TAKE_LIMIT: Duration = Duration::from_millis(500);

/// Why there is no private server. The texts are for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the server of this home; its pid, if it could be read.
    #[error(
        "{} is in use by another kith{}. Stop that one, or choose another data directory.",
        .home.display(), .pid.map(|p| format!(" (process {p})")).unwrap_or_default()
    )]
    InUse { home: PathBuf, pid: Option<u32> },

    /// No usable `postgres` and `initdb`; the text says where they were looked for and how to get them.
    #[error("{0}")]
    NoPrograms(String),

    #[error("{} was made by PostgreSQL {wanted}, but found here: {found}. Get version {wanted}: {install}.", .home.display())]
    WrongVersion { home: PathBuf, wanted: u32, found: String, install: String },

    /// No `pg_dump` is as new as the server.
    #[error(
        "A backup of PostgreSQL {wanted} needs pg_dump and pg_restore of version {wanted} or newer, and found here: {found}. \
         Install them: {install}. Or set KITH_PG_BIN to the folder they are in."
    )]
    NoTools { wanted: u32, found: String, install: String },

    /// The process runs under a uid without a name (usual in containers), and peer authentication needs one.
    #[error(
        "The user id {0} has no entry in the system's list of users, so PostgreSQL cannot know who connects. \
         Run as a listed user, or set DATABASE_URL to a server you already run."
    )]
    NoAccount(Uid),

    /// The home belongs to another account, and the server would leave files there that it cannot write.
    #[error("{} belongs to another user ({owner}). Run this command as that user.", .home.display())]
    Foreign { home: PathBuf, owner: String },

    /// Under root: the account of the server may not pass a folder on the way to the home.
    #[error(
        "The database server runs as `{account}`, which may not enter {}. Choose a data directory \
         elsewhere, for example under /var/lib, or let others pass: chmod o+x {}", .folder.display(), .folder.display()
    )]
    Unreachable { folder: PathBuf, account: String },

    /// `initdb` failed; its output.
    #[error("The database cluster could not be made. initdb said:\n{0}")]
    Init(String),

    /// The server ended again and again, never became ready, or a left-over one would not go.
    #[error("PostgreSQL did not start: {reason}\nThe end of {}:\n{tail}", .log.display())]
    Start { reason: String, log: PathBuf, tail: String },

    /// The server ran, but making our role and database failed.
    #[error("The role and database could not be made: {0}")]
    Setup(#[from] diesel::result::Error),

    /// The server had to be ended hard. No committed data is lost; the next start repairs it.
    #[error("PostgreSQL did not stop in time and was ended hard. It repairs itself at the next start.")]
    Stop,

    #[error("Could not {doing} {}: {source}", .path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { doing, path: path.to_owned(), source }
}

/// Whether data survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// Every commit is on the disk before it is reported.
    Durable,
    /// For tests: nothing is ever flushed, so creating and dropping databases is quick.
    Throwaway,
}

/// A running server that this process owns. Dropping it stops the server as [`Server::stop`] does.
#[derive(Debug)]
pub struct Server {
    socket: PathBuf,
    keeper: Keeper,
    /// Declared last: the home is free for the next owner only when the server is gone.
    _lock: File,
}

impl Server {
    /// Starts the server of `home`, which is created if missing (0.8 s, later starts 0.1 s), and returns when it accepts connections.
    /// Blocks; up to minutes when a crashed server has much to replay.
    ///
    /// # Errors
    /// [`Error::InUse`] if another process (or another `Server` of this one) owns the home; any other [`Error`] but `Stop` otherwise.
    pub fn start(home: &Path, speed: Speed) -> Result<Self, Error> {
        let since = Instant::now();
        loop {
            match Self::start_at_once(home, speed) {
                Err(Error::InUse { .. }) if since.elapsed() < TAKE_LIMIT => pause(),
                result => return result,
            }
        }
    }

    fn start_at_once(home: &Path, speed: Speed) -> Result<Self, Error> {
        let home = cluster::make_home(home)?;
        let mut lock = take(&home)?;
        let cluster = Cluster::prepare(&home, speed)?;
        let socket = cluster.socket.clone();
        let record = format!("{}\n{}\n", std::process::id(), socket.display());
        lock.set_len(0)
            .and_then(|()| lock.write_all(record.as_bytes()))
            .map_err(io_error("write", &home.join(LOCK)))?;
        Ok(Self { socket, keeper: Keeper::start(cluster)?, _lock: lock })
    }

    /// URL of the database for libpq, without any secret. Only this account and root may connect.
    pub fn url(&self) -> String {
        url(&self.socket, "kith", "kith")
    }

    /// Ends all sessions, writes a checkpoint and stops the server (0.1 s, at most 45 s); fails with [`Error::Stop`] if it had to be
    /// ended hard. Drop the connection pool first, or its connections log errors.
    pub fn stop(self) -> Result<(), Error> {
        self.keeper.stop()
    }
}

/// The right to use the server of a home, from [`open`].
#[derive(Debug)]
pub enum Access {
    /// No other process ran the server: this one does, for as long as this value lives.
    Owner(Server),
    /// Another process runs the server: this one only connects, as with [`Server::url`], and never stops it.
    Guest { url: String },
}

impl Access {
    /// URL of the database, see [`Server::url`].
    pub fn url(&self) -> String {
        match self {
            Self::Owner(server) => server.url(),
            Self::Guest { url } => url.clone(),
        }
    }
}

/// For commands that need the database for a moment: attaches to the server of a running owner, else owns the server meanwhile. Waits up
/// to 30 s for an owner that is just starting or stopping, then fails with [`Error::InUse`]; else as [`Server::start`].
pub fn open(home: &Path) -> Result<Access, Error> {
    let since = Instant::now();
    loop {
        let in_use = match Server::start_at_once(home, Speed::Durable) {
            Ok(server) => return Ok(Access::Owner(server)),
            Err(error @ Error::InUse { .. }) => error,
            Err(error) => return Err(error),
        };
        if let (_, Some(socket)) = read_lock(home) {
            let url = url(&socket, "kith", "kith");
            if PgConnection::establish(&url).is_ok() {
                return Ok(Access::Guest { url });
            }
        }
        if since.elapsed() > ATTACH_LIMIT {
            return Err(in_use);
        }
        pause();
    }
}

/// URL of the database of a home whose server runs, see [`Server::url`]; `None` if it cannot be reached.
pub fn running(home: &Path) -> Option<String> {
    let url = url(&read_lock(home).1?, "kith", "kith");
    PgConnection::establish(&url).is_ok().then_some(url)
}

/// Whether a process owns the server of a home, be it that it can be reached or not.
pub fn is_owned(home: &Path) -> bool {
    matches!(take(home), Err(Error::InUse { .. }))
}

/// Whether there is a cluster in a home.
pub fn is_made(home: &Path) -> bool {
    home.join("data").join("PG_VERSION").exists()
}

/// The default home: for root `/var/lib/<name>`, else `<name>` in the user's data folder (`XDG_DATA_HOME`, by default `~/.local/share`).
pub fn default_home(name: &str) -> Result<PathBuf, Error> {
    if geteuid().is_root() {
        return Ok(Path::new("/var/lib").join(name));
    }
    let absolute = |variable| setting(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = match (absolute("XDG_DATA_HOME"), absolute("HOME")) {
        (Some(data), _) => data,
        (None, Some(home)) => home.join(".local/share"),
        (None, None) => account(geteuid())?.dir.join(".local/share"),
    };
    Ok(data.join(name))
}

fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

/// A variable of the environment, which is read here alone; an empty one counts as unset.
fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn account(uid: Uid) -> Result<User, Error> {
    User::from_uid(uid).ok().flatten().ok_or(Error::NoAccount(uid))
}

fn url(socket: &Path, database: &str, role: &str) -> String {
    let host = utf8_percent_encode(&socket.to_string_lossy(), NON_ALPHANUMERIC).to_string();
    // The port only names the socket file; given because PGPORT would change it.
    format!("postgresql:///{database}?host={host}&port=5432&user={role}")
}

const LOCK: &str = "owner.lock";

/// Takes the owner's lock of `home`.
fn take(home: &Path) -> Result<File, Error> {
    let path = home.join(LOCK);
    let owner = fs::metadata(home).map_err(io_error("read", home))?.uid();
    let ours = owner == geteuid().as_raw();
    let lock = File::options().read(true).write(true).create(ours).truncate(false).mode(0o600).open(&path);
    match lock.as_ref().map(File::try_lock) {
        Ok(Err(TryLockError::WouldBlock)) => Err(Error::InUse { home: home.to_owned(), pid: read_lock(home).0 }),
        _ if !ours => {
            let owner = account(Uid::from_raw(owner)).map_or_else(|_| owner.to_string(), |user| user.name);
            Err(Error::Foreign { home: home.to_owned(), owner })
        }
        Ok(Err(TryLockError::Error(source))) => Err(io_error("lock", &path)(source)),
        _ => lock.map_err(io_error("open", &path)),
    }
}

/// The pid and the socket folder of the owner; empty for a moment while it starts.
fn read_lock(home: &Path) -> (Option<u32>, Option<PathBuf>) {
    let text = fs::read_to_string(home.join(LOCK)).unwrap_or_default();
    let mut lines = text.lines();
    (lines.next().and_then(|pid| pid.parse().ok()), lines.next().map(PathBuf::from))
}
