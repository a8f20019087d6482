//! Writes backups, with `pg_dump`.

use std::{path::Path, process::Stdio};

use anyhow::{Context, bail};
use diesel::{Connection, PgConnection};

use super::{part::Part, programs};
use crate::db::{
    databases::{newest_migration, server_major},
    local::Tools,
};

/// A database to back up.
pub struct Source {
    url: String,
    tools: Tools,
    migration: String,
}

impl Source {
    /// The database at this address, as it is: it may be older or newer than this kith.
    ///
    /// # Errors
    /// It cannot be reached, or has no tables of kith; or the programs are missing.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        let mut conn = connect(url)?;
        let Some(migration) = newest_migration(&mut conn)? else {
            bail!("there is nothing to back up: the database has no tables of kith");
        };
        let tools = Tools::for_server(server_major(&mut conn)?)?.into_iter().next().context("no pg_dump")?;
        Ok(Self { url: url.to_owned(), tools, migration })
    }

    /// Number of the newest migration that ran on it.
    pub fn migration(&self) -> &str {
        &self.migration
    }

    /// Writes a backup to this place, whole or not at all. Returns its size.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn to_file(&self, place: &Path) -> anyhow::Result<u64> {
        let part = Part::begin(place)?;
        self.write(part.file()?.into()).with_context(|| format!("{} was not written", place.display()))?;
        part.finish()
    }

    /// Writes a backup to standard output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn to_output(&self) -> anyhow::Result<()> {
        self.write(Stdio::inherit()).context("the backup was not written whole")
    }

    fn write(&self, to: Stdio) -> anyhow::Result<()> {
        let mut command = self.tools.dump();
        command.args(["--format=custom", "--no-owner", "--no-privileges"]).stdout(to);
        programs::run(programs::on(&mut command, &self.url)).map(drop)
    }
}

/// Connects to a database.
pub fn connect(url: &str) -> anyhow::Result<PgConnection> {
    let conn = PgConnection::establish(url);
    conn.map_err(|error| anyhow::anyhow!("Postgres cannot be reached: {}", error.to_string().trim()))
}
