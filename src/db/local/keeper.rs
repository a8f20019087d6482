//! The thread that keeps the server: starts it, restarts it if it dies, stops it.

use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{
    Error,
    cluster::{ADMIN, Cluster, STOP_LIMIT},
    io_error, url,
};

/// Time for a server to become ready: a crashed one replays at most `max_wal_size`, but disks can be slow.
const READY_LIMIT: Duration = Duration::from_secs(300);
/// With the pauses between them (0.1 s, doubling) these attempts take about 6 s: sessions of a killed server may need a moment to end.
const ATTEMPTS: usize = 7;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A server that ran this long was fine, so the pauses begin anew.
const FINE: Duration = Duration::from_secs(60);

/// The kernel's parent-death signal follows the thread that started the child, hence a thread for the server.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Dropped to ask the thread to end.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Keeper {
    /// Starts the thread; returns when the server accepts connections and our role and database exist.
    pub(super) fn start(cluster: Cluster) -> Result<Self, Error> {
        let cluster = Arc::new(cluster);
        let (stop, stopped) = mpsc::channel();
        let (report, ends) = mpsc::channel();
        let (kept, is_ready) = (Arc::clone(&cluster), Arc::new(AtomicBool::new(false)));
        let ready = Arc::clone(&is_ready);
        let thread =
            thread::Builder::new().name("postgres-keeper".into()).spawn(move || keep(&kept, &ready, &stopped, &report));
        let thread = thread.map_err(io_error("start a thread for", &cluster.socket))?;
        let keeper = Self { stop: Some(stop), thread: Some(thread) };
        let mut conn = wait_until_ready(&cluster, &ends)?;
        is_ready.store(true, Ordering::SeqCst);
        make_database(&mut conn)?;
        Ok(keeper)
    }

    pub(super) fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        drop(self.stop.take());
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Err(Error::Stop)))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "stopping the private PostgreSQL");
        }
    }
}

fn keep(cluster: &Cluster, is_ready: &AtomicBool, stop: &Receiver<()>, report: &Sender<String>) -> Result<(), Error> {
    let mut pause = Duration::from_millis(100);
    loop {
        let since = Instant::now();
        let end = match cluster.spawn() {
            Ok(child) => match watch(child, is_ready, stop, &cluster.socket_file()) {
                Watched::Stopped(result) => {
                    cluster.tidy();
                    return result;
                }
                Watched::Ended(how) => how,
            },
            Err(error) => error.to_string(),
        };
        is_ready.store(false, Ordering::SeqCst);
        if since.elapsed() > FINE {
            pause = Duration::from_millis(100);
        }
        tracing::warn!(end, ?pause, "the private PostgreSQL ended, starting it again");
        // Nobody listens after the first start.
        let _ = report.send(end);
        if !matches!(stop.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
            cluster.tidy();
            return Ok(());
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Watched {
    Stopped(Result<(), Error>),
    Ended(String),
}

/// Waits for the child to end, `stop` or the loss of the socket file: without it nobody can connect, and the server does not notice that it
/// was deleted. A server that is ready had its socket, even if it was deleted before this thread saw it.
fn watch(mut child: Child, is_ready: &AtomicBool, stop: &Receiver<()>, socket: &Path) -> Watched {
    let (mut was_there, mut missing) = (false, 0);
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_millis(200)) {
        was_there |= is_ready.load(Ordering::SeqCst) || socket.exists();
        missing = if was_there && !socket.exists() { missing + 1 } else { 0 };
        match child.try_wait() {
            Ok(None) if missing < 3 => {}
            Ok(None) => {
                let stopped = stop_child(child).err().map(|error| format!(" {error}")).unwrap_or_default();
                return Watched::Ended(format!(
                    "its socket, {}, was deleted, so it was stopped.{stopped}",
                    socket.display()
                ));
            }
            Ok(Some(status)) => return Watched::Ended(status.to_string()),
            Err(error) => return Watched::Ended(error.to_string()),
        }
    }
    Watched::Stopped(stop_child(child))
}

/// Fast shutdown, then immediate shutdown, then SIGKILL.
fn stop_child(mut child: Child) -> Result<(), Error> {
    let pid = Pid::from_raw(child.id().cast_signed());
    for (signal, limit) in [
        (Signal::SIGINT, STOP_LIMIT),
        (Signal::SIGQUIT, Duration::from_secs(10)),
        (Signal::SIGKILL, Duration::from_secs(5)),
    ] {
        let _ = kill(pid, signal);
        let since = Instant::now();
        while since.elapsed() < limit {
            if let Ok(Some(_)) = child.try_wait() {
                return if signal == Signal::SIGINT { Ok(()) } else { Err(Error::Stop) };
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
    Err(Error::Stop)
}

fn wait_until_ready(cluster: &Cluster, ends: &Receiver<String>) -> Result<PgConnection, Error> {
    let url = url(&cluster.socket, "postgres", ADMIN);
    let since = Instant::now();
    let mut attempts = 0;
    loop {
        let refusal = match PgConnection::establish(&url) {
            Ok(connection) => return Ok(connection),
            Err(error) => error.to_string(),
        };
        if let Ok(end) = ends.recv_timeout(Duration::from_millis(15)) {
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(cluster.start_error(end));
            }
        }
        if since.elapsed() > READY_LIMIT || refusal.contains("authentication failed") {
            return Err(cluster.start_error(refusal));
        }
    }
}

fn make_database(connection: &mut PgConnection) -> Result<(), Error> {
    for (exists, make) in [
        ("SELECT FROM pg_roles WHERE rolname = 'kith'", "CREATE ROLE kith LOGIN CREATEDB"),
        ("SELECT FROM pg_database WHERE datname = 'kith'", "CREATE DATABASE kith OWNER kith"),
    ] {
        if sql_query(exists).execute(connection)? == 0 {
            connection.batch_execute(make)?;
        }
    }
    Ok(())
}
