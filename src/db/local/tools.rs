//! The programs that write and read backups, `pg_dump` and `pg_restore`: found where the server programs are, also where these are not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    Error, cluster,
    programs::{folders, install_clients, major_of},
    setting,
};

/// `pg_dump` and `pg_restore` of one installed version.
#[derive(Debug)]
pub struct Tools {
    folder: PathBuf,
    major: u32,
}

impl Tools {
    /// Those for a server of this version, the closest first: of its own version, else of newer ones, which can talk to it too.
    ///
    /// # Errors
    /// None is as new as the server.
    pub fn for_server(major: u32) -> Result<Vec<Self>, Error> {
        let mut found: Vec<Self> =
            folders(setting("KITH_PG_BIN").as_deref()).iter().filter_map(|folder| Self::at(folder)).collect();
        found.sort_by_key(|tools| tools.major);
        found.dedup_by_key(|tools| tools.major);
        let older: Vec<String> = found.iter().map(|tools| tools.major.to_string()).collect();
        found.retain(|tools| tools.major >= major);
        if found.is_empty() {
            let here = if older.is_empty() { "none".to_owned() } else { format!("version {}", older.join(", ")) };
            return Err(Error::NoTools { wanted: major, found: here, install: install_clients(major) });
        }
        Ok(found)
    }

    /// Debian's `pg_dump` in `PATH` is a script that chooses a version by itself; it does not count.
    fn at(folder: &Path) -> Option<Self> {
        let program = fs::canonicalize(folder.join("pg_dump")).ok()?;
        (program.file_name()? == "pg_dump").then_some(())?;
        let folder = program.parent()?.to_owned();
        folder.join("pg_restore").is_file().then_some(())?;
        Some(Self { folder, major: major_of(&program)? })
    }

    /// Major version of these programs.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// A run of `pg_dump` under our account. It ends with us.
    pub fn dump(&self) -> Command {
        self.command("pg_dump")
    }

    /// A run of `pg_restore`, as [`Tools::dump`].
    pub fn restore(&self) -> Command {
        self.command("pg_restore")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        // What libpq reads of the environment is as good for them as it is for us.
        command.env("LC_ALL", "C").env_remove("DATABASE_URL").stdin(Stdio::null());
        cluster::stop_with_us(&mut command);
        command
    }
}
