//! The files of a PostgreSQL cluster, and the command that serves it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

use super::{Error, Speed, account, io_error, programs::Programs};

/// Bootstrap superuser: only creates our role and database.
pub(super) const ADMIN: &str = "kith_admin";
/// Time for a server to stop before it is ended harder.
pub(super) const STOP_LIMIT: Duration = Duration::from_secs(30);

const LOG_LIMIT: u64 = 10 << 20;

/// The log holds what the server does, never what sessions do: statements, failed values and keys are personal data, and each error reaches
/// its session anyway.
const SETTINGS: [&str; 20] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_statement=none",
    "log_checkpoints=off",
    "jit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "wal_compression=on",
    "max_connections=60",
    "shared_preload_libraries=",
    "archive_mode=off",
    "random_page_cost=1.1",
];
const DURABLE: [&str; 4] = ["fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB"];
const THROWAWAY: [&str; 6] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "checkpoint_timeout=1h",
    "max_wal_size=4GB",
];

/// A cluster on the disk, ready to be served; the owner's lock must be held.
#[derive(Debug)]
pub(super) struct Cluster {
    home: PathBuf,
    data: PathBuf,
    pub(super) socket: PathBuf,
    programs: Programs,
    /// Account of the server: ours, or a harmless one if we are root.
    server: User,
    speed: Speed,
}

/// Creates the home if missing. An existing one keeps its mode: it could be somebody's whole home directory.
pub(super) fn make_home(home: &Path) -> Result<PathBuf, Error> {
    if !home.exists() {
        let parents = home.parent().map_or(Ok(()), fs::create_dir_all);
        parents.map_err(io_error("make the folder above", home))?;
        // The server's account must be able to pass to its folders; the umask may forbid it.
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        let open_up = |()| fs::set_permissions(home, Permissions::from_mode(mode));
        match fs::create_dir(home).and_then(open_up) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(io_error("make", home)(error));
            }
            _ => {}
        }
    }
    let home = fs::canonicalize(home).map_err(io_error("open", home))?;
    match home.to_str() {
        Some(_) => Ok(home),
        None => Err(io_error("use", &home)(io::Error::other("the path is not UTF-8"))),
    }
}

