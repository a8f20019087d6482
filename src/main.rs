//! Reads the subcommand and calls the library.

use clap::Parser;

/// glibc's allocator keeps what password hashes and large bodies took, in an arena for each thread: 300 MB and more. This one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    kith::cli::run(kith::cli::Cli::parse())
}
