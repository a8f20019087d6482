//! `kith check-backup`: whether a backup is good, by restoring it on a server that is thrown away.

use std::{path::PathBuf, process::ExitCode};

use crate::{auth::Action, backup, config::Config, db::local, status::Noted};

#[derive(clap::Args)]
pub struct Args {
    /// File that `kith backup` wrote
    file: PathBuf,
}

pub fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let (contents, faults) = backup::check(&args.file)?;
    note(config, args, &contents, faults.len());
    println!("In it: {contents}.");
    if faults.is_empty() {
        println!("Good: {}. {}", contents.in_short(), contents.until());
        return Ok(ExitCode::SUCCESS);
    }
    println!("It can be restored, but not all in it is right:");
    for fault in &faults {
        println!("  {fault}");
    }
    println!("{}", contents.until());
    Ok(ExitCode::FAILURE)
}

/// Notes the result in the database of this kith, if there is one here: a backup may be checked on another machine.
fn note(config: &Config, args: &Args, contents: &backup::Contents, faults: usize) {
    let is_here = || super::home(config, "kith").is_ok_and(|home| local::is_made(&home));
    if config.database.url.is_none() && !is_here() {
        return;
    }
    let (file, size) = super::named(&args.file);
    let faults = i64::try_from(faults).unwrap_or(i64::MAX);
    let noted =
        Noted { action: Action::BackupChecked, file, size, faults, until: contents.newest(), at: super::clock().now() };
    match super::reach(config) {
        Ok(reached) => super::note_backup(&reached.url, &noted),
        Err(error) => tracing::warn!(%error, "it could not be noted in the database"),
    }
}
