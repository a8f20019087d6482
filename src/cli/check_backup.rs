//! `kith check-backup`: whether a backup is good, by restoring it on a server that is thrown away.

use std::{path::PathBuf, process::ExitCode};

use crate::backup;

#[derive(clap::Args)]
pub struct Args {
    /// File that `kith backup` wrote
    file: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (contents, faults) = backup::check(&args.file)?;
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
