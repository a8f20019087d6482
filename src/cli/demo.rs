//! `kith demo`: the console with generated data.

use std::process::ExitCode;

use super::serve::serve;
use crate::{config::Config, demo};

pub fn run(config: Config) -> anyhow::Result<ExitCode> {
    serve(config, "kith-demo", |console| {
        demo::fill(&console.state.db, &console.state.clock)?;
        Ok(demo::ACCOUNTS.to_vec())
    })
}
