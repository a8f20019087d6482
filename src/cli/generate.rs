//! `kith generate`: fills an environment with many generated profiles and events.

use std::{
    process::ExitCode,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::counted;
use crate::{
    config::Config,
    generate::{Amount, WORKERS, Written, generate},
};

#[derive(clap::Args)]
pub struct Args {
    /// How many people, 1 to 5,000,000
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    profiles: u32,
    /// How many events they have together, 0 to 100,000,000
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    events: u32,
    /// Another seed gives other people. An environment takes each seed once
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Environment: live or test, or for example acme/live if there are several workspaces
    #[arg(long, default_value = "live", value_name = "[WORKSPACE/]live|test")]
    environment: String,
}

/// Time limit of one statement.
const STATEMENT_LIMIT: Duration = Duration::from_secs(600);

pub fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut config = config.clone();
    config.database.statement_limit = STATEMENT_LIMIT;
    config.database.connections = WORKERS;
    let opened = super::open(&config)?;
    let environment = super::environment(&opened.db, &args.environment)?;
    let amount = Amount { seed: args.seed, profiles: args.profiles, events: args.events };
    let bar = ProgressBar::new(u64::from(args.profiles) + u64::from(args.events));
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left") {
        bar.set_style(style);
    }
    let (written, since) = (Written::default(), Instant::now());
    let position = || written.profiles.load(Ordering::Relaxed) + written.events.load(Ordering::Relaxed);
    let done = super::watched(&bar, position, || generate(&opened.db, &super::clock(), environment, amount, &written));
    bar.finish_and_clear();
    done?;
    let (seconds, rows) = (since.elapsed().as_secs_f64(), written.rows.load(Ordering::Relaxed));
    println!(
        "{} and {} in {seconds:.1} s: {}, {:.0} a second",
        counted(args.profiles.into(), "profile", "profiles"),
        counted(args.events.into(), "event", "events"),
        counted(rows, "row", "rows"),
        rows as f64 / seconds
    );
    Ok(ExitCode::SUCCESS)
}