impl Cluster {
    /// Checks the path to the home, writes the access rules, and creates the cluster if there is none.
    pub(super) fn prepare(home: &Path, speed: Speed) -> Result<Self, Error> {
        let data = home.join("data");
        let (us, server) = accounts(&data)?;
        if us.uid != server.uid {
            check_way(home, &server)?;
        }
        let programs = Programs::find(&data)?;
        let socket = socket_folder(home, &server)?;
        let cluster = Self { home: home.to_owned(), data, socket, programs, server, speed };
        cluster.write_access_rules(&us)?;
        cluster.rotate_log()?;
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.init()?;
        }
        make_private(&cluster.socket, &cluster.server)?;
        Ok(cluster)
    }

    /// Starts the server, after clearing what a crashed one left. The calling thread must outlive it.
    pub(super) fn spawn(&self) -> Result<Child, Error> {
        self.clear_left_overs()?;
        // The folder may have been deleted.
        make_private(&self.socket, &self.server)?;
        let log = File::options().create(true).append(true).mode(0o600).open(self.log());
        let log = log.map_err(io_error("open", &self.log()))?;
        let errors = log.try_clone().map_err(io_error("open", &self.log()))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).stdout(log).stderr(errors);
        let paths = [
            format!("hba_file={}", self.home.join("hba.conf").display()),
            format!("ident_file={}", self.home.join("ident.conf").display()),
            format!("unix_socket_directories=\"{}\"", self.socket.display().to_string().replace('"', "\"\"")),
        ];
        let speed = match self.speed {
            Speed::Durable => DURABLE.as_slice(),
            Speed::Throwaway => THROWAWAY.as_slice(),
        };
        for setting in paths.iter().map(String::as_str).chain(SETTINGS).chain(speed.iter().copied()) {
            command.args(["-c", setting]);
        }
        // Its own group: Ctrl-C in the terminal must reach only us, or sessions end before we are done.
        command.process_group(0);
        signal_when_we_die(&mut command, Signal::SIGINT);
        command.spawn().map_err(io_error("run", &self.programs.folder.join("postgres")))
    }

    /// Socket that clients connect to.
    pub(super) fn socket_file(&self) -> PathBuf {
        self.socket.join(".s.PGSQL.5432")
    }

    /// Removes the socket folder if it is outside the home.
    pub(super) fn tidy(&self) {
        if !self.socket.starts_with(&self.home) {
            // If the folder is not empty or gone already, the failure does not matter.
            let _ = fs::remove_dir(&self.socket);
        }
    }

    pub(super) fn start_error(&self, reason: String) -> Error {
        Error::Start { reason, log: self.log(), tail: self.log_tail().unwrap_or_default() }
    }

    fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// The last lines of the server's log.
    fn log_tail(&self) -> io::Result<String> {
        let mut file = File::open(self.log())?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        let end = String::from_utf8_lossy(&end);
        let lines: Vec<_> = end.lines().collect();
        Ok(lines[lines.len().saturating_sub(5)..].join("\n"))
    }

    fn rotate_log(&self) -> Result<(), Error> {
        match fs::metadata(self.log()) {
            Ok(meta) if meta.len() > LOG_LIMIT => {
                fs::rename(self.log(), self.home.join("postgres.log.1")).map_err(io_error("rename", &self.log()))
            }
            _ => Ok(()),
        }
    }

    /// Only our account, the server's and root may connect, as our role or the superuser.
    fn write_access_rules(&self, us: &User) -> Result<(), Error> {
        let mut users = String::new();
        for name in [&us.name, &self.server.name, "root"] {
            for role in ["kith", ADMIN] {
                users += &format!("kith \"{name}\" {role}\n");
            }
        }
        for (file, text) in [("hba.conf", "local all all peer map=kith\n"), ("ident.conf", &users)] {
            let path = self.home.join(file);
            let write = || {
                let mut file = File::options().write(true).create(true).truncate(true).open(&path)?;
                file.set_permissions(Permissions::from_mode(0o644))?;
                file.write_all(text.as_bytes())
            };
            write().map_err(io_error("write", &path))?;
        }
        Ok(())
    }

    /// Creates the cluster beside its final place and renames it, so that a killed `initdb` leaves no half-made cluster.
    fn init(&self) -> Result<(), Error> {
        let draft = self.home.join("data.new");
        match fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(io_error("remove", &draft)(error));
            }
            _ => make_private(&draft, &self.server)?,
        }
        let mut initdb = self.command("initdb");
        initdb.args(["--username", ADMIN, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=peer"]);
        if self.speed == Speed::Throwaway {
            initdb.arg("--no-sync");
        }
        let output = initdb.arg("--pgdata").arg(&draft).output();
        let output = output.map_err(io_error("run", &self.programs.folder.join("initdb")))?;
        if !output.status.success() {
            return Err(Error::Init(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        fs::rename(&draft, &self.data).map_err(io_error("make", &self.data))
    }

    /// A command under the server's account and without our environment: PG*, LC_* and our secrets stay here.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.folder.join(program));
        command.env_clear().env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        command.uid(self.server.uid.as_raw()).gid(self.server.gid.as_raw());
        command
    }

    /// Stops the server of a crashed owner: with the owner's lock held, a server that still runs here can be no other.
    fn clear_left_overs(&self) -> Result<(), Error> {
        let _ = fs::remove_file(self.socket.join(".s.PGSQL.5432.lock"));
        let path = self.data.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(());
        };
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let since = Instant::now();
        while let Ok(pid) = first.trim().parse()
            && serves(pid, &self.data)
        {
            if since.elapsed() > STOP_LIMIT {
                return Err(self.start_error(format!("a server left from before (process {pid}) does not stop.")));
            }
            let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
            std::thread::sleep(Duration::from_millis(50));
        }
        // By now the number may belong to another process, or to one of our threads (containers count from 1 again), and the server would
        // refuse to start. It accepts the number of its parent, which is ours. It still checks the memory block named further down, so
        // sessions that live on still keep it from starting.
        let file = File::options().write(true).truncate(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(&path);
        match file.and_then(|mut file| write!(file, "{}\n{rest}", std::process::id())) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("write", &path)(error)),
            _ => Ok(()),
        }
    }
}

