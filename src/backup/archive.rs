//! Reads backups, with `pg_restore`.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, bail};

use super::programs::{self, Failure};
use crate::db::{local::Tools, migrate};

/// A backup file of kith.
pub struct Archive {
    path: PathBuf,
    tools: Tools,
}

impl Archive {
    /// Opens a file that is to be restored on a server of this major version.
    ///
    /// # Errors
    /// It cannot be read, is no backup of kith, or is one of a newer kith.
    pub fn open(path: &Path, server_major: u32) -> anyhow::Result<Self> {
        File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let archive = Self { path: path.to_owned(), tools: readers(path, server_major)? };
        let newest = archive.newest_migration()?;
        if let Some(known) = migrate::known().last().filter(|known| **known < newest) {
            bail!(
                "{} was made by a newer kith: its newest migration is {newest}, and this version knows those up to {known}. \
                 Restore it with a kith that knows {newest}: the one that made it, or a newer one",
                path.display()
            );
        }
        Ok(archive)
    }

    /// Number of the newest migration in it.
    fn newest_migration(&self) -> anyhow::Result<String> {
        let mut command = self.tools.restore();
        command.args(["--data-only", "--table=__diesel_schema_migrations", "--file=-", "--"]).arg(&self.path);
        let output = programs::run(command.stdout(Stdio::piped())).map_err(|error| self.damaged(error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rows = text.lines().skip_while(|line| !line.starts_with("COPY ")).skip(1).take_while(|line| *line != "\\.");
        let newest = rows.filter_map(|row| row.split('\t').next()).max().map(str::to_owned);
        newest.with_context(|| {
            format!("{} is a backup of another program: it has no tables of kith", self.path.display())
        })
    }

    /// Restores it into the empty database at `url`.
    ///
    /// # Errors
    /// The file is damaged, or the disk full.
    pub fn restore(&self, url: &str, how: How) -> anyhow::Result<()> {
        let mut command = self.tools.restore();
        command.args(["--no-owner", "--no-privileges", "--exit-on-error"]);
        match how {
            How::Quickly => {
                let jobs = std::thread::available_parallelism().map_or(1, |most| most.get().min(4));
                command.arg(format!("--jobs={jobs}"))
            }
            How::AllOrNothing => command.arg("--single-transaction"),
        };
        programs::on(&mut command, url).arg("--").arg(&self.path);
        programs::run(command.stdout(Stdio::null())).map(drop).map_err(|error| self.damaged(error))
    }

    fn damaged(&self, error: anyhow::Error) -> anyhow::Error {
        let path = self.path.display();
        match error.downcast::<Failure>() {
            Ok(Failure(reason)) => anyhow::anyhow!("{path} cannot be restored: {reason}"),
            Err(other) => other,
        }
    }
}

/// How to restore.
#[derive(Clone, Copy)]
pub enum How {
    /// Several tables at a time; a failure leaves some of them.
    Quickly,
    /// In one transaction.
    AllOrNothing,
}

/// The programs closest to the server's version that can read the file.
fn readers(path: &Path, server_major: u32) -> anyhow::Result<Tools> {
    let mut refusal = None;
    for tools in Tools::for_server(server_major)? {
        let mut command = tools.restore();
        command.args(["--list", "--"]).arg(path);
        match programs::run(command.stdout(Stdio::null())) {
            Ok(_) => return Ok(tools),
            Err(error) => refusal = Some((tools.major(), error.downcast::<Failure>()?.0)),
        }
    }
    let (major, refusal) = refusal.unwrap_or_default();
    if refusal.contains("unsupported version") {
        bail!(
            "{} was made by a newer PostgreSQL than {major}, the newest here: install that one's programs",
            path.display()
        );
    }
    bail!("{} is no backup of kith, or its beginning is damaged ({refusal})", path.display())
}
