//! Backups: written, restored, and checked by being restored.
//!
//! A backup is one file, as `pg_dump --format=custom` writes it: everything that is in the database. It is written beside its place and put
//! there when it is whole ([`part`]), and it is restored beside the present database, which keeps its name until the new one is in order.
//! What makes a database be in order is in [`rules`].

mod archive;
mod contents;
mod dump;
mod part;
mod programs;
mod restore;
mod rules;
mod scratch;
mod series;

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};

pub use contents::{Contents, faults, has_people};
pub use dump::Source;
pub use restore::{Restored, restore};

/// Result of a backup.
pub struct Written {
    /// Where it is.
    pub file: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Number of older ones that were removed.
    pub removed: usize,
}

/// Writes a backup into a folder under a name with the time, and removes the oldest of those beyond `keep`.
///
/// # Errors
/// It cannot be written; then none is removed.
pub fn into_folder(source: &Source, folder: &Path, keep: Option<usize>, now: DateTime<Utc>) -> anyhow::Result<Written> {
    anyhow::ensure!(folder.is_dir(), "there is no folder {}: make it first", folder.display());
    let file = folder.join(series::name(now, source.migration()));
    let size = source.to_file(&file)?;
    let removed = keep.map_or(Ok(0), |keep| series::keep(folder, keep));
    let removed = removed.with_context(|| {
        format!("{} is written, but older backups in its folder could not be removed", file.display())
    })?;
    Ok(Written { file, size, removed })
}

/// Writes the backup that is taken before the tables change: `before-0052.dump`. Of those before it the newest two stay.
///
/// # Errors
/// It cannot be written.
pub fn before_migration(url: &str, folder: &Path, pending: &str) -> anyhow::Result<PathBuf> {
    let file = folder.join(format!("before-{pending}.dump"));
    Source::at(url)?.to_file(&file)?;
    // The new one is there, which is what the upgrade waits for.
    if let Err(error) = series::keep_before(folder, pending) {
        tracing::warn!(%error, "older backups from before upgrades could not be removed");
    }
    Ok(file)
}

/// Restores a backup on a server that is thrown away, and looks at what is in it.
///
/// # Errors
/// It cannot be restored.
pub fn check(file: &Path) -> anyhow::Result<(Contents, Vec<String>)> {
    let scratch = scratch::Scratch::start()?;
    let major = crate::db::databases::server_major(&mut dump::connect(&scratch.url())?)?;
    archive::Archive::open(file, major)?.restore(&scratch.url(), archive::How::Quickly)?;
    restore::finish(&scratch.url())
}
