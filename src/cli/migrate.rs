//! `kith migrate`: runs the pending migrations.

use std::process::ExitCode;

use crate::config::Config;

pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    super::open(config)?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
