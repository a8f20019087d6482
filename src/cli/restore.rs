//! `kith restore`: puts a backup in the place of the database.

use std::{path::PathBuf, process::ExitCode};

use crate::{
    auth::Action,
    backup,
    config::Config,
    db::local::{Server, Speed},
    status::Noted,
};

#[derive(clap::Args)]
pub struct Args {
    /// File that `kith backup` wrote
    file: PathBuf,
    /// Also where there are people: the old database stays, under another name
    #[arg(long)]
    replace: bool,
}

pub fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let (url, server) = match &config.database.url {
        Some(url) => (url.clone(), None),
        None => {
            // A file that is not there makes no data directory.
            std::fs::File::open(&args.file)
                .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", args.file.display()))?;
            // As its owner: nobody else is to be in it meanwhile.
            let server = Server::start(&super::home(config, "kith")?, Speed::Durable)?;
            (server.url(), Some(server))
        }
    };
    let restored = backup::restore(&url, &args.file, args.replace, super::clock().now())?;
    let (name, size) = super::named(&args.file);
    let faults = i64::try_from(restored.faults.len()).unwrap_or(i64::MAX);
    let (until, at) = (restored.contents.newest(), super::clock().now());
    super::note_backup(&url, &Noted { action: Action::BackupRestored, file: name, size, faults, until, at });
    println!("Restored: {}. {}", restored.contents, restored.contents.until());
    for fault in &restored.faults {
        println!("  Not in order: {fault}");
    }
    if let Some(kept) = &restored.kept {
        println!("The database that was there before is kept as {kept}. To be rid of it: DROP DATABASE {kept}");
    }
    if let Some(server) = server {
        server.stop()?;
    }
    Ok(ExitCode::SUCCESS)
}
