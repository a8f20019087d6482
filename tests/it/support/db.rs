//! Databases: one throw-away server for the whole process, one migrated template in it, one copy of that for each test.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Text,
};
use kith::db::{
    Db,
    local::{Server, Speed},
    migrate::run_pending,
};
use nix::{sys::signal::kill, unistd::Pid};

const TEMPLATE: &str = "migrated";
/// Folders are named after the process that they belong to.
const PREFIX: &str = "kith-test-";

/// A database of its own, gone when this is dropped.
pub struct TestDb {
    name: String,
}

impl TestDb {
    /// One with all tables, empty.
    pub fn new() -> Self {
        template();
        Self::create(&format!("TEMPLATE {TEMPLATE} STRATEGY file_copy"))
    }

    /// One without any tables.
    pub fn blank() -> Self {
        Self::create("TEMPLATE template0 STRATEGY file_copy")
    }

    fn create(how: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        admin(&format!("CREATE DATABASE {name} {how}"));
        Self { name }
    }

    /// Where to connect.
    pub fn url(&self) -> String {
        url(&self.name)
    }

    /// A connection past the application.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap_or_else(|error| panic!("{} is there: {error}", self.name))
    }

    /// The application's way to the database.
    pub fn pool(&self, size: u32) -> Db {
        Db::new(&self.url(), size, Duration::from_secs(20))
    }

    /// Runs statements that answer nothing.
    pub fn run(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The first column of a question's answer, as text; null is "null".
    pub fn column(&self, sql: &str) -> Vec<String> {
        column(&mut self.connect(), sql)
    }

    /// The one value that is the answer, as text.
    pub fn one(&self, sql: &str) -> String {
        let mut values = self.column(sql);
        assert_eq!(values.len(), 1, "{sql} has one answer, not {values:?}");
        values.remove(0)
    }

    /// The one number that is the answer.
    pub fn number(&self, sql: &str) -> i64 {
        let value = self.one(sql);
        value.parse().unwrap_or_else(|error| panic!("{sql} is {value}: {error}"))
    }

    /// What the rows of tables, or of questions in brackets, amount to: equal if nothing in them changed.
    pub fn digest(&self, tables: &[&str]) -> Vec<String> {
        let one = |table: &&str| {
            let rows = format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t");
            format!("{table}: {} rows, {}", self.number(&format!("SELECT count(*) FROM {table} t")), self.one(&rows))
        };
        tables.iter().map(one).collect()
    }

    /// Tables that hold what is known of people, as the placement of tables has them.
    pub fn state_tables(&self) -> Vec<String> {
        let tables = self.column("SELECT rel FROM table_placement WHERE kind IN ('spread', 'lookup') ORDER BY rel");
        assert!(tables.len() > 10, "{tables:?}");
        tables
    }

    /// [`TestDb::digest`] of everything that is known of people.
    pub fn digest_of_state(&self) -> Vec<String> {
        self.digest(&self.state_tables().iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Puts its files into a tablespace.
    pub fn move_to(&self, tablespace: &str) {
        self.set_open(false);
        admin(&format!("ALTER DATABASE {} SET TABLESPACE {tablespace}", self.name));
        self.set_open(true);
    }

    /// Lets new connections in, or ends those that are there and refuses new ones.
    pub fn set_open(&self, open: bool) {
        admin(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS {open}", self.name));
        if !open {
            admin(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name));
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// The first column of a question's answer, as text; null is "null".
pub fn column(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let asked = format!("SELECT coalesce(v::text, 'null') AS value FROM ({sql}) AS answer (v)");
    let rows: Vec<Row> = sql_query(asked).load(conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(|row| row.value).collect()
}

fn admin(sql: &str) {
    run(&url("kith"), sql);
}

/// Runs a statement as the server's superuser.
pub fn superuser(sql: &str) {
    run(&url("kith").replace("user=kith", "user=kith_admin"), sql);
}

fn run(url: &str, sql: &str) {
    let mut conn = PgConnection::establish(url).expect("the test server is there");
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn url(database: &str) -> String {
    server().url().replacen("/kith?", &format!("/{database}?"), 1)
}

fn server() -> &'static Server {
    // It ends with this process: the kernel tells it.
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let parent = roomy_folder();
        sweep(&parent);
        let home = parent.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&home).expect("a folder for the test server");
        // The server's account, which is not ours under root, must pass.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o711)).expect("its mode");
        remove_afterwards(&home);
        Server::start(&home, Speed::Throwaway).expect("the test server starts")
    })
}

/// Leaves somebody behind who notices the end of this process and clears the folder.
fn remove_afterwards(home: &Path) {
    let wait_and_remove = r#"cat; for _ in 1 2 3 4 5; do sleep 1; rm -rf "$0" && break; done"#;
    let mut command = Command::new("sh");
    command.args(["-c", wait_and_remove]).arg(home).process_group(0).stdin(Stdio::piped());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
    // The pipe closes when this process ends, however that happens.
    std::mem::forget(child);
}

fn template() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        admin(&format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0"));
        let mut conn = PgConnection::establish(&url(TEMPLATE)).expect("the template is there");
        run_pending(&mut conn).expect("it is migrated");
    });
}

/// Memory if there is enough of it, else the disk.
fn roomy_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = nix::sys::statvfs::statvfs(memory).map_or(0, |about| about.blocks_available() * about.fragment_size());
    if free >= 2 << 30 { memory.to_owned() } else { std::env::temp_dir() }
}

/// Removes what earlier processes left, if whoever should have done so was ended too.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse().ok());
        if owner.is_some_and(|pid| kill(Pid::from_raw(pid), None).is_err()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
