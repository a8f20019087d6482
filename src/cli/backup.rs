//! `kith backup`: writes all that is in the database into a file.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    auth::Action,
    backup::{self, Source},
    config::Config,
    status::Noted,
    web::words,
};

#[derive(clap::Args)]
pub struct Args {
    /// File to write, in the place of one that is there; - is standard output
    #[arg(value_name = "FILE|-", required_unless_present = "to", conflicts_with = "to")]
    file: Option<PathBuf>,
    /// Folder to write into, under a name with the time and the newest migration: kith-2026-11-28T2117Z-0051.dump
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// With --to: how many backups stay in the folder; after a new one the oldest go [default: all stay]
    #[arg(long, value_name = "N", requires = "to", conflicts_with = "file", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

pub fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let to_output = args.file.as_deref() == Some(Path::new("-"));
    anyhow::ensure!(
        !to_output || !std::io::stdout().is_terminal(),
        "a backup is not to be read on a terminal: name a file, or pass it on, as in kith backup - | gpg -e …"
    );
    let reached = super::reach(config)?;
    let url = &reached.url;
    let now = super::clock().now();
    let source = Source::at(url)?;
    let until = format!("It holds everything until {} UTC.", now.format("%-d %b %Y, %H:%M:%S"));
    let noted = |file: Option<&Path>| {
        let (file, size) = file.map_or_else(Default::default, super::named);
        Noted { action: Action::BackupWritten, file, size, faults: 0, until: Some(now), at: now }
    };
    if to_output {
        source.to_output()?;
        super::note_backup(url, &noted(None));
        eprintln!("{until}");
        return Ok(ExitCode::SUCCESS);
    }
    let (file, size, removed) = match (&args.to, &args.file) {
        (Some(folder), _) => {
            let keep = args.keep.and_then(|keep| usize::try_from(keep).ok());
            let written = backup::into_folder(&source, folder, keep, now)?;
            (written.file, written.size, written.removed)
        }
        (None, Some(file)) => (file.clone(), source.to_file(file)?, 0),
        (None, None) => anyhow::bail!("name a file"),
    };
    super::note_backup(url, &noted(Some(&file)));
    println!("{} is written, {}. {until}", file.display(), super::megabytes(size));
    if removed > 0 {
        let removed = i64::try_from(removed).unwrap_or(i64::MAX);
        println!("{} removed.", words::counted(removed, "older backup is", "older backups are"));
    }
    Ok(ExitCode::SUCCESS)
}