/// Our account and the server's. Existing data keeps its owner as the account, whatever was installed since.
fn accounts(data: &Path) -> Result<(User, User), Error> {
    let us = account(geteuid())?;
    if !us.uid.is_root() {
        return Ok((us.clone(), us));
    }
    let server = match fs::metadata(data) {
        Ok(meta) => account(meta.uid().into())?,
        Err(_) => {
            let named = |name| User::from_name(name).ok().flatten();
            named("postgres").or_else(|| named("nobody")).ok_or(Error::NoAccount(us.uid))?
        }
    };
    Ok((us, server))
}

/// Checks that the server's account may pass every folder down to the home.
fn check_way(home: &Path, server: &User) -> Result<(), Error> {
    for folder in home.ancestors().collect::<Vec<_>>().into_iter().rev() {
        let meta = fs::metadata(folder).map_err(io_error("read", folder))?;
        let pass = match (meta.uid() == server.uid.as_raw(), meta.gid() == server.gid.as_raw()) {
            (true, _) => 0o100,
            (_, true) => 0o010,
            _ => 0o001,
        };
        if meta.mode() & pass == 0 {
            return Err(Error::Unreachable { folder: folder.to_owned(), account: server.name.clone() });
        }
    }
    Ok(())
}

/// The socket folder: in the home, unless the path is too long for a socket (103 bytes on macOS, 107 on Linux) or has a comma, at which
/// libpq would split it.
fn socket_folder(home: &Path, server: &User) -> Result<PathBuf, Error> {
    let folder = home.join("run");
    if folder.as_os_str().len() + "/.s.PGSQL.5432".len() <= 103 && !folder.as_os_str().as_bytes().contains(&b',') {
        return Ok(folder);
    }
    let inode = fs::metadata(home).map_err(io_error("read", home))?.ino();
    Ok(PathBuf::from(format!("/tmp/kith-{}-{inode}", server.uid)))
}

/// Creates a folder that only the server may enter. In /tmp another account could have been quicker: its folder is refused.
fn make_private(folder: &Path, server: &User) -> Result<(), Error> {
    let make = || match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => lchown(folder, Some(server.uid.as_raw()), Some(server.gid.as_raw())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let meta = fs::symlink_metadata(folder)?;
            if meta.is_dir() && meta.uid() == server.uid.as_raw() && meta.mode() & 0o077 == 0 {
                return Ok(());
            }
            Err(io::Error::other(format!("it must be a folder only `{}` may enter; remove it", server.name)))
        }
        Err(error) => Err(error),
    };
    make().map_err(io_error("use", folder))
}

/// Whether the process is a server of this data. A dead process that nobody has reaped yet is not.
#[cfg(target_os = "linux")]
fn serves(pid: i32, data: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|word| word == data.as_os_str().as_bytes())
}

#[cfg(not(target_os = "linux"))]
fn serves(pid: i32, data: &Path) -> bool {
    let line = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output();
    line.is_ok_and(|line| String::from_utf8_lossy(&line.stdout).contains(&*data.to_string_lossy()))
}

/// Asks the kernel to end a program (SIGTERM) when our spawning thread ends, for whatever reason.
pub(super) fn stop_with_us(command: &mut Command) {
    signal_when_we_die(command, Signal::SIGTERM);
}

/// Asks the kernel to send a signal when our spawning thread ends, for whatever reason. A server takes SIGINT as a fast shutdown.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only the child itself can ask for a parent-death signal")]
fn signal_when_we_die(command: &mut Command, signal: Signal) {
    use nix::{errno::Errno, sys::prctl, unistd};
    let us = unistd::getpid();
    let ask = move || {
        prctl::set_pdeathsig(signal)?;
        // We may have died before the call above.
        if unistd::getppid() == us { Ok(()) } else { Err(Errno::ESRCH.into()) }
    };
    // SAFETY: between fork and exec this makes two system calls; it neither allocates nor locks.
    unsafe { command.pre_exec(ask) };
}

/// On other systems the next start clears what is left.
#[cfg(not(target_os = "linux"))]
fn signal_when_we_die(_: &mut Command, _: Signal) {}
