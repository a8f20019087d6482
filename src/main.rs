//! Reads the subcommand and calls the library.

use clap::Parser;

fn main() -> std::process::ExitCode {
    kith::cli::run(kith::cli::Cli::parse())
}
