//! `kith bounce < mail`: what a mail says that came back, for a mail server that hands mails to a program.

use std::{
    io::{self, Read},
    process::ExitCode,
};

use anyhow::Context;
use diesel::{Connection, PgConnection};

use crate::{
    config::Config,
    db::{local, migrate},
    feedback::{Kept, keep_anywhere, mail},
};

/// What mail servers take as “try again later” (`EX_TEMPFAIL` of sysexits.h).
const LATER: u8 = 75;

/// Keeps what the mail says. What is no such mail is left out with a word: a mail server could do nothing better with it.
pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    io::stdin().take(mail::LARGEST as u64).read_to_end(&mut text)?;
    // A mail server takes it ill if a program does not read to the end.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    let reports = match mail::read(&text) {
        Ok(reports) => reports,
        Err(refused) => {
            eprintln!("kith: left out. {refused}");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let now = super::clock().now();
    let kept = open(config).and_then(|mut conn| Ok(conn.transaction(|conn| keep_anywhere(conn, &reports, now))?));
    match kept {
        Ok(Kept { new, known, unknown, .. }) => {
            println!("{new} new, {known} known before, {unknown} of messages that kith did not send.");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("kith: {error:#}");
            Ok(ExitCode::from(LATER))
        }
    }
}

/// The database of a kith that runs, as it is: a mail neither starts a server nor changes tables.
fn open(config: &Config) -> anyhow::Result<PgConnection> {
    let url = match &config.database.url {
        Some(url) => url.clone(),
        None => local::running(&super::home(config, "kith")?).context("kith does not run here")?,
    };
    let mut conn = PgConnection::establish(&url)
        .map_err(|error| anyhow::anyhow!("Postgres cannot be reached: {}", error.to_string().trim()))?;
    match migrate::obstacle(&mut conn)? {
        Some(why) => anyhow::bail!("the database cannot be used by this program: {why}"),
        None => Ok(conn),
    }
}
