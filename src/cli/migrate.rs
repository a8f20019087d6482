//! `kith migrate`: runs the pending migrations.

use std::process::ExitCode;

use super::First;
use crate::config::Config;

#[derive(clap::Args)]
pub struct Args {
    /// Take no backup first. Without this, the private Postgres is backed up into its data directory, as before-0052.dump
    #[arg(long)]
    no_backup: bool,
}

pub fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let reached = super::reach_or_make(config)?;
    let first = if args.no_backup { First::Nothing } else { reached.first() };
    super::connect(config, &reached.url, first)?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
